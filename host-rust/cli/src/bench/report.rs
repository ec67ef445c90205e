//! What the rounds say: the figures of each size, and the JSON that carries them.

use super::claims::Judged;
use super::native::Native;
use super::results::{Figures, Output, Place, Rounds, Sweep};
use super::verdict::{Crossing, Verdict, crossings, in_words};
use serde::Serialize;
use tenon_stats::{Estimate, Statistic, estimate};

/// The number of the JSON's format; a reader refuses a higher one.
const FORMAT: u32 = 1;

/// A kernel against its baseline.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    format: u32,
    /// The kernel's name.
    pub(crate) kernel: String,
    /// The Go package.
    pub(crate) package: String,
    /// As in `linux/amd64`.
    pub(crate) platform: String,
    /// The processor's name; empty where Go does not know it.
    pub(crate) cpu: String,
    /// How many rounds there were.
    pub(crate) rounds: u32,
    /// How long each side ran in a round, as Go writes it.
    pub(crate) benchtime: String,
    /// Whether it was a smoke run, whose figures are not worth comparing.
    pub(crate) quick: bool,
    /// The benchmarks in Go's order.
    pub(crate) benchmarks: Vec<Benchmark>,
    /// The claims that were judged.
    pub(crate) claims: Vec<Judged>,
}

/// One benchmark.
#[derive(Debug, Serialize)]
pub(crate) struct Benchmark {
    /// Its name in kebab case.
    pub(crate) name: String,
    /// The break-even size in words.
    pub(crate) break_even: String,
    /// The same as numbers.
    pub(crate) crossings: Vec<Crossing>,
    /// By size.
    pub(crate) sizes: Vec<Size>,
}

/// The figures of one size.
#[derive(Debug, Serialize)]
pub(crate) struct Size {
    /// The size of the input, in the benchmark's own unit.
    pub(crate) size: u64,
    /// The kernel, in the Go host.
    pub(crate) kernel: Side,
    /// The Go code that it replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) baseline: Option<Side>,
    /// The kernel's Rust natively, nanoseconds an operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) native_ns: Option<Estimate>,
    /// How many times as long the baseline takes as the kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<Estimate>,
    /// Which one is faster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<Verdict>,
}

/// What an operation takes on one side.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Side {
    /// Nanoseconds.
    pub(crate) ns: Estimate,
    /// Bytes in Go's heap: the median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<f64>,
    /// Objects in Go's heap: the median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allocations: Option<f64>,
    /// Garbage collections: the mean, for most rounds have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) collections: Option<f64>,
    /// Nanoseconds that they stopped the world for: the mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stopped_ns: Option<f64>,
}

impl Side {
    fn of(rounds: &[Figures]) -> Option<Self> {
        let times: Vec<f64> = rounds.iter().map(|round| round.ns).collect();
        let all = |field: fn(&Figures) -> Option<f64>| -> Option<Vec<f64>> {
            rounds.iter().map(field).collect()
        };
        let middle = |mut values: Vec<f64>| tenon_stats::median(&mut values);
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        Some(Side {
            ns: estimate(&times, Statistic::Median)?,
            bytes: all(|round| round.bytes).map(middle),
            allocations: all(|round| round.allocations).map(middle),
            collections: all(|round| round.collections).map(mean),
            stopped_ns: all(|round| round.stopped_ns).map(mean),
        })
    }
}

impl Size {
    /// The figures of a size's rounds; a round of which one side is missing counts for neither.
    fn of(size: u64, rounds: &Rounds, native_ns: Option<Estimate>) -> Option<Self> {
        let with_baseline = rounds.values().any(|round| round.baseline.is_some());
        let whole = rounds
            .values()
            .filter(|round| round.baseline.is_some() == with_baseline);
        let whole: Vec<(Figures, Option<Figures>)> = whole
            .filter_map(|round| Some((round.kernel?, round.baseline)))
            .collect();
        let kernel: Vec<Figures> = whole.iter().map(|(kernel, _)| *kernel).collect();
        let baseline: Vec<Figures> = whole.iter().filter_map(|(_, it)| *it).collect();
        let ratio_of = |(kernel, baseline): &(Figures, Option<Figures>)| {
            baseline.map(|baseline| baseline.ns / kernel.ns)
        };
        let ratios: Vec<f64> = whole.iter().filter_map(ratio_of).collect();
        let ratio = estimate(&ratios, Statistic::Median);
        Some(Size {
            size,
            kernel: Side::of(&kernel)?,
            baseline: Side::of(&baseline),
            native_ns,
            ratio,
            verdict: ratio.as_ref().map(Verdict::of),
        })
    }
}

impl Benchmark {
    fn of(sweep: &Sweep, native: &Native) -> Self {
        let sizes = sweep
            .sizes
            .iter()
            .filter_map(|(size, rounds)| Size::of(*size, rounds, native.of(&sweep.name, *size)));
        let sizes: Vec<Size> = sizes.collect();
        let ratios: Vec<(u64, Estimate)> = sizes
            .iter()
            .filter_map(|size| Some((size.size, size.ratio?)))
            .collect();
        Benchmark {
            name: sweep.name.clone(),
            break_even: in_words(&ratios),
            crossings: crossings(&ratios),
            sizes,
        }
    }
}

