//! What a run has found.

use crate::callers::Counts;
use crate::cycle::grown;
use crate::process::Holdings;
use std::fmt;
use std::time::Duration;
use tenon_host::Stats;

/// What a run has found. Displayed it is a table, and the verdict as its last line. Of times it says something about a machine;
/// only lost, wrong and torn calls are errors.
#[derive(Clone, Debug)]
pub struct Report {
    /// What became of the calls.
    pub counts: Counts,
    /// Changes of version.
    pub changes: usize,
    /// Threads that called.
    pub callers: usize,
    /// Versions that were loaded from the start.
    pub versions: usize,
    /// The first calls that were lost, wrong or torn.
    pub traces: Vec<String>,
    /// The figures of each kind of change, and of all of them together.
    pub kinds: Vec<Figures>,
    /// Counted when every kind had been made a few times.
    pub before: Holdings,
    /// Counted at the end.
    pub after: Holdings,
    /// The slot's own counters at the end.
    pub stats: Stats,
    /// How long all took.
    pub took: Duration,
}

/// What changes of one kind, or of all, took and cost. Durations of calls are at most 1/16 too high.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The kind, or `all`.
    pub kind: String,
    /// How many there were.
    pub changes: u64,
    /// Of whole changes: making instances, flipping, draining.
    pub median: Duration,
    /// The longest of them.
    pub longest: Duration,
    /// The 99th percentile of [`Stats::last_flip`].
    pub flip: Duration,
    /// Calls without changes.
    pub steady: Calls,
    /// Calls during changes.
    pub during: Calls,
}

/// Figures of calls.
#[derive(Clone, Copy, Debug)]
pub struct Calls {
    /// How many there were.
    pub calls: u64,
    /// Half of them took no longer.
    pub median: Duration,
    /// One in a hundred took longer.
    pub p99: Duration,
    /// One in a thousand did.
    pub p999: Duration,
    /// The longest time in which no call of any caller ended.
    pub gap: Duration,
}

impl Figures {
    /// The calls' 99th percentile during changes, over that without; 0 where there were no calls.
    pub fn ratio(&self) -> f64 {
        let steady = self.steady.p99.as_secs_f64();
        if steady == 0.0 {
            return 0.0;
        }
        self.during.p99.as_secs_f64() / steady
    }
}

impl Report {
    /// Says what is wrong: calls that were lost, wrong or torn, other counts of the slot than of the callers, resources that were
    /// forgotten, or a process that holds on to more than before.
    ///
    /// # Errors
    ///
    /// That.
    pub fn verdict(&self) -> Result<(), String> {
        let Counts {
            lost, wrong, torn, ..
        } = self.counts;
        if lost + wrong + torn > 0 {
            return Err(format!(
                "lost {lost} wrong {wrong} torn {torn}\n{}",
                self.traces.join("\n")
            ));
        }
        if self.stats.leaked > 0 || self.stats.failed > 0 {
            let (leaked, failed) = (self.stats.leaked, self.stats.failed);
            return Err(format!(
                "the slot counts {leaked} forgotten resources and {failed} failed calls"
            ));
        }
        grown(&self.before, &self.after)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            calls,
            lost,
            wrong,
            torn,
            kernel,
            baseline,
            pages,
        } = self.counts;
        writeln!(
            f,
            "{} callers, {} versions, {:.1} s; answers: {kernel} of kernels, {baseline} of the baseline; {pages} pages",
            self.callers,
            self.versions,
            self.took.as_secs_f64()
        )?;
        let mut row = |cells: [&str; 12]| {
            let [
                kind,
                changes,
                median,
                longest,
                flip,
                p99,
                p999,
                gap,
                p99d,
                p999d,
                gapd,
                ratio,
            ] = cells;
            let line = format!(
                "{kind:9} {changes:>8} {median:>9} {longest:>9} {flip:>9} | {p99:>9} {p999:>9} {gap:>9} | {p99d:>10} {p999d:>9} {gapd:>9} {ratio:>6}"
            );
            writeln!(f, "{}", line.trim_end())
        };
        row([
            "", "", "change:", "", "flip:", "calls", "without", "changes:", "calls", "during",
            "changes:", "",
        ])?;
        row([
            "kind", "changes", "median", "longest", "p99", "p99", "p99.9", "gap", "p99", "p99.9",
            "gap", "ratio",
        ])?;
        for it in &self.kinds {
            row([
                &it.kind,
                &it.changes.to_string(),
                &short(it.median),
                &short(it.longest),
                &short(it.flip),
                &short(it.steady.p99),
                &short(it.steady.p999),
                &short(it.steady.gap),
                &short(it.during.p99),
                &short(it.during.p999),
                &short(it.during.gap),
                &format!("{:.2}", it.ratio()),
            ])?;
        }
        writeln!(f, "limits: ratio of the p99 2, gap 5 ms, flip 10 us")?;
        writeln!(f, "before  {}\nafter   {}", self.before, self.after)?;
        for trace in &self.traces {
            writeln!(f, "{trace}")?;
        }
        writeln!(
            f,
            "soak: swaps {} calls {calls} lost {lost} wrong {wrong} torn {torn}",
            self.changes
        )
    }
}

/// A duration in three digits or so.
fn short(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    match micros {
        1e3.. => format!("{:.2} ms", micros / 1e3),
        1.0.. => format!("{micros:.2} us"),
        _ => format!("{:.0} ns", micros * 1e3),
    }
}
