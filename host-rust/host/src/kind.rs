//! What classes of faults there are: the closed list that both hosts share.

use std::fmt;

/// The class of a [`Fault`](crate::Fault). The list is closed and the same on both hosts, so that a program can decide by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The bytes are not a component, or not a valid one.
    Malformed,
    /// A limit on the shape of a component is crossed.
    Limit,
    /// Valid, but in need of a feature that the hosts do not run.
    Unsupported,
    /// The component does not implement the contract that was asked for.
    Contract,
    /// The component asks for something that is not granted.
    Policy,
    /// Bytes are not those that were promised.
    Integrity,
    /// The kernel trapped.
    Trap,
    /// The kernel broke the Canonical ABI, or a value does not fit its type.
    Abi,
    /// The kernel's call stack is exhausted.
    Stack,
    /// A memory limit is reached.
    Memory,
    /// The deadline passed.
    Deadline,
    /// The caller gave up.
    Canceled,
    /// The fuel budget is spent.
    Fuel,
    /// No instance could be had.
    Overloaded,
    /// The slot is closed.
    Closed,
    /// A bug of the host.
    Internal,
}

impl FaultKind {
    /// Every kind, in the order of the list.
    pub const ALL: [FaultKind; 16] = [
        FaultKind::Malformed,
        FaultKind::Limit,
        FaultKind::Unsupported,
        FaultKind::Contract,
        FaultKind::Policy,
        FaultKind::Integrity,
        FaultKind::Trap,
        FaultKind::Abi,
        FaultKind::Stack,
        FaultKind::Memory,
        FaultKind::Deadline,
        FaultKind::Canceled,
        FaultKind::Fuel,
        FaultKind::Overloaded,
        FaultKind::Closed,
        FaultKind::Internal,
    ];

    /// The word for this kind, as in logs, metrics and JSON of both hosts.
    ///
    /// ```
    /// assert_eq!(tenon_host::FaultKind::Overloaded.as_str(), "overloaded");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            FaultKind::Malformed => "malformed",
            FaultKind::Limit => "limit",
            FaultKind::Unsupported => "unsupported",
            FaultKind::Contract => "contract",
            FaultKind::Policy => "policy",
            FaultKind::Integrity => "integrity",
            FaultKind::Trap => "trap",
            FaultKind::Abi => "abi",
            FaultKind::Stack => "stack",
            FaultKind::Memory => "memory",
            FaultKind::Deadline => "deadline",
            FaultKind::Canceled => "canceled",
            FaultKind::Fuel => "fuel",
            FaultKind::Overloaded => "overloaded",
            FaultKind::Closed => "closed",
            FaultKind::Internal => "internal",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<tenon_transpile::Kind> for FaultKind {
    fn from(kind: tenon_transpile::Kind) -> FaultKind {
        use tenon_transpile::Kind;
        match kind {
            Kind::Malformed => FaultKind::Malformed,
            Kind::Limit => FaultKind::Limit,
            Kind::Unsupported => FaultKind::Unsupported,
            Kind::Contract => FaultKind::Contract,
            Kind::Policy => FaultKind::Policy,
            Kind::Internal => FaultKind::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinct_and_complete() {
        let mut words: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 16);
    }
}
