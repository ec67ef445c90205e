//! A guest as kernels/hostile/index.json describes it.

use serde::Deserialize;
use std::time::Duration;

/// How long a call of a guest may run.
const DEADLINE: Duration = Duration::from_millis(50);

/// The index.
#[derive(Deserialize)]
pub(crate) struct Index {
    pub(crate) guests: Vec<Entry>,
}

/// One guest.
#[derive(Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Its text beside the index; none is made by this program.
    pub(crate) file: Option<String>,
    pub(crate) when: When,
    /// How long a call may run, in milliseconds, where [`DEADLINE`] is not meant.
    deadline: Option<u64>,
    /// Arguments of `attack` as WAVE.
    #[serde(default)]
    pub(crate) args: Vec<String>,
    /// What `attack` answers, as WAVE.
    pub(crate) answer: Option<String>,
    /// Whether it is granted the host's function `poke`.
    #[serde(default)]
    pub(crate) grant: bool,
}

impl Entry {
    /// How long a call may run.
    pub(crate) fn deadline(&self) -> Duration {
        self.deadline.map_or(DEADLINE, Duration::from_millis)
    }
}

/// When a guest attacks.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum When {
    /// When it is loaded.
    Load,
    /// When it is loaded, by each beginning of its file.
    Prefixes,
    /// When it shall serve a contract, tenon:redact.
    Slot,
    /// When it is instantiated.
    Start,
    /// When its function `attack` is called.
    Call,
    /// Nobody knows: a stranger's file.
    Any,
}