/// How it was measured.
pub(crate) struct Measured<'a> {
    pub(crate) kernel: &'a str,
    pub(crate) rounds: u32,
    pub(crate) benchtime: &'a str,
    pub(crate) quick: bool,
}

impl Report {
    /// The report of a run, in which nothing is claimed yet.
    pub(crate) fn of(output: &Output, native: &Native, measured: &Measured<'_>) -> Self {
        let Place {
            package,
            os,
            architecture,
            cpu,
        } = &output.place;
        let benchmarks = output
            .sweeps
            .iter()
            .map(|sweep| Benchmark::of(sweep, native));
        Report {
            format: FORMAT,
            kernel: measured.kernel.to_owned(),
            package: package.clone(),
            platform: format!("{os}/{architecture}"),
            cpu: cpu.clone(),
            rounds: measured.rounds,
            benchtime: measured.benchtime.to_owned(),
            quick: measured.quick,
            benchmarks: benchmarks.filter(|it| !it.sizes.is_empty()).collect(),
            claims: Vec::new(),
        }
    }

    /// The figures of a benchmark at a size.
    pub(crate) fn size(&self, bench: &str, size: u64) -> Option<&Size> {
        let bench = self.benchmarks.iter().find(|it| it.name == bench)?;
        bench.sizes.iter().find(|it| it.size == size)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A report of rounds: size, and then the kernel's and the baseline's nanoseconds.
    pub(crate) fn report(rounds: &[(u64, f64, Option<f64>)]) -> Report {
        let mut output = Output::default();
        let mut number = std::collections::BTreeMap::new();
        for (size, kernel, baseline) in rounds {
            let round: &mut u32 = number.entry(size).or_default();
            *round += 1;
            let name = format!("BenchmarkSumAll/size={size}/round={round}/side");
            let memory = "3 gcs/op 0.5 gc-ns/op 48 B/op 2 allocs/op";
            output.line(&format!("{name}=kernel-2 100 {kernel} ns/op {memory}"));
            if let Some(baseline) = baseline {
                output.line(&format!("{name}=baseline-2 100 {baseline} ns/op"));
            }
        }
        assert_eq!(output.broken, None);
        for line in [
            "goos: linux",
            "goarch: amd64",
            "cpu: Some CPU",
            "pkg: example.com/sum",
        ] {
            output.line(line);
        }
        let measured = Measured {
            kernel: "sum",
            rounds: 3,
            benchtime: "20ms",
            quick: false,
        };
        Report::of(&output, &Native::default(), &measured)
    }

    #[test]
    fn ratios_are_of_the_same_round_and_their_median_is_judged() {
        // Both sides are slow in the second round; the ratio is not.
        let report = report(&[
            (64, 10.0, Some(40.0)),
            (64, 100.0, Some(400.0)),
            (64, 10.0, Some(41.0)),
        ]);
        let size = report.size("sum-all", 64).expect("measured");
        let ratio = size.ratio.expect("a baseline");
        assert_eq!((ratio.value, ratio.low, ratio.high), (4.0, 4.0, 4.1));
        assert_eq!(size.verdict, Some(Verdict::Kernel));
        assert_eq!(size.kernel.ns.value, 10.0);
        assert_eq!(size.baseline.as_ref().map(|it| it.ns.value), Some(41.0));
        assert_eq!(size.kernel.allocations, Some(2.0));
        assert_eq!(size.kernel.stopped_ns, Some(0.5));
        assert_eq!(size.baseline.as_ref().and_then(|it| it.bytes), None);
        assert_eq!(report.platform, "linux/amd64");
        assert!(report.size("sum-all", 65).is_none());
    }

    #[test]
    fn without_a_baseline_there_is_no_ratio() {
        let report = report(&[(64, 10.0, None)]);
        let size = report.size("sum-all", 64).expect("measured");
        assert_eq!((size.ratio, size.verdict), (None, None));
        assert_eq!(
            report.benchmarks[0].break_even,
            "none: there is no baseline"
        );
    }

    #[test]
    fn a_round_of_one_side_does_not_count() {
        let report = report(&[(64, 10.0, Some(40.0)), (64, 99.0, None)]);
        let size = report.size("sum-all", 64).expect("measured");
        assert_eq!(size.kernel.ns.high, 10.0);
    }

    #[test]
    fn the_json_has_the_figures_with_their_intervals() {
        let report = report(&[(64, 10.0, Some(40.0)), (8, 10.0, Some(5.0))]);
        let json = serde_json::to_value(&report).expect("JSON");
        assert_eq!(json["format"], 1);
        assert_eq!(json["benchmarks"][0]["sizes"][1]["ratio"]["low"], 4.0);
        assert_eq!(json["benchmarks"][0]["sizes"][0]["verdict"], "go");
        assert_eq!(json["benchmarks"][0]["crossings"][0]["faster"], "kernel");
        assert_eq!(
            json["benchmarks"][0]["break_even"],
            "about 16: the kernel is faster from there on"
        );
    }
}
