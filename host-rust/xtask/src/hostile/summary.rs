//! A guest's figures, for benches.

use serde_json::{Value, json};

use super::Attacked;
use super::guest::{Ended, Line};

/// One guest as a JSON object, by host. Times are milliseconds; `peak_bytes` is null where the system does not tell.
pub(super) fn json(result: &Attacked) -> Value {
    let mut all = json!({"name": result.guest.name, "expect": result.guest.expect});
    for (host, ended) in &result.hosts {
        let mut figures = match ended {
            Ended::Line(line) => figures(line),
            Ended::Crash(how) => json!({"fault": "crash", "message": how}),
        };
        figures["passed"] = result.passed(*host).into();
        all[host.name()] = figures;
    }
    all
}

fn figures(line: &Line) -> Value {
    json!({
        "fault": line.kind(),
        "attacks": line.millis.len(),
        "millis_p50": percentile(&line.millis, 50),
        "millis_p99": percentile(&line.millis, 99),
        "millis_max": percentile(&line.millis, 100),
        "overshoot_millis_p50": percentile(&line.overshoot_millis, 50),
        "overshoot_millis_p99": percentile(&line.overshoot_millis, 99),
        "overshoot_millis_max": percentile(&line.overshoot_millis, 100),
        "peak_bytes": peak(line),
        "heartbeat_gap_millis": line.heartbeat_gap_millis,
        "healthy_calls": line.healthy_calls,
        "healthy_failed": line.healthy_failed,
        "collections": line.collections,
    })
}

/// The most that the process grew by in one attack.
pub(super) fn peak(line: &Line) -> Option<u64> {
    line.peak_bytes.iter().copied().flatten().max()
}

/// The sample that this share of them, in percent, does not exceed; none of no samples.
pub(super) fn percentile(samples: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::super::Host;
    use super::super::guest::tests::{guest, line};
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let samples: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(percentile(&samples, 50), Some(100.0));
        assert_eq!(percentile(&samples, 99), Some(198.0));
        assert_eq!(percentile(&samples, 100), Some(200.0));
        assert_eq!(percentile(&[3.0, 1.0, 2.0], 99), Some(3.0));
        assert_eq!(percentile(&[], 99), None);
    }

    #[test]
    fn a_guest_has_figures_of_both_hosts() {
        let crash = Ended::Crash("signal 9".to_owned());
        let all = json(&Attacked {
            guest: guest("trap"),
            hosts: [(Host::Go, line("trap")), (Host::Rust, crash)],
        });
        assert_eq!(all["go"]["passed"], true);
        assert_eq!(all["go"]["overshoot_millis_p50"], 1.5);
        assert_eq!(all["go"]["overshoot_millis_max"], 10.5);
        assert_eq!(all["go"]["peak_bytes"], 8192);
        assert_eq!(all["rust"]["passed"], false);
        assert_eq!(all["rust"]["message"], "signal 9");
    }
}
