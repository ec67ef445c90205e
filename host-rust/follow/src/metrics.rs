//! Metrics of slots, versions and followers for `prometheus-client`, by the names of `wit/vectors/names.json`.

use crate::follow::{Follower, read};
use crate::status::Status;
use crate::target::Target;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use tenon_host::{Contract, Engine, FaultKind, Slot, Stats, VersionStats};

/// The metrics of an engine, and of those of its slots and followers that it is told of. They are read when somebody asks for
/// them; a slot that is gone has none.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// use prometheus_client::{encoding::text, registry::Registry};
/// use tenon_follow::metrics::Metrics;
/// use tenon_host::{Config, Engine, contracts::scalar};
///
/// let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let slot = Arc::new(engine.slot::<scalar::Contract>("sums").kernel(&kernel).build()?);
/// let mut registry = Registry::default();
/// Metrics::new(&engine).slot(&slot).register(&mut registry);
///
/// slot.call(|k| k.add(40, 2))?;
/// let mut page = String::new();
/// text::encode(&mut page, &registry)?;
/// assert!(page.contains("tenon_slot_answers_total{slot=\"sums\"} 1\n"), "{page}");
/// # Ok(())
/// # }
/// ```
pub struct Metrics {
    engine: Engine,
    slots: Vec<Weak<dyn Target>>,
    followers: Vec<Followed>,
}

/// A follower's slot and status.
type Followed = (Weak<dyn Target>, Arc<Mutex<Status>>);

impl Metrics {
    /// Those of an engine.
    pub fn new(engine: &Engine) -> Metrics {
        Metrics {
            engine: engine.clone(),
            slots: Vec::new(),
            followers: Vec::new(),
        }
    }

    /// And those of a slot, and of its versions.
    #[must_use]
    pub fn slot<C: Contract>(mut self, slot: &Arc<Slot<C>>) -> Metrics {
        let slot: Arc<dyn Target> = slot.clone();
        self.slots.push(Arc::downgrade(&slot));
        self
    }

    /// And those of a follower.
    #[must_use]
    pub fn follower(mut self, follower: &Follower) -> Metrics {
        let of = (Arc::downgrade(&follower.slot), follower.status.clone());
        self.followers.push(of);
        self
    }

    /// Adds them to a registry of metrics, under their own names.
    pub fn register(self, to: &mut Registry) {
        to.register_collector(Box::new(self));
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (slots, followers) = (self.slots.len(), self.followers.len());
        write!(f, "Metrics({slots} slots, {followers} followers)")
    }
}

/// A metric whose values come one for each of some labels.
type Row<T> = (&'static str, &'static str, MetricType, fn(&T) -> f64);

const SLOT: [Row<Stats>; 11] = {
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

const VERSION: [Row<VersionStats>; 6] = {
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

const FOLLOWER: [Row<Status>; 2] = [
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

/// Labels, by name.
type Labels<'l> = Vec<(&'static str, &'l str)>;

/// Writes a metric with all of its values.
fn write<'l>(
    to: &mut DescriptorEncoder<'_>,
    (name, help, kind): (&'static str, &'static str, MetricType),
    values: impl IntoIterator<Item = (Labels<'l>, f64)>,
) -> fmt::Result {
    let mut metric = to.encode_descriptor(name, help, None, kind)?;
    for (labels, value) in values {
        let labels: Vec<_> = labels
            .into_iter()
            .map(|(name, value)| (name, escaped(value)))
            .collect();
        let mut one = metric.encode_family(&labels)?;
        match kind {
            // What is counted is whole, and below 2^53 for longer than anybody looks.
            MetricType::Counter => {
                one.encode_counter::<NoLabelSet, u64, u64>(&(value as u64), None)?
            }
            _ if value.fract() == 0.0 => one.encode_gauge(&(value as i64))?,
            _ => one.encode_gauge(&value)?,
        }
    }
    Ok(())
}

fn labels<'l>(slot: &'l str, of: &'l VersionStats) -> Labels<'l> {
    let mut labels = vec![("slot", slot), ("kernel", &*of.kernel)];
    labels.extend([("version", &*of.version), ("label", &*of.label)]);
    labels
}

/// Versions of one digest added up: one may drain while it serves again, and a metric exists once.
fn by_digest(versions: Vec<VersionStats>) -> Vec<VersionStats> {
    let mut merged: Vec<VersionStats> = Vec::new();
    for it in versions {
        let Some(same) = merged.iter_mut().find(|other| other.version == it.version) else {
            merged.push(it);
            continue;
        };
        same.serving |= it.serving;
        same.instances += it.instances;
        same.in_use += it.in_use;
        same.memory += it.memory;
        same.waiting += it.waiting;
        same.poisoned += it.poisoned;
    }
    merged
}

/// A label's value as the text format wants it; the encoder writes it as it is.
fn escaped(value: &str) -> Cow<'_, str> {
    if !value.contains(['\\', '"', '\n']) {
        return value.into();
    }
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    value.replace('\n', "\\n").into()
}

impl Collector for Metrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        let to = &mut to;
        let slots: Vec<_> = self.slots.iter().filter_map(Weak::upgrade).collect();
        let mut stats: Vec<_> = slots.iter().map(|it| (it.name(), it.stats())).collect();
        for (_, stats) in &mut stats {
            stats.versions = by_digest(std::mem::take(&mut stats.versions));
        }
        for (name, help, value) in [
            (
                "tenon_kernels",
                "Kernels that are loaded",
                self.engine.kernels(),
            ),
            (
                "tenon_memory_bytes",
                "Linear memory of all instances",
                self.engine.memory(),
            ),
            (
                "tenon_memory_limit_bytes",
                "What it may be at most",
                self.engine.config().total_memory,
            ),
        ] {
            let mut metric = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
            metric.encode_gauge(&(value as i64))?;
        }
        for (name, help, kind, value) in SLOT {
            let values = stats
                .iter()
                .map(|(name, stats)| (vec![("slot", *name)], value(stats)));
            write(to, (name, help, kind), values)?;
        }
        let faults = stats.iter().flat_map(|(name, stats)| {
            let counts = FaultKind::ALL.map(|kind| (kind, stats.faults(kind)));
            let there = counts.into_iter().filter(|(_, count)| *count > 0);
            there.map(|(kind, count)| {
                let labels = vec![("slot", *name), ("kind", kind.as_str())];
                (labels, count as f64)
            })
        });
        let head = (
            "tenon_slot_faults",
            "Faults by kind, those included for which the baseline stepped in",
            MetricType::Counter,
        );
        write(to, head, faults)?;
        let versions = || {
            let versions = stats.iter().map(|(name, stats)| (*name, &stats.versions));
            versions.flat_map(|(name, versions)| versions.iter().map(move |it| (name, it)))
        };
        for (name, help, kind, value) in VERSION {
            let values = versions().map(|(slot, it)| (labels(slot, it), value(it)));
            write(to, (name, help, kind), values)?;
        }
        // Of the reasons that the table has, this host knows one.
        let faulty = versions().filter(|(_, it)| it.poisoned > 0);
        let retired = faulty.map(|(slot, it)| {
            let mut labels = labels(slot, it);
            labels.push(("reason", "fault"));
            (labels, it.poisoned as f64)
        });
        let head = (
            "tenon_version_retired",
            "Instances that were closed before their version was, by reason; those of fault are the poisoned ones",
            MetricType::Counter,
        );
        write(to, head, retired)?;
        self.encode_followers(to)
    }
}

