//! Versions that are loaded, called and retired, one after the other.

use crate::ledger::{self, Contract, Native};
use crate::process::Holdings;
use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};
use tenon_host::{Config, Engine, Slot};

/// What the process holds on to after so many cycles.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// How many.
    pub cycle: u32,
    /// What it holds on to.
    pub holdings: Holdings,
    /// Time since the beginning.
    pub elapsed: Duration,
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cycle {:6}  {:7.1} s  {}",
            self.cycle,
            self.elapsed.as_secs_f64(),
            self.holdings
        )
    }
}

/// Loads a version, swaps it into a slot, calls it, and unloads the one before, over and over; each eighth version also serves in a
/// slot of its own. `seen` is told `samples` samples: the first when one part in a hundred of the cycles, at least twenty, is done,
/// since what is made once in a process is there then.
///
/// # Errors
///
/// What kept it from working, or a call that went wrong.
pub fn cycle(
    component: &[u8],
    config: &Config,
    (cycles, samples): (u32, u32),
    mut seen: impl FnMut(Sample),
) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let engine = Engine::new(config)?;
    let slot = engine
        .slot::<Contract>("ledger")
        .baseline(Native)
        .instances(2)
        .build()?;
    let first = (cycles / 100).max(20).min(cycles);
    let versions = match config.cache_dir {
        Some(_) => 256,
        None => ledger::MAX_VERSION,
    };
    let (mut next, mut taken) = (first, 0_u32);
    for cycle in 1..=cycles {
        let number = (cycle - 1) % versions + 1;
        let kernel = engine.load(&ledger::version(component, number, 0)?)?;
        slot.swap(&kernel)?;
        ask(&slot, number)?;
        if cycle % 8 == 0 {
            let own = engine
                .slot::<Contract>("own")
                .kernel(&kernel)
                .instances(2)
                .build()?;
            ask(&own, number)?;
        }
        if cycle == next {
            taken += 1;
            let part = u64::from(cycles - first) * u64::from(taken) / u64::from(samples.max(2) - 1);
            next = first + part as u32;
            seen(Sample {
                cycle,
                holdings: Holdings::count(),
                elapsed: began.elapsed(),
            });
        }
    }
    Ok(())
}

/// Makes a few calls, and one on a page.
fn ask(slot: &Slot<Contract>, number: u32) -> Result<(), Box<dyn Error>> {
    let payload = b"what is asked in each cycle";
    let on_page = slot.call(|book| {
        let page = book.page()?;
        book.enter_page(&page, 7, payload)
    })?;
    let mut answers = vec![(7, on_page)];
    for sequence in 0..4 {
        answers.push((sequence, slot.call(|book| book.enter(sequence, payload))?));
    }
    for (sequence, entry) in answers {
        let got =
            ledger::audit(&entry, sequence, payload).map_err(|finding| finding.to_string())?;
        if got != number {
            return Err(format!("version {got} answered in the place of {number}").into());
        }
    }
    Ok(())
}

/// Says what a process holds more of than it may: more than 8 threads, more than 8 mappings and a tenth, more than an eighth and 8
/// MiB of resident memory.
///
/// # Errors
///
/// That.
pub fn grown(from: &Holdings, to: &Holdings) -> Result<(), String> {
    if to.threads > from.threads + 8 {
        return Err(format!("threads {} → {}", from.threads, to.threads));
    }
    if to.mappings > from.mappings + from.mappings / 10 + 8 {
        return Err(format!("mappings {} → {}", from.mappings, to.mappings));
    }
    if to.resident > from.resident + from.resident / 8 + (8 << 20) {
        return Err(format!(
            "resident memory {} → {} bytes",
            from.resident, to.resident
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_more_than_a_little() {
        let at = |threads, mappings, resident: u64| Holdings {
            threads,
            mappings,
            resident: resident << 20,
        };
        let from = at(10, 100, 64);
        assert_eq!(grown(&from, &at(18, 118, 80)), Ok(()));
        for (to, what) in [
            (at(19, 0, 0), "threads"),
            (at(0, 119, 0), "mappings"),
            (at(0, 0, 81), "resident"),
        ] {
            assert!(grown(&from, &to).unwrap_err().starts_with(what));
        }
    }
}
