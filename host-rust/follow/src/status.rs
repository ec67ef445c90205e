//! How a slot stands to its registry.

use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::time::SystemTime;
use tenon_registry::{Reason, format_time};

/// How a slot stands to its registry, as of the last look. Its JSON is the same on every host: `status` in
/// `wit/vectors/names.json`.
///
/// ```
/// use tenon_follow::Status;
///
/// let json = serde_json::to_string(&Status::default()).expect("it has a form");
/// assert!(json.starts_with(r#"{"slot":"","contract":"","revision":0,"want":"","serving":"","in_step":false,"#), "{json}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The slot's name.
    pub slot: String,
    /// The package that it follows.
    pub contract: String,
    /// That of the registry's state, as it was last read; 0 where nothing was ever activated.
    pub revision: u64,
    /// The digest that is active in the registry; empty is the baseline.
    pub want: String,
    /// Its label.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub want_label: String,
    /// The digest that the slot serves; empty is the baseline.
    pub serving: String,
    /// Its label.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// The digest that is kept for going back at once; empty where none is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub previous: String,
    /// Whether the last look found nothing wrong and the slot serves now what was active then; also where nothing was ever
    /// activated. An old version whose calls have not ended changes nothing: [`Slot::stats`](tenon_host::Slot::stats) has it as
    /// draining.
    pub in_step: bool,
    /// Why it is not. Where somebody else has switched the slot there is a message only.
    #[serde(serialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The kind of fault that this is.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub kind: &'static str,
    /// What happened and what to do, in one line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Since when `in_step` and `reason` have been as they are.
    #[serde(serialize_with = "time")]
    pub since: SystemTime,
    /// The last look.
    #[serde(serialize_with = "time")]
    pub looked: SystemTime,
    /// When what was refused is looked at again, if nothing changes before; `None`: not before something changes.
    #[serde(serialize_with = "maybe_time", skip_serializing_if = "Option::is_none")]
    pub retry: Option<SystemTime>,
    /// Versions that came into service by following, the baseline among them.
    pub swaps: u64,
    /// Counts by reason. The same reason for the same version and revision counts once.
    #[serde(serialize_with = "by_word", skip_serializing_if = "BTreeMap::is_empty")]
    pub refusals: BTreeMap<Reason, u64>,
}

impl Default for Status {
    fn default() -> Status {
        Status {
            slot: String::new(),
            contract: String::new(),
            revision: 0,
            want: String::new(),
            want_label: String::new(),
            serving: String::new(),
            label: String::new(),
            previous: String::new(),
            in_step: false,
            reason: None,
            kind: "",
            message: String::new(),
            since: SystemTime::UNIX_EPOCH,
            looked: SystemTime::UNIX_EPOCH,
            retry: None,
            swaps: 0,
            refusals: BTreeMap::new(),
        }
    }
}

fn word<S: Serializer>(reason: &Option<Reason>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(reason.map_or("", Reason::as_str))
}

fn by_word<S: Serializer>(counts: &BTreeMap<Reason, u64>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(
        counts
            .iter()
            .map(|(reason, count)| (reason.as_str(), count)),
    )
}

fn time<S: Serializer>(time: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format_time(*time))
}

fn maybe_time<S: Serializer>(time: &Option<SystemTime>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&time.map(format_time).unwrap_or_default())
}
