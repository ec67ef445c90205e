//! The report for a person.

use super::report::{Benchmark, Report, Side, Size};
use super::verdict::grouped;

/// The columns of a benchmark's table.
const HEADS: [&str; 9] = [
    "size",
    "kernel",
    "Go",
    "native",
    "Go / kernel",
    "verdict",
    "bytes",
    "allocs",
    "GC stops",
];

/// The whole report; it ends with a line feed.
pub(crate) fn render(report: &Report) -> String {
    let mut out = format!("{} on {}", report.kernel, report.platform);
    if !report.cpu.is_empty() {
        out += &format!(", {}", report.cpu);
    }
    out += &format!(
        ": {} rounds of {} a side\n",
        report.rounds, report.benchtime
    );
    for benchmark in &report.benchmarks {
        out += &format!("\n{}\n", benchmark.name);
        out += &table(&cells(benchmark));
        out += &format!("  break-even: {}\n", benchmark.break_even);
    }
    if report.quick {
        out +=
            "\na smoke run: its figures are not worth comparing, and no claim is judged by them\n";
    } else if !report.claims.is_empty() {
        out += "\nclaims\n";
        for claim in &report.claims {
            out += &format!("  {claim}\n");
        }
    }
    out
}

/// A benchmark's table: the heads, and a row a size.
pub(crate) fn cells(benchmark: &Benchmark) -> Vec<Vec<String>> {
    let heads = HEADS.iter().map(|head| (*head).to_owned()).collect();
    let rows = benchmark.sizes.iter().map(row);
    std::iter::once(heads).chain(rows).collect()
}

fn row(size: &Size) -> Vec<String> {
    let none = || "-".to_owned();
    let ratio = size.ratio.map(|ratio| {
        let [value, low, high] = [ratio.value, ratio.low, ratio.high].map(digits);
        format!("{value} x ({low} to {high})")
    });
    vec![
        grouped(size.size as f64),
        time(size.kernel.ns.value),
        size.baseline
            .as_ref()
            .map_or_else(none, |it| time(it.ns.value)),
        size.native_ns.map_or_else(none, |it| time(it.value)),
        ratio.unwrap_or_else(none),
        size.verdict.map_or_else(none, |it| it.to_string()),
        sides(size, |side| side.bytes.map(amount)),
        sides(size, |side| side.allocations.map(amount)),
        sides(size, |side| Some(share(side.stopped_ns? / side.ns.value))),
    ]
}

/// A figure of both sides, the kernel's first.
fn sides(size: &Size, of: impl Fn(&Side) -> Option<String>) -> String {
    let text = |side: Option<&Side>| side.and_then(&of).unwrap_or_else(|| "-".into());
    format!(
        "{} : {}",
        text(Some(&size.kernel)),
        text(size.baseline.as_ref())
    )
}

/// Aligns cells to the right, in columns two spaces apart.
fn table(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let mut out = String::new();
    for row in rows {
        for (cell, width) in row.iter().zip(&widths) {
            out += &format!("  {cell:>width$}");
        }
        out.push('\n');
    }
    out
}

/// Nanoseconds in the unit that suits them.
pub(crate) fn time(ns: f64) -> String {
    let (value, unit) = match ns {
        ..1e3 => (ns, "ns"),
        1e3..1e6 => (ns / 1e3, "µs"),
        1e6..1e9 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    format!("{} {unit}", digits(value))
}

/// A figure with three digits; a larger one whole.
pub(crate) fn digits(value: f64) -> String {
    match value {
        0.0 => "0".into(),
        ..0.0005 => format!("{value:.1e}"),
        ..0.9995 => format!("{value:.3}"),
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => grouped(value),
    }
}

/// A number of bytes or objects, which is seldom a fraction.
fn amount(value: f64) -> String {
    match value {
        ..0.05 => "0".into(),
        ..9.95 if value.fract() > 0.05 => format!("{value:.1}"),
        _ => grouped(value),
    }
}

fn share(part: f64) -> String {
    match part {
        ..0.0005 => "0 %".into(),
        _ => format!("{:.1} %", part * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::report;
    use super::*;

    #[test]
    fn figures_have_the_digits_that_they_are_worth() {
        for (ns, text) in [
            (0.00012, "1.2e-4 ns"),
            (0.25, "0.250 ns"),
            (57.04, "57.0 ns"),
            (999.4, "999 ns"),
            (1_029.0, "1.03 µs"),
            (4_757_000.0, "4.76 ms"),
            (2.5e12, "2,500 s"),
        ] {
            assert_eq!(time(ns), text);
        }
        assert_eq!(
            [amount(0.01), amount(1.5), amount(4_001.02)],
            ["0", "1.5", "4,001"]
        );
        assert_eq!([share(0.0), share(0.0312)], ["0 %", "3.1 %"]);
    }

    #[test]
    fn the_report_is_a_table_a_benchmark() {
        let text = render(&report(&[(8, 10.0, Some(5.0)), (64, 10.0, Some(40.0))]));
        let expected = "\
sum on linux/amd64, Some CPU: 3 rounds of 20ms a side

sum-all
  size   kernel       Go  native               Go / kernel  verdict   bytes  allocs   GC stops
     8  10.0 ns  5.00 ns       -  0.500 x (0.500 to 0.500)       Go  48 : -   2 : -  5.0 % : -
    64  10.0 ns  40.0 ns       -     4.00 x (4.00 to 4.00)   kernel  48 : -   2 : -  5.0 % : -
  break-even: about 16: the kernel is faster from there on
";
        assert_eq!(text, expected);
        let alone = render(&report(&[(8, 10.0, None)]));
        assert!(
            alone.contains("10.0 ns   -       -            -        -  48 : -"),
            "{alone}"
        );
    }
}
