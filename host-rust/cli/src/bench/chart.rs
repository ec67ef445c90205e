//! The chart beside the numbers: a figure for each benchmark, as SVG, alone or in a page that needs nothing else.

use super::report::{Benchmark, Report, Size};
use super::text;
use super::verdict::grouped;
use crate::failure::{Failure, Result};
use axis::Axis;
use std::path::{Path, PathBuf};

mod axis;

/// The chart's width, and a benchmark's height in it.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 340.0;

/// Room above the first benchmark.
const TOP: f64 = 50.0;

/// Colours that people with any kind of colour vision tell apart (Okabe and Ito).
const KERNEL: &str = "#0072b2";
const GO: &str = "#d55e00";
const NATIVE: &str = "#009e73";

/// Takes the name of a chart's file, whose ending says what it is.
pub(crate) fn file(name: &str) -> std::result::Result<PathBuf, String> {
    let path = PathBuf::from(name);
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("svg" | "html") => Ok(path),
        _ => Err("a chart's file ends in .svg or .html".into()),
    }
}

/// Writes the chart of a report.
pub(crate) fn write(report: &Report, path: &Path) -> Result<()> {
    let is_page = path.extension().is_some_and(|ending| ending == "html");
    let chart = if is_page { page(report) } else { svg(report) };
    std::fs::write(path, chart).map_err(|error| {
        Failure::new(format!("{}: cannot write the chart", path.display()))
            .found(error)
            .help("give another place with --chart")
    })
}

/// A page with the chart, the figures and the claims.
fn page(report: &Report) -> String {
    let title = escaped(&format!("{}: kernel against Go", report.kernel));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>\n\
         body {{ font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}\n\
         svg {{ max-width: 100%; height: auto }}\n\
         table {{ border-collapse: collapse; font-variant-numeric: tabular-nums }}\n\
         th, td {{ padding: .15rem .6rem; text-align: right; border-bottom: 1px solid #ddd }}\n\
         </style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{} {}, {} rounds of {} a side.</p>\n",
        escaped(&report.platform),
        escaped(&report.cpu),
        report.rounds,
        escaped(&report.benchtime),
    );
    out += &svg(report);
    for benchmark in &report.benchmarks {
        out += &format!("<h2>{}</h2>\n<table>\n", escaped(&benchmark.name));
        for (number, row) in text::cells(benchmark).iter().enumerate() {
            let tag = if number == 0 { "th" } else { "td" };
            let cells = row
                .iter()
                .map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell)));
            out += &format!("<tr>{}</tr>\n", cells.collect::<String>());
        }
        out += &format!(
            "</table>\n<p>Break-even: {}</p>\n",
            escaped(&benchmark.break_even)
        );
    }
    if !report.claims.is_empty() {
        out += "<h2>Claims</h2>\n<ul>\n";
        for claim in &report.claims {
            out += &format!("<li>{}</li>\n", escaped(&claim.to_string()));
        }
        out += "</ul>\n";
    }
    out + "</body>\n</html>\n"
}

/// The chart by itself.
fn svg(report: &Report) -> String {
    let height = TOP + HEIGHT * report.benchmarks.len() as f64;
    let title = escaped(&format!("{}: kernel against Go, by size", report.kernel));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#333\">\n<title>{title}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (number, (name, colour)) in [("kernel", KERNEL), ("Go", GO), ("native Rust", NATIVE)]
        .into_iter()
        .enumerate()
    {
        let x = 60.0 + 110.0 * number as f64;
        out +=
            &format!("<rect x=\"{x}\" y=\"19\" width=\"12\" height=\"12\" fill=\"{colour}\"/>\n");
        out += &label(x + 18.0, 30.0, "start", name);
    }
    for (number, benchmark) in report.benchmarks.iter().enumerate() {
        let y = TOP + HEIGHT * number as f64;
        out += &format!(
            "<g transform=\"translate(0 {y})\">\n{}</g>\n",
            figure(benchmark)
        );
    }
    out + "</svg>\n"
}

