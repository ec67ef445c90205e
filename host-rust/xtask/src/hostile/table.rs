//! The table of a run.

use super::guest::Ended;
use super::summary::{peak, percentile};
use super::{Attacked, Host};

/// One line a guest, as wide as the widest cell, and two that sum up.
pub(super) fn render(results: &[Attacked]) -> String {
    let head = [
        "guest",
        "expected",
        "go host",
        "rust host",
        "go ms",
        "rust ms",
        "go peak",
        "rust peak",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(results.iter().map(row));
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
            line += &match at {
                0..4 => format!("{cell:width$}  "),
                _ => format!("{cell:>width$}  "),
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    for host in Host::ALL {
        text += &overall(results, host);
    }
    text
}

fn row(result: &Attacked) -> [String; 8] {
    let [(_, go), (_, rust)] = &result.hosts;
    let shown = |host, ended: &Ended| {
        let mark = if result.passed(host) { "" } else { " FAIL" };
        format!("{}{mark}", ended.kind())
    };
    [
        result.guest.name.clone(),
        result.guest.expect.clone(),
        shown(Host::Go, go),
        shown(Host::Rust, rust),
        millis(go),
        millis(rust),
        shown_peak(go),
        shown_peak(rust),
    ]
}

fn millis(ended: &Ended) -> String {
    match ended {
        Ended::Line(line) => percentile(&line.millis, 50)
            .map_or_else(|| "-".to_owned(), |millis| format!("{millis:.1}")),
        Ended::Crash(_) => "-".to_owned(),
    }
}

fn shown_peak(ended: &Ended) -> String {
    let peak = match ended {
        Ended::Line(line) => peak(line),
        Ended::Crash(_) => None,
    };
    peak.map_or_else(
        || "-".to_owned(),
        |bytes| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
    )
}

/// What the worst of all guests did to a host, and how it served on.
fn overall(results: &[Attacked], host: Host) -> String {
    let lines: Vec<_> = results
        .iter()
        .flat_map(|result| &result.hosts)
        .filter_map(|(other, ended)| match ended {
            Ended::Line(line) if *other == host => Some(line),
            _ => None,
        })
        .collect();
    let overshoot: Vec<f64> = lines
        .iter()
        .flat_map(|line| line.overshoot_millis.iter().copied())
        .collect();
    let gaps = lines.iter().map(|line| line.heartbeat_gap_millis);
    let calls: u64 = lines.iter().map(|line| line.healthy_calls).sum();
    let failed: u64 = lines.iter().map(|line| line.healthy_failed).sum();
    format!(
        "{}: {failed} of {calls} healthy calls failed; longest heartbeat gap {:.1} ms; overshoot p99 {:.1} ms\n",
        host.name(),
        gaps.fold(0.0, f64::max),
        percentile(&overshoot, 99).unwrap_or(0.0),
    )
}

#[cfg(test)]
mod tests {
    use super::super::guest::tests::{guest, line};
    use super::*;

    #[test]
    fn a_guest_that_fails_is_marked() {
        let result = Attacked {
            guest: guest("trap"),
            hosts: [(Host::Go, line("abi")), (Host::Rust, line("trap"))],
        };
        let text = render(&[result]);
        let row = text.lines().nth(1).unwrap();
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells[..5], ["g", "trap", "abi", "FAIL", "trap"], "{text}");
        assert_eq!(cells[5..], ["51.0", "51.0", "0.0", "MiB", "0.0", "MiB"]);
        assert!(text.contains(
            "go: 0 of 9 healthy calls failed; longest heartbeat gap 2.5 ms; overshoot p99 10.5 ms"
        ));
    }
}
