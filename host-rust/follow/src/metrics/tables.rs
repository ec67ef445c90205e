//! The metrics that are read one a slot, a version or a follower.

use crate::status::Status;
use prometheus_client::metrics::MetricType;
use tenon_host::{Stats, VersionStats};

/// A metric whose values come one for each of some labels.
pub(super) type Row<T> = (&'static str, &'static str, MetricType, fn(&T) -> f64);

pub(super) const SLOT: [Row<Stats>; 11] = {
    use MetricType::{Counter, Gauge};
    [
        (
            "tenon_slot_answers",
            "Calls that kernels answered",
            Counter,
            |it| it.kernel as f64,
        ),
        (
            "tenon_slot_baseline",
            "Calls that the baseline took",
            Counter,
            |it| it.baseline as f64,
        ),
        (
            "tenon_slot_fallbacks",
            "Calls that the baseline took because a kernel had failed",
            Counter,
            |it| it.fallbacks as f64,
        ),
        (
            "tenon_slot_refused",
            "Calls whose arguments were refused before a kernel saw them",
            Counter,
            |it| it.refused as f64,
        ),
        (
            "tenon_slot_blamed",
            "Faults whose input the baseline could answer",
            Counter,
            |it| it.attributed as f64,
        ),
        ("tenon_slot_swaps", "Completed swaps", Counter, |it| {
            it.swaps as f64
        }),
        (
            "tenon_slot_swap_failures",
            "Swaps, stagings and promotions that failed and changed nothing",
            Counter,
            |it| it.swap_failures as f64,
        ),
        (
            "tenon_slot_share",
            "The part of the keys whose calls go to the staged version",
            Gauge,
            |it| it.share,
        ),
        (
            "tenon_slot_tripped",
            "1 while the breaker has the serving or the staged version turned off",
            Gauge,
            |it| f64::from(u8::from(it.tripped)),
        ),
        (
            "tenon_slot_trips",
            "How often the breaker turned a version off",
            Counter,
            |it| it.trips as f64,
        ),
        (
            "tenon_slot_panics",
            "Calls where the baseline panicked after a kernel had failed",
            Counter,
            |it| it.panics as f64,
        ),
    ]
};

pub(super) const VERSION: [Row<VersionStats>; 6] = {
    use MetricType::{Counter, Gauge};
    [
        (
            "tenon_version_serving",
            "1 for the version that new calls go to, 0 for one that is staged or drains",
            Gauge,
            |it| f64::from(u8::from(it.serving)),
        ),
        (
            "tenon_version_instances",
            "Instances that exist",
            Gauge,
            |it| it.instances as f64,
        ),
        (
            "tenon_version_instances_in_use",
            "Instances that are in a call",
            Gauge,
            |it| it.in_use as f64,
        ),
        (
            "tenon_version_memory_bytes",
            "Linear memory of all instances",
            Gauge,
            |it| it.memory as f64,
        ),
        (
            "tenon_version_waiting",
            "Calls that wait for an instance",
            Gauge,
            |it| it.waiting as f64,
        ),
        (
            "tenon_version_poisoned",
            "Instances that were closed after a fault",
            Counter,
            |it| it.poisoned as f64,
        ),
    ]
};

pub(super) const FOLLOWER: [Row<Status>; 2] = [
    (
        "tenon_registry_revision",
        "The revision of the registry's state, as it was last read",
        MetricType::Gauge,
        |it| it.revision as f64,
    ),
    (
        "tenon_registry_in_step",
        "1 while the slot serves what is active in its registry",
        MetricType::Gauge,
        |it| f64::from(u8::from(it.in_step)),
    ),
];