/// A benchmark: the times on the left, and on the right how many times as long Go takes.
fn figure(benchmark: &Benchmark) -> String {
    let mut out = format!(
        "<text x=\"60\" y=\"20\" font-size=\"15\" font-weight=\"bold\">{}</text>\n",
        escaped(&benchmark.name)
    );
    out += &label(
        900.0,
        20.0,
        "end",
        &format!("break-even: {}", benchmark.break_even),
    );
    out + &times(benchmark) + &ratios(benchmark)
}

fn times(benchmark: &Benchmark) -> String {
    let lines: [(&str, Vec<(f64, f64)>); 3] = [
        (KERNEL, points(benchmark, |size| Some(size.kernel.ns.value))),
        (
            GO,
            points(benchmark, |size| Some(size.baseline.as_ref()?.ns.value)),
        ),
        (
            NATIVE,
            points(benchmark, |size| Some(size.native_ns?.value)),
        ),
    ];
    let all = lines.iter().flat_map(|(_, line)| line);
    let up = Axis::over(all.map(|(_, value)| *value), (290.0, 50.0));
    let along = along(benchmark, (60.0, 440.0));
    let mut out = label(60.0, 42.0, "start", "time of an operation");
    for value in up.marks() {
        out += &level(&along, up.at(value), &mark(&text::time(value)), "#ddd");
    }
    out += &sizes(benchmark, &along);
    for (colour, line) in lines {
        let at: Vec<(f64, f64)> = line
            .iter()
            .map(|(x, y)| (along.at(*x), up.at(*y)))
            .collect();
        out += &polyline(&at, colour);
    }
    out
}

fn ratios(benchmark: &Benchmark) -> String {
    let with = |size: &Size| Some((size.size as f64, size.ratio?));
    let ratios: Vec<_> = benchmark.sizes.iter().filter_map(with).collect();
    if ratios.is_empty() {
        return label(700.0, 170.0, "middle", "no baseline to compare with");
    }
    let ends = ratios.iter().flat_map(|(_, ratio)| [ratio.low, ratio.high]);
    let up = Axis::over(ends.chain([0.9, 1.1]), (290.0, 50.0));
    let along = along(benchmark, (540.0, 900.0));
    let mut out = label(
        540.0,
        42.0,
        "start",
        "Go's time / the kernel's, with 95 % intervals",
    );
    for value in up.marks().into_iter().filter(|value| *value != 1.0) {
        out += &level(
            &along,
            up.at(value),
            &format!("{} x", mark(&text::digits(value))),
            "#ddd",
        );
    }
    out += &level(&along, up.at(1.0), "1 x", "#333");
    out += &sizes(benchmark, &along);
    for crossing in &benchmark.crossings {
        let x = along.at(crossing.size);
        out += &format!(
            "<line x1=\"{x:.1}\" y1=\"50\" x2=\"{x:.1}\" y2=\"290\" stroke=\"#777\" stroke-dasharray=\"4 4\"/>\n"
        );
    }
    let middle: Vec<(f64, f64)> = ratios
        .iter()
        .map(|(size, ratio)| (along.at(*size), up.at(ratio.value)))
        .collect();
    for ((x, _), (_, ratio)) in middle.iter().zip(&ratios) {
        let (low, high) = (up.at(ratio.low), up.at(ratio.high));
        out += &format!(
            "<line x1=\"{x:.1}\" y1=\"{low:.1}\" x2=\"{x:.1}\" y2=\"{high:.1}\" stroke=\"{KERNEL}\" stroke-width=\"5\" stroke-opacity=\"0.35\"/>\n"
        );
    }
    out + &polyline(&middle, KERNEL)
}

/// A figure without the zeros behind its point, which say how exactly something was measured.
fn mark(figure: &str) -> String {
    let (number, unit) = figure.split_once(' ').unwrap_or((figure, ""));
    let number = match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    };
    format!("{number} {unit}").trim_end().to_owned()
}

fn points(benchmark: &Benchmark, of: impl Fn(&Size) -> Option<f64>) -> Vec<(f64, f64)> {
    let point = |size: &Size| Some((size.size as f64, of(size)?));
    benchmark.sizes.iter().filter_map(point).collect()
}

