//! What has the same labels, added up: a metric exists once.

use crate::status::Status;
use tenon_host::{Stats, VersionStats};

/// Adds each item to the one before that is the same, in the order of the first ones.
fn merged<T>(
    all: impl IntoIterator<Item = T>,
    same: impl Fn(&T, &T) -> bool,
    add: impl Fn(&mut T, T),
) -> Vec<T> {
    let mut merged: Vec<T> = Vec::new();
    for it in all {
        match merged.iter_mut().find(|other| same(other, &it)) {
            Some(to) => add(to, it),
            None => merged.push(it),
        }
    }
    merged
}

/// Slots of one name, of which one may close while another takes its place. Each has a digest's versions once.
pub(super) fn slots<'n>(all: impl Iterator<Item = (&'n str, Stats)>) -> Vec<(&'n str, Stats)> {
    let mut merged = merged(all, |a, b| a.0 == b.0, |to, it| add_slot(&mut to.1, it.1));
    for (_, it) in &mut merged {
        it.versions = versions(std::mem::take(&mut it.versions));
    }
    merged
}

fn add_slot(to: &mut Stats, it: Stats) {
    to.kernel += it.kernel;
    to.baseline += it.baseline;
    to.fallbacks += it.fallbacks;
    to.panics += it.panics;
    to.refused += it.refused;
    for (sum, count) in to.faults.iter_mut().zip(it.faults) {
        *sum += count;
    }
    to.attributed += it.attributed;
    to.swaps += it.swaps;
    to.swap_failures += it.swap_failures;
    to.share = to.share.max(it.share);
    to.trips += it.trips;
    to.tripped |= it.tripped;
    to.versions.extend(it.versions);
}

/// Versions of one digest, of which one may drain while it serves again.
fn versions(all: Vec<VersionStats>) -> Vec<VersionStats> {
    merged(
        all,
        |a, b| a.version == b.version,
        |to, it| {
            to.serving |= it.serving;
            to.instances += it.instances;
            to.in_use += it.in_use;
            to.memory += it.memory;
            to.waiting += it.waiting;
            to.poisoned += it.poisoned;
        },
    )
}

/// Followers of slots of one name. What is out of step counts, and the later revision.
pub(super) fn followers(all: impl Iterator<Item = Status>) -> Vec<Status> {
    merged(
        all,
        |a, b| a.slot == b.slot,
        |to, it| {
            to.revision = to.revision.max(it.revision);
            to.in_step &= it.in_step;
            for (reason, count) in it.refusals {
                *to.refusals.entry(reason).or_default() += count;
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenon_registry::Reason;

    fn status(slot: &str, revision: u64, in_step: bool, refusals: &[(Reason, u64)]) -> Status {
        Status {
            slot: slot.to_owned(),
            revision,
            in_step,
            refusals: refusals.iter().copied().collect(),
            ..Status::default()
        }
    }

    #[test]
    fn one_follower_out_of_step_is_told_for_all_of_its_name() {
        let all = [
            status("sums", 7, true, &[(Reason::NotFound, 1)]),
            status("other", 1, true, &[]),
            status(
                "sums",
                5,
                false,
                &[(Reason::NotFound, 2), (Reason::KeyUnknown, 3)],
            ),
        ];
        let merged = followers(all.into_iter());
        let sums = [(Reason::NotFound, 3), (Reason::KeyUnknown, 3)];
        assert_eq!(merged.len(), 2);
        let (one, other) = (&merged[0], &merged[1]);
        assert_eq!((one.revision, one.in_step), (7, false));
        assert_eq!(one.refusals, sums.into_iter().collect());
        assert_eq!((&*other.slot, other.in_step), ("other", true));
    }
}
