//! Reads the text that `go test -bench` prints: Go's benchmark format, of the sweeps that `tenontest.Sweep` makes.
//!
//! ```text
//! BenchmarkNearestLines/size=64/round=1/side=kernel-2    18456    5012 ns/op    0.5 gc-ns/op    64 B/op    1 allocs/op
//! ```
//!
//! Other benchmarks, and all else that a test prints, are passed over. A line that names a sweep and is not whole is an
//! error: a figure that is left out in silence would make a verdict of the others.

use super::name::kebab_case;
use std::collections::{BTreeMap, VecDeque};

/// The most lines of figures that are read.
const MOST_RESULTS: usize = 200_000;

/// The highest number of a round.
const MOST_ROUNDS: u32 = 10_000;

/// How many other lines are kept, and how much of each.
const KEPT_LINES: usize = 40;
const KEPT_CHARACTERS: usize = 400;

/// What one side took in one round, an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// Nanoseconds; more than none.
    pub(crate) ns: f64,
    /// Bytes allocated in Go's heap.
    pub(crate) bytes: Option<f64>,
    /// Objects allocated in Go's heap.
    pub(crate) allocations: Option<f64>,
    /// Garbage collections.
    pub(crate) collections: Option<f64>,
    /// Nanoseconds that they stopped the world for.
    pub(crate) stopped_ns: Option<f64>,
}

/// Both sides of one round.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Round {
    /// The kernel's.
    pub(crate) kernel: Option<Figures>,
    /// The Go code's that it replaces.
    pub(crate) baseline: Option<Figures>,
}

/// The rounds of one size, by their numbers.
pub(crate) type Rounds = BTreeMap<u32, Round>;

/// One benchmark: its rounds at each size.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sweep {
    /// Its name in kebab case, as in `nearest-lines`.
    pub(crate) name: String,
    /// By size.
    pub(crate) sizes: BTreeMap<u64, Rounds>,
}

/// Where it was measured, as Go says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Place {
    /// The Go package.
    pub(crate) package: String,
    /// The operating system.
    pub(crate) os: String,
    /// The architecture.
    pub(crate) architecture: String,
    /// The processor's name.
    pub(crate) cpu: String,
}

/// All that a run of `go test` printed, line by line.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// Where it ran.
    pub(crate) place: Place,
    /// The benchmarks in the order of their first lines.
    pub(crate) sweeps: Vec<Sweep>,
    /// The first line that names a sweep and is not whole, and what is wrong with it.
    pub(crate) broken: Option<(String, String)>,
    /// The last lines that are no figures: where a run fails, they say why.
    pub(crate) rest: VecDeque<String>,
    results: usize,
}

/// One line of figures.
#[derive(Debug, PartialEq)]
struct Line {
    name: String,
    size: u64,
    round: u32,
    side: Side,
    figures: Figures,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Kernel,
    Baseline,
}

impl Output {
    /// Takes in a line, and gives the benchmark and the size that it has figures of.
    pub(crate) fn line(&mut self, line: &str) -> Option<(&str, u64)> {
        let read = match read(line) {
            Some(Ok(read)) => read,
            Some(Err(problem)) => {
                self.fail(line, problem);
                return None;
            }
            None => {
                self.other(line);
                return None;
            }
        };
        if self.results == MOST_RESULTS {
            self.fail(line, format!("more than {MOST_RESULTS} lines of figures"));
            return None;
        }
        self.results += 1;
        let known = self.sweeps.iter().position(|sweep| sweep.name == read.name);
        let at = known.unwrap_or_else(|| {
            self.sweeps.push(Sweep {
                name: read.name,
                ..Sweep::default()
            });
            self.sweeps.len() - 1
        });
        let rounds = self.sweeps[at].sizes.entry(read.size).or_default();
        let round = rounds.entry(read.round).or_default();
        let side = match read.side {
            Side::Kernel => &mut round.kernel,
            Side::Baseline => &mut round.baseline,
        };
        if side.replace(read.figures).is_some() {
            self.fail(line, "the same round twice".into());
            return None;
        }
        Some((&self.sweeps[at].name, read.size))
    }

