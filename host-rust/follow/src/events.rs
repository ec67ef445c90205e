//! What a follower tells by `tracing`: the messages and fields of `wit/vectors/names.json`, under the target `tenon`.

use crate::status::Status;
use tenon_registry::Reason;

fn known(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// What is active serves, in the place of `previous`.
pub(crate) fn followed(status: &Status, previous: &str) {
    tracing::info!(
        target: "tenon",
        slot = status.slot,
        contract = status.contract,
        version = status.want,
        label = known(&status.want_label),
        previous,
        revision = status.revision,
        "version followed"
    );
}

pub(crate) fn refused(status: &Status) {
    tracing::warn!(
        target: "tenon",
        slot = status.slot,
        contract = status.contract,
        version = status.want,
        label = known(&status.want_label),
        previous = status.serving,
        revision = status.revision,
        reason = status.reason.map(Reason::as_str),
        kind = status.kind,
        error = status.message,
        "version refused"
    );
}

pub(crate) fn trail_not_written(status: &Status, error: &tenon_registry::Error) {
    tracing::warn!(
        target: "tenon",
        slot = status.slot,
        contract = status.contract,
        reason = error.reason().as_str(),
        error = error.to_string(),
        "trail not written"
    );
}

/// Changes are found by looking alone.
pub(crate) fn degraded(status: &Status, error: &str) {
    tracing::warn!(
        target: "tenon",
        slot = status.slot,
        contract = status.contract,
        error,
        "registry is looked at by the clock alone"
    );
}