impl Metrics {
    fn encode_followers(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let followers = self.followers.iter();
        let followers = followers.filter_map(|(slot, status)| Some((slot.upgrade()?, status)));
        let followers: Vec<_> = followers
            .map(|(slot, status)| read(&slot, status))
            .collect();
        for (name, help, kind, value) in FOLLOWER {
            let values = followers
                .iter()
                .map(|it| (vec![("slot", &*it.slot)], value(it)));
            write(to, (name, help, kind), values)?;
        }
        let refusals = followers.iter().flat_map(|it| {
            let counts = it.refusals.iter();
            counts.map(|(reason, count)| {
                let labels = vec![("slot", &*it.slot), ("reason", reason.as_str())];
                (labels, *count as f64)
            })
        });
        let head = (
            "tenon_registry_refusals",
            "Versions that were refused, by reason",
            MetricType::Counter,
        );
        write(to, head, refusals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::encoding::text;
    use tenon_host::{Config, contracts::scalar};

    #[test]
    fn a_slot_s_name_cannot_write_lines_of_its_own() {
        let engine = Engine::new(&Config::default()).unwrap();
        let file = "../../host-go/internal/fixture/scalar/scalar.wasm";
        let kernel = engine.load_file(file).unwrap();
        let name = "a\\b\"} 1\nforged 1";
        let slot = engine.slot::<scalar::Contract>(name).kernel(&kernel);
        let slot = Arc::new(slot.build().unwrap());
        let mut registry = Registry::default();
        Metrics::new(&engine).slot(&slot).register(&mut registry);
        let mut page = String::new();
        text::encode(&mut page, &registry).unwrap();
        let line = r#"tenon_slot_swaps_total{slot="a\\b\"} 1\nforged 1"} 0"#;
        assert!(page.lines().any(|it| it == line), "{page}");
        assert!(!page.contains("\nforged"), "{page}");
    }

    #[test]
    fn a_version_that_drains_while_it_serves_again_is_one_metric() {
        let engine = Engine::new(&Config::default()).unwrap();
        let file = "../../host-go/internal/fixture/scalar/scalar.wasm";
        let bytes = std::fs::read(file).unwrap();
        let one = engine.load(&bytes).unwrap();
        let two = engine
            .load(&[&bytes[..], &[0, 3, 1, b'v', b'2']].concat())
            .unwrap();
        let slot = engine.slot::<scalar::Contract>("sums").kernel(&one);
        let slot = Arc::new(slot.instances(2).build().unwrap());
        let mut registry = Registry::default();
        Metrics::new(&engine).slot(&slot).register(&mut registry);
        let pin = slot.pin().unwrap();
        for next in [&two, &one] {
            slot.swap_within(next, std::time::Duration::ZERO).unwrap();
        }
        assert_eq!(slot.stats().versions.len(), 2);
        let mut page = String::new();
        text::encode(&mut page, &registry).unwrap();
        let lines = |name: &str| -> Vec<_> {
            let lines = page.lines().filter(|it| it.starts_with(name));
            lines.map(|it| it.rsplit(' ').next().unwrap()).collect()
        };
        // Its own two, and that of the pin.
        assert_eq!(lines("tenon_version_instances{"), ["3"], "{page}");
        assert_eq!(lines("tenon_version_serving{"), ["1"], "{page}");
        drop(pin);
    }
}
