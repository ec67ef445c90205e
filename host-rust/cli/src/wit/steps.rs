//! What versions say, and whether that is enough.

use super::compare::{Difference, compare};
use super::model::Model;
use super::rules::{Rule, Step};
use semver::Version;
use std::cmp::Ordering;

/// From one version to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// Up, or nowhere.
    Up(Step),
    /// To a lower version, which promises nothing new.
    Down,
    /// Neither side has a version.
    Unversioned,
}

impl Move {
    /// What lies between two versions. One without a version and one with one have nothing in common.
    pub(crate) fn between(old: Option<&Version>, new: Option<&Version>) -> Move {
        let (old, new) = match (old, new) {
            (None, None) => return Move::Unversioned,
            (Some(old), Some(new)) => (old, new),
            _ => return Move::Up(Step::Major),
        };
        match new.cmp_precedence(old) {
            Ordering::Less => Move::Down,
            Ordering::Equal => Move::Up(Step::None),
            Ordering::Greater if !same_track(old, new) => Move::Up(Step::Major),
            Ordering::Greater if old.minor != new.minor || old.pre != new.pre || old.major == 0 => {
                Move::Up(Step::Minor)
            }
            Ordering::Greater => Move::Up(Step::Patch),
        }
    }

    /// Whether versions that are so far apart allow a step.
    fn allows(self, step: Step) -> bool {
        match self {
            Move::Up(up) => step <= up,
            Move::Down => step == Step::None,
            // There is no version to show a smaller step in.
            Move::Unversioned => step < Step::Major,
        }
    }

    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Move::Up(step) => step.name(),
            Move::Down => "down",
            Move::Unversioned => "unversioned",
        }
    }
}

/// Whether hosts take two versions for compatible: the same major version, and below 1.0.0 the same minor version too,
/// below 0.1.0 the same version.
fn same_track(old: &Version, new: &Version) -> bool {
    match (old.major, old.minor) {
        (0, 0) => {
            (old.major, old.minor, old.patch, &old.pre)
                == (new.major, new.minor, new.patch, &new.pre)
        }
        (0, minor) => (new.major, new.minor) == (0, minor),
        (major, _) => new.major == major,
    }
}

/// The lowest release that is a step above a version.
fn next(old: &Version, step: Step) -> Version {
    match (step, old.major, old.minor) {
        (Step::None, ..) => old.clone(),
        (Step::Major, 0, 0) | (Step::Patch, ..) | (Step::Minor, 0, _) => {
            Version::new(old.major, old.minor, old.patch + 1)
        }
        (Step::Major, 0, minor) => Version::new(0, minor + 1, 0),
        (Step::Major, major, _) => Version::new(major + 1, 0, 0),
        (Step::Minor, major, minor) => Version::new(major, minor + 1, 0),
    }
}

/// The answer to a question about two contracts.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// The package with its version, before and after.
    pub(crate) packages: (String, String),
    pub(crate) differences: Vec<Difference>,
    /// The largest step that a difference asks for.
    pub(crate) demanded: Step,
    /// What the versions say.
    pub(crate) moved: Move,
    /// Whether kernels of the new contract serve callers and hosts of the old one.
    pub(crate) compatible: bool,
    /// The lowest version that allows the differences; `None` where the old one has no version.
    pub(crate) next: Option<Version>,
}

impl Comparison {
    /// Compares two contracts.
    pub(crate) fn of(old: &Model, new: &Model) -> Comparison {
        let differences = compare(old, new);
        let demanded = differences.iter().map(|it| it.step).max();
        let demanded = demanded.unwrap_or(Step::None);
        let same_track = match (&old.version, &new.version) {
            (Some(old), Some(new)) => same_track(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        Comparison {
            packages: (old.full_name(), new.full_name()),
            demanded,
            next: old.version.as_ref().map(|old| next(old, demanded)),
            moved: Move::between(old.version.as_ref(), new.version.as_ref()),
            compatible: demanded < Step::Major && same_track,
            differences,
        }
    }

    /// Whether the versions allow a difference. None allows another name.
    pub(crate) fn allows(&self, difference: &Difference) -> bool {
        difference.rule != Rule::PackageRenamed && self.moved.allows(difference.step)
    }

    /// Whether the versions allow all differences.
    pub(crate) fn allowed(&self) -> bool {
        self.differences.iter().all(|it| self.allows(it))
    }
}
