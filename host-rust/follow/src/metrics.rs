//! Metrics of slots, versions and followers for `prometheus-client`, by the names of `wit/vectors/names.json`.

mod merged;
mod tables;

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
use tables::{FOLLOWER, SLOT, VERSION};
use tenon_host::{Contract, Engine, FaultKind, Slot, VersionStats};

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

    /// And those of a slot, and of its versions. Slots of one name are added up: one may close while another takes its place.
    #[must_use]
    pub fn slot<C: Contract>(mut self, slot: &Arc<Slot<C>>) -> Metrics {
        let slot: Arc<dyn Target> = slot.clone();
        let slot = Arc::downgrade(&slot);
        if !self.slots.iter().any(|it| it.ptr_eq(&slot)) {
            self.slots.push(slot);
        }
        self
    }

    /// And those of a follower.
    #[must_use]
    pub fn follower(mut self, follower: &Follower) -> Metrics {
        let status = &follower.status;
        if !self.followers.iter().any(|(_, it)| Arc::ptr_eq(it, status)) {
            let of = (Arc::downgrade(&follower.slot), status.clone());
            self.followers.push(of);
        }
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
        let stats = merged::slots(slots.iter().map(|it| (it.name(), it.stats())));
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
        let followers = merged::followers(followers.map(|(slot, status)| read(&slot, status)));
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
    use std::thread;
    use std::time::{Duration, Instant};
    use tenon_host::{Config, Kernel, contracts::scalar};

    const SCALAR: &str = "../../host-go/internal/fixture/scalar/scalar.wasm";

    #[test]
    fn a_slot_s_name_cannot_write_lines_of_its_own() {
        let engine = Engine::new(&Config::default()).unwrap();
        let kernel = engine.load_file(SCALAR).unwrap();
        let name = "a\\b\"} 1\nforged 1";
        let slot = engine.slot::<scalar::Contract>(name).kernel(&kernel);
        let slot = Arc::new(slot.build().unwrap());
        let page = page(Metrics::new(&engine).slot(&slot));
        let line = r#"tenon_slot_swaps_total{slot="a\\b\"} 1\nforged 1"} 0"#;
        assert!(page.lines().any(|it| it == line), "{page}");
        assert!(!page.contains("\nforged"), "{page}");
    }

    #[test]
    fn a_version_that_drains_while_it_serves_again_is_one_metric() {
        let engine = Engine::new(&Config::default()).unwrap();
        let (one, two) = kernels(&engine);
        let slot = engine.slot::<scalar::Contract>("sums").kernel(&one);
        let slot = Arc::new(slot.instances(2).build().unwrap());
        let pin = slot.pin().unwrap();
        for next in [&two, &one] {
            slot.swap_within(next, Duration::ZERO).unwrap();
        }
        assert_eq!(slot.stats().versions.len(), 2);
        let page = page(Metrics::new(&engine).slot(&slot));
        // Its own two, and that of the pin.
        assert_eq!(values(&page, "tenon_version_instances{"), ["3"], "{page}");
        assert_eq!(values(&page, "tenon_version_serving{"), ["1"], "{page}");
        drop(pin);
    }

    #[test]
    fn slots_of_one_name_are_one_metric() {
        let engine = Engine::new(&Config::default()).unwrap();
        let (one, two) = kernels(&engine);
        let slots = [&one, &two, &two].map(|kernel| {
            let slot = engine.slot::<scalar::Contract>("sums").kernel(kernel);
            let slot = Arc::new(slot.instances(1).build().unwrap());
            slot.call(|k| k.add(40, 2)).unwrap();
            slot.call(|k| k.fail("boom")).unwrap_err();
            slot
        });
        let begun = Instant::now();
        // It is counted after the new instance, and that after the lost one.
        while slots.iter().any(|slot| slot.stats().replaced == 0) {
            assert!(begun.elapsed() < Duration::from_secs(60), "not replaced");
            thread::sleep(Duration::from_millis(1));
        }
        let metrics = slots.iter().fold(Metrics::new(&engine), Metrics::slot);
        let page = page(metrics.slot(&slots[0])); // which it knows
        assert_eq!(values(&page, "tenon_slot_answers_total{"), ["3"], "{page}");
        assert_eq!(values(&page, "tenon_slot_faults_total{"), ["3"], "{page}");
        assert_eq!(
            values(&page, "tenon_version_instances{"),
            ["1", "2"],
            "{page}"
        );
        assert_eq!(
            values(&page, "tenon_version_retired_total{"),
            ["1", "2"],
            "{page}"
        );
    }

    /// Two versions of a kernel.
    fn kernels(engine: &Engine) -> (Kernel, Kernel) {
        let bytes = std::fs::read(SCALAR).unwrap();
        let newer = [&bytes[..], &[0, 3, 1, b'v', b'2']].concat();
        (engine.load(&bytes).unwrap(), engine.load(&newer).unwrap())
    }

    fn page(metrics: Metrics) -> String {
        let mut registry = Registry::default();
        metrics.register(&mut registry);
        let mut page = String::new();
        text::encode(&mut page, &registry).unwrap();
        page
    }

    /// The values of the lines that begin so.
    fn values<'p>(page: &'p str, line: &str) -> Vec<&'p str> {
        let lines = page.lines().filter(|it| it.starts_with(line));
        lines.map(|it| it.rsplit(' ').next().unwrap()).collect()
    }
}
