//! Which trap stopped a kernel: the closed list that both hosts share.

use crate::kind::FaultKind;
use std::fmt;
use wasmtime::Trap;

/// Which trap stopped a kernel, more closely than the [`FaultKind`] does. The list is closed and the same on both hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrapCode {
    /// `unreachable` was executed: a panic, an abort. Kind `trap`.
    Unreachable,
    /// A load, store or bulk operation outside the memory. Kind `trap`.
    MemoryBounds,
    /// An access outside a table, or a call of an empty entry. Kind `trap`.
    TableBounds,
    /// An indirect call with another signature. Kind `trap`.
    IndirectMismatch,
    /// Kind `trap`.
    DivideByZero,
    /// A division or conversion out of range. Kind `trap`.
    IntegerOverflow,
    /// A conversion of NaN to an integer. Kind `trap`.
    InvalidConversion,
    /// A function of the host that the kernel called failed. Kind `trap`.
    Host,
    /// Calls nest too deep. Kind `stack`.
    StackOverflow,
    /// The kernel was refused memory and gave up. Kind `memory`.
    MemoryLimit,
    /// The engine's memory has no room for an instance. Kind `overloaded`.
    MemoryExhausted,
    /// Kind `deadline`.
    Deadline,
    /// Kind `canceled`.
    Canceled,
    /// Kind `fuel`.
    Fuel,
    /// Kind `abi`.
    Abi,
    /// More handles than an instance may hold. Kind `limit`.
    HandleLimit,
    /// An import is missing or of another type. Kind `policy`.
    Link,
    /// A bug of the host or its engine. Kind `internal`.
    Internal,
}

impl TrapCode {
    /// Every code, in the order of the list.
    pub const ALL: [TrapCode; 18] = [
        TrapCode::Unreachable,
        TrapCode::MemoryBounds,
        TrapCode::TableBounds,
        TrapCode::IndirectMismatch,
        TrapCode::DivideByZero,
        TrapCode::IntegerOverflow,
        TrapCode::InvalidConversion,
        TrapCode::Host,
        TrapCode::StackOverflow,
        TrapCode::MemoryLimit,
        TrapCode::MemoryExhausted,
        TrapCode::Deadline,
        TrapCode::Canceled,
        TrapCode::Fuel,
        TrapCode::Abi,
        TrapCode::HandleLimit,
        TrapCode::Link,
        TrapCode::Internal,
    ];

    /// The words for this code, as in logs and JSON of both hosts.
    ///
    /// ```
    /// assert_eq!(tenon_host::TrapCode::DivideByZero.as_str(), "integer divide by zero");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            TrapCode::Unreachable => "unreachable",
            TrapCode::MemoryBounds => "memory out of bounds",
            TrapCode::TableBounds => "table out of bounds",
            TrapCode::IndirectMismatch => "indirect call mismatch",
            TrapCode::DivideByZero => "integer divide by zero",
            TrapCode::IntegerOverflow => "integer overflow",
            TrapCode::InvalidConversion => "invalid conversion",
            TrapCode::Host => "host",
            TrapCode::StackOverflow => "stack overflow",
            TrapCode::MemoryLimit => "memory limit",
            TrapCode::MemoryExhausted => "memory exhausted",
            TrapCode::Deadline => "deadline",
            TrapCode::Canceled => "canceled",
            TrapCode::Fuel => "fuel",
            TrapCode::Abi => "canonical ABI violation",
            TrapCode::HandleLimit => "handle limit",
            TrapCode::Link => "link",
            TrapCode::Internal => "internal",
        }
    }

    /// The kind of fault that it makes.
    ///
    /// ```
    /// use tenon_host::{FaultKind, TrapCode};
    ///
    /// assert_eq!(TrapCode::StackOverflow.kind(), FaultKind::Stack);
    /// assert_eq!(TrapCode::DivideByZero.kind(), FaultKind::Trap);
    /// ```
    pub fn kind(self) -> FaultKind {
        match self {
            TrapCode::StackOverflow => FaultKind::Stack,
            TrapCode::MemoryLimit => FaultKind::Memory,
            TrapCode::MemoryExhausted => FaultKind::Overloaded,
            TrapCode::Deadline => FaultKind::Deadline,
            TrapCode::Canceled => FaultKind::Canceled,
            TrapCode::Fuel => FaultKind::Fuel,
            TrapCode::Abi => FaultKind::Abi,
            TrapCode::HandleLimit => FaultKind::Limit,
            TrapCode::Link => FaultKind::Policy,
            TrapCode::Internal => FaultKind::Internal,
            TrapCode::Unreachable
            | TrapCode::MemoryBounds
            | TrapCode::TableBounds
            | TrapCode::IndirectMismatch
            | TrapCode::DivideByZero
            | TrapCode::IntegerOverflow
            | TrapCode::InvalidConversion
            | TrapCode::Host => FaultKind::Trap,
        }
    }

    /// What wasmtime calls it. What it has more words for than the hosts is told by its own message.
    pub(crate) fn of(trap: Trap) -> TrapCode {
        match trap {
            Trap::UnreachableCodeReached => TrapCode::Unreachable,
            Trap::MemoryOutOfBounds | Trap::HeapMisaligned => TrapCode::MemoryBounds,
            Trap::TableOutOfBounds | Trap::IndirectCallToNull => TrapCode::TableBounds,
            Trap::BadSignature => TrapCode::IndirectMismatch,
            Trap::IntegerDivisionByZero => TrapCode::DivideByZero,
            Trap::IntegerOverflow => TrapCode::IntegerOverflow,
            Trap::BadConversionToInteger => TrapCode::InvalidConversion,
            Trap::StackOverflow => TrapCode::StackOverflow,
            Trap::AllocationTooLarge => TrapCode::MemoryLimit,
            Trap::Interrupt => TrapCode::Deadline,
            Trap::OutOfFuel => TrapCode::Fuel,
            Trap::CannotEnterComponent
            | Trap::CannotLeaveComponent
            | Trap::InvalidChar
            | Trap::StringOutOfBounds
            | Trap::ListOutOfBounds
            | Trap::InvalidDiscriminant
            | Trap::UnalignedPointer => TrapCode::Abi,
            // Features that transpile lets no kernel use.
            _ => TrapCode::Internal,
        }
    }
}

impl fmt::Display for TrapCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