    /// What is missing of so many rounds, if anything is: the intervals of fewer would be narrower than they are.
    pub(crate) fn missing(&self, rounds: u32) -> Option<String> {
        for sweep in &self.sweeps {
            for (size, found) in &sweep.sizes {
                let count = |side: fn(&Round) -> bool| found.values().filter(|it| side(it)).count();
                let kernel = count(|round| round.kernel.is_some());
                let baseline = count(|round| round.baseline.is_some());
                let all = rounds as usize;
                if kernel != all || ![0, all].contains(&baseline) {
                    return Some(format!(
                        "{} at {size}: {kernel} rounds of the kernel and {baseline} of the baseline, where {rounds} were asked for",
                        sweep.name
                    ));
                }
            }
        }
        None
    }

    fn fail(&mut self, line: &str, problem: String) {
        if self.broken.is_none() {
            self.broken = Some((shown(line), problem));
        }
        self.other(line);
    }

    fn other(&mut self, line: &str) {
        for (key, field) in [
            ("pkg: ", &mut self.place.package),
            ("goos: ", &mut self.place.os),
            ("goarch: ", &mut self.place.architecture),
            ("cpu: ", &mut self.place.cpu),
        ] {
            if let Some(value) = line.strip_prefix(key) {
                *field = shown(value);
            }
        }
        if self.rest.len() == KEPT_LINES {
            self.rest.pop_front();
        }
        self.rest.push_back(shown(line));
    }
}

/// A line that may be shown: not endless, and nothing in it that moves a terminal's cursor.
fn shown(line: &str) -> String {
    let plain = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    let text: String = line.chars().take(KEPT_CHARACTERS).map(plain).collect();
    text.trim_end().to_owned()
}

/// Reads a line of figures. `None` for all that is not about a sweep.
fn read(line: &str) -> Option<Result<Line, String>> {
    let mut fields = line.split_ascii_whitespace();
    let mut name = fields.next()?.split('/');
    let function = name.next()?.strip_prefix("Benchmark")?;
    let size = name.next()?.strip_prefix("size=")?;
    let kebab = kebab_case(function)?;
    Some(name_of(size, name).and_then(|(size, round, side)| {
        Ok(Line {
            name: kebab,
            size,
            round,
            side,
            figures: figures(fields)?,
        })
    }))
}

/// Size, round and side of a benchmark's name.
fn name_of<'a>(
    size: &str,
    mut parts: impl Iterator<Item = &'a str>,
) -> Result<(u64, u32, Side), String> {
    let size = match size.parse() {
        Ok(0) | Err(_) => return Err(format!("`{size}` is no size, which is a number from 1 up")),
        Ok(size) => size,
    };
    let round = parts.next().and_then(|part| part.strip_prefix("round="));
    let round = round.and_then(|number| number.parse().ok());
    let round = round.filter(|number| (1..=MOST_ROUNDS).contains(number));
    let round =
        round.ok_or_else(|| format!("no round=N behind the size, from 1 to {MOST_ROUNDS}"))?;
    let side = parts.next().and_then(|part| part.strip_prefix("side="));
    // Go adds the number of processors where it is not one.
    let side = side.map(|side| match side.rsplit_once('-') {
        Some((side, processors)) if processors.parse::<u32>().is_ok() => side,
        _ => side,
    });
    let side = match side {
        Some("kernel") => Side::Kernel,
        Some("baseline") => Side::Baseline,
        _ => return Err("neither side=kernel nor side=baseline behind the round".into()),
    };
    match parts.next() {
        None => Ok((size, round, side)),
        Some(more) => Err(format!("`{}` behind the side", shown(more))),
    }
}

