//! What has the same labels, added up: a metric exists once.

use crate::status::Status;
use tenon_host::{Stats, VersionStats};

/// Slots of one name, of which one may close while another takes its place. Each has a digest's versions once.
pub(super) fn slots<'n>(all: impl Iterator<Item = (&'n str, Stats)>) -> Vec<(&'n str, Stats)> {
    let mut merged: Vec<(&str, Stats)> = Vec::new();
    for (name, it) in all {
        match merged.iter_mut().find(|(other, _)| *other == name) {
            Some((_, same)) => add_slot(same, it),
            None => merged.push((name, it)),
        }
    }
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
    let mut merged: Vec<VersionStats> = Vec::new();
    for it in all {
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

/// Followers of slots of one name. What is out of step counts, and the later revision.
pub(super) fn followers(all: impl Iterator<Item = Status>) -> Vec<Status> {
    let mut merged: Vec<Status> = Vec::new();
    for it in all {
        let Some(same) = merged.iter_mut().find(|other| other.slot == it.slot) else {
            merged.push(it);
            continue;
        };
        same.revision = same.revision.max(it.revision);
        same.in_step &= it.in_step;
        for (reason, count) in it.refusals {
            *same.refusals.entry(reason).or_default() += count;
        }
    }
    merged
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