fn along(benchmark: &Benchmark, ends: (f64, f64)) -> Axis {
    Axis::over(benchmark.sizes.iter().map(|size| size.size as f64), ends)
}

/// The sizes below the axis; where they stand close, not all.
fn sizes(benchmark: &Benchmark, along: &Axis) -> String {
    let mut out = label(
        f64::midpoint(along.start(), along.end()),
        324.0,
        "middle",
        "size",
    );
    let mut last = f64::NEG_INFINITY;
    for size in &benchmark.sizes {
        let x = along.at(size.size as f64);
        let text = grouped(size.size as f64);
        let half = 4.0 * text.len() as f64;
        if x - half >= last {
            out += &label(x, 307.0, "middle", &text);
            last = x + half;
        }
    }
    out
}

/// A line across the plot, with what it stands for.
fn level(along: &Axis, y: f64, text: &str, colour: &str) -> String {
    let (start, end) = (along.start(), along.end());
    let line = format!(
        "<line x1=\"{start}\" y1=\"{y:.1}\" x2=\"{end}\" y2=\"{y:.1}\" stroke=\"{colour}\"/>\n"
    );
    line + &label(start - 6.0, y + 4.0, "end", text)
}

fn polyline(points: &[(f64, f64)], colour: &str) -> String {
    if points.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let mut out = format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n",
        pairs.join(" ")
    );
    for (x, y) in points {
        out += &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>\n");
    }
    out
}

fn label(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>\n",
        escaped(text)
    )
}

/// Text that stands for itself in SVG and HTML.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            control if control.is_control() => out.push(' '),
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::report;
    use super::*;

    #[test]
    fn a_chart_has_the_lines_of_what_was_measured() {
        let chart = svg(&report(&[(8, 10.0, Some(5.0)), (64, 10.0, Some(40.0))]));
        assert!(chart.starts_with("<svg ") && chart.ends_with("</svg>\n"));
        assert!(chart.contains(">sum-all</text>"), "{chart}");
        assert!(chart.contains("about 16: the kernel is faster"), "{chart}");
        assert!(
            chart.contains("stroke-dasharray"),
            "no line at the break-even size"
        );
        // Two lines of times, for there are no native ones, and one of ratios.
        assert_eq!(chart.matches("<polyline").count(), 3);
        assert_eq!(chart.matches("<circle").count(), 6);
        assert!(!chart.contains("NaN") && !chart.contains("inf"), "{chart}");
    }

    #[test]
    fn marks_have_no_more_digits_than_they_need() {
        let figures = ["10.0 µs", "1.00 x", "0.500", "200 ns", "2.50 ms"];
        let marks = ["10 µs", "1 x", "0.5", "200 ns", "2.5 ms"];
        assert_eq!(figures.map(mark), marks);
    }

    #[test]
    fn one_size_and_absurd_ones_have_a_chart_too() {
        for rounds in [
            &[(1, 0.001, Some(1e15))][..],
            &[(u64::MAX, 5.0, Some(5.0)), (1, 5.0, Some(5.0))],
            &[(7, 5.0, None)],
        ] {
            let chart = svg(&report(rounds));
            assert!(!chart.contains("NaN") && !chart.contains("inf"), "{chart}");
        }
        assert!(svg(&report(&[(7, 5.0, None)])).contains("no baseline"));
    }

    #[test]
    fn a_page_needs_nothing_else_and_runs_nothing() {
        let mut report = report(&[(8, 10.0, Some(5.0))]);
        report.kernel = "<script>alert('x')</script>".into();
        report.cpu = "A & B \"fast\"\u{1b}[2J".into();
        let page = page(&report);
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("A &amp; B &quot;fast&quot; [2J"), "{page}");
        assert!(page.contains("<td>5.00 ns</td>"), "{page}");
        let links = page.matches("http").count();
        assert_eq!(links, 1, "only the name of SVG itself");
    }

    #[test]
    fn the_ending_says_what_a_chart_is() {
        assert!(file("a/b.svg").is_ok() && file("x.html").is_ok());
        assert!(file("x.png").is_err() && file("svg").is_err());
    }
}