/// The figures behind a benchmark's name: how often it ran, and then values with their units.
fn figures<'a>(mut fields: impl Iterator<Item = &'a str>) -> Result<Figures, String> {
    let ran = fields.next().ok_or("no figures")?;
    if !ran.parse::<u64>().is_ok_and(|times| times > 0) {
        return Err(format!("`{}` is no number of runs", shown(ran)));
    }
    let mut found: BTreeMap<&str, f64> = BTreeMap::new();
    while let Some(text) = fields.next() {
        let value = text.parse().ok();
        let value = value.filter(|value: &f64| value.is_finite() && *value >= 0.0);
        let value = value.ok_or_else(|| format!("`{}` is no figure", shown(text)))?;
        let unit = fields.next().ok_or("a value without a unit")?;
        if found.insert(unit, value).is_some() {
            return Err(format!("two figures in {}", shown(unit)));
        }
    }
    let ns = found.get("ns/op").copied().ok_or("no figure in ns/op")?;
    if ns == 0.0 {
        return Err("an operation that takes no time".into());
    }
    let of = |unit: &str| found.get(unit).copied();
    Ok(Figures {
        ns,
        bytes: of("B/op"),
        allocations: of("allocs/op"),
        collections: of("gcs/op"),
        stopped_ns: of("gc-ns/op"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "\
goos: linux
goarch: amd64
pkg: example.com/kernels/sum
cpu: Some CPU @ 2.00GHz
BenchmarkOther-2    1000    1 ns/op
BenchmarkNearestLines/size=64/round=1/side=kernel-2     100   50.5 ns/op   0.25 gc-ns/op   0.001 gcs/op   64 B/op   1 allocs/op
BenchmarkNearestLines/size=64/round=1/side=baseline-2   100   101 ns/op   0 gc-ns/op   0 gcs/op   0 B/op   0 allocs/op
BenchmarkNearestLines/size=8/round=1/side=kernel        100   5 ns/op
PASS
ok  	example.com/kernels/sum	1.234s
";

    fn output(text: &str) -> Output {
        let mut output = Output::default();
        for line in text.lines() {
            output.line(line);
        }
        output
    }

    /// What is wrong with a line.
    fn problem(line: &str) -> String {
        let broken = output(line).broken;
        broken.unwrap_or_else(|| panic!("{line}: passes")).1
    }

    #[test]
    fn a_run_is_read_with_its_place() {
        let output = output(RUN);
        assert_eq!(output.broken, None);
        assert_eq!(output.place.package, "example.com/kernels/sum");
        assert_eq!(output.place.os, "linux");
        assert_eq!(output.place.architecture, "amd64");
        assert_eq!(output.place.cpu, "Some CPU @ 2.00GHz");
        let [sweep] = &output.sweeps[..] else {
            panic!("{:?}", output.sweeps)
        };
        assert_eq!(sweep.name, "nearest-lines");
        let sizes: Vec<u64> = sweep.sizes.keys().copied().collect();
        assert_eq!(sizes, [8, 64]);
        let round = sweep.sizes[&64][&1];
        let kernel = Figures {
            ns: 50.5,
            bytes: Some(64.0),
            allocations: Some(1.0),
            collections: Some(0.001),
            stopped_ns: Some(0.25),
        };
        assert_eq!(round.kernel, Some(kernel));
        assert_eq!(round.baseline.map(|figures| figures.ns), Some(101.0));
        let small = sweep.sizes[&8][&1];
        assert_eq!((small.baseline, small.kernel.unwrap().bytes), (None, None));
    }

    #[test]
    fn what_is_about_no_sweep_is_passed_over() {
        for line in [
            "",
            "Benchmark",
            "BenchmarkX",
            "BenchmarkX-2   10   x ns/op",
            "BenchmarkX/n=10/kernel-2   10   NaN ns/op",
            "Benchmarks/size=3",
            "--- FAIL: BenchmarkX/size=64/round=1/side=kernel",
            "\u{1b}[31mBenchmarkX/size=64",
        ] {
            let output = output(line);
            assert_eq!((output.broken, output.sweeps.len()), (None, 0), "{line}");
        }
    }

    #[test]
    fn a_line_of_a_sweep_that_is_not_whole_is_told() {
        let name = "BenchmarkX/size=64/round=1/side=kernel-2";
        for (line, expected) in [
            (name.to_owned(), "no figures"),
            (format!("{name} hello there"), "no number of runs"),
            (format!("{name} 0 1 ns/op"), "no number of runs"),
            (format!("{name} 10"), "no figure in ns/op"),
            (format!("{name} 10 1"), "without a unit"),
            (format!("{name} 10 NaN ns/op"), "`NaN` is no figure"),
            (format!("{name} 10 inf ns/op"), "`inf` is no figure"),
            (format!("{name} 10 1e999 ns/op"), "is no figure"),
            (format!("{name} 10 -1 ns/op"), "is no figure"),
            (format!("{name} 10 0 ns/op"), "no time"),
            (format!("{name} 10 5 ns/op 6 ns/op"), "two figures in ns/op"),
            (format!("{name} 10 5 ns/op NaN B/op"), "`NaN` is no figure"),
            (format!("{name}/more 10 5 ns/op"), "`more` behind the side"),
        ] {
            let problem = problem(&line);
            assert!(problem.contains(expected), "{line}: {problem}");
        }
        for (name, expected) in [
            ("size=0/round=1/side=kernel", "no size"),
            ("size=-4/round=1/side=kernel", "no size"),
            ("size=99999999999999999999/round=1/side=kernel", "no size"),
            ("size=64#01/round=1/side=kernel", "no size"),
            ("size=64", "no round=N"),
            ("size=64/round=0/side=kernel", "no round=N"),
            ("size=64/round=10001/side=kernel", "no round=N"),
            ("size=64/side=kernel", "no round=N"),
            ("size=64/round=1", "side=kernel"),
            ("size=64/round=1/side=kernel#01", "side=kernel"),
            ("size=64/round=1/side=gopher", "side=kernel"),
            ("size=64/round=1/side=kernel/more", "`more` behind the side"),
        ] {
            let problem = problem(&format!("BenchmarkX/{name} 10 5 ns/op"));
            assert!(problem.contains(expected), "{name}: {problem}");
        }
    }

    #[test]
    fn a_round_that_comes_twice_is_told() {
        let line = "BenchmarkX/size=64/round=1/side=kernel-2 10 5 ns/op";
        assert_eq!(problem(&format!("{line}\n{line}")), "the same round twice");
        let others = output(&format!("{line}\n{}", line.replace("=kernel", "=baseline")));
        assert_eq!(others.broken, None);
    }

    #[test]
    fn rounds_that_are_missing_are_told() {
        let lines = |sides: &[(u32, &str)]| {
            let line = |(round, side): &(u32, &str)| {
                format!("BenchmarkX/size=8/round={round}/side={side}-2 10 5 ns/op\n")
            };
            output(&sides.iter().map(line).collect::<String>())
        };
        let whole = [
            (1, "kernel"),
            (1, "baseline"),
            (2, "kernel"),
            (2, "baseline"),
        ];
        assert_eq!(lines(&whole).missing(2), None);
        assert_eq!(lines(&[whole[0], whole[2]]).missing(2), None);
        for sides in [&whole[..1], &whole[..2], &whole[..3], &whole[1..]] {
            let missing = lines(sides).missing(2).expect("one is missing");
            assert!(missing.starts_with("x at 8: "), "{missing}");
        }
        assert!(lines(&whole).missing(1).is_some());
    }

    #[test]
    fn little_of_endless_output_is_kept() {
        let mut output = Output::default();
        for number in 0..10_000 {
            output.line(&format!("{number} \u{1b}[2J{}", "x".repeat(1_000)));
        }
        assert_eq!(output.rest.len(), KEPT_LINES);
        assert!(
            output.rest[0].starts_with("9960  [2Jxxx"),
            "{}",
            output.rest[0]
        );
        assert!(output.rest.iter().all(|line| line.len() <= KEPT_CHARACTERS));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic() {
        let seed = RUN.as_bytes();
        let mut state = 1u64;
        for _ in 0..20_000 {
            let mut bytes = seed.to_vec();
            for _ in 0..4 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let at = (state >> 33) as usize % bytes.len();
                bytes[at] = (state >> 20) as u8;
            }
            let read = output(&String::from_utf8_lossy(&bytes));
            let figures = read.sweeps.iter().flat_map(|sweep| sweep.sizes.values());
            for round in figures.flat_map(Rounds::values) {
                for side in [round.kernel, round.baseline].into_iter().flatten() {
                    assert!(side.ns.is_finite() && side.ns > 0.0);
                }
            }
        }
    }
}
