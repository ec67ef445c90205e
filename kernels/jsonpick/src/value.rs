//! What is found, and why nothing is.

use std::error::Error;
use std::fmt;
use std::ops::Range;

/// What a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// There is no such value.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number of any size.
    Number,
    /// A string, in its quotes.
    Text,
    /// An array, in its brackets.
    Array,
    /// An object, in its braces.
    Object,
}

impl Kind {
    /// The kind of a well-formed value that begins with the byte.
    pub(crate) fn of(first: u8) -> Self {
        match first {
            b'n' => Self::Null,
            b't' | b'f' => Self::Boolean,
            b'"' => Self::Text,
            b'[' => Self::Array,
            b'{' => Self::Object,
            _ => Self::Number,
        }
    }
}

/// Where a value stands in the given bytes, as it is written there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Its first byte; 0 of an absent one.
    pub start: u32,
    /// The byte after its last one; 0 of an absent one.
    pub end: u32,
}

impl Value {
    /// The bytes of the value among the given ones.
    pub fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Why a document is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The byte at the offset cannot stand there.
    UnexpectedByte,
    /// The document ends at the offset, and cannot.
    UnexpectedEnd,
    /// The container at the offset lies in [`crate::MAX_DEPTH`] others.
    TooDeep,
    /// The bytes at the offset are no UTF-8.
    InvalidUtf8,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnexpectedByte => "unexpected byte",
            Self::UnexpectedEnd => "unexpected end",
            Self::TooDeep => "container in too many others",
            Self::InvalidUtf8 => "no UTF-8",
        })
    }
}

/// A mistake in a document, the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line that it stands in, from 0; 0 in a document that is not one of many lines.
    pub line: u32,
    /// Where it is, as a byte offset into what was given.
    pub offset: u32,
    /// What it is.
    pub reason: Reason,
}

impl Mistake {
    /// A mistake in a document that fits into the contract.
    pub(crate) fn new(at: usize, reason: Reason) -> Self {
        Self {
            line: 0,
            offset: at as u32,
            reason,
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The path of this place in the list, from 0, is no JSON Pointer.
    Path(u32),
    /// The document has a mistake.
    Document(Mistake),
    /// Lines times paths are more than [`crate::MAX_VALUES`].
    TooManyValues,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(place) => write!(f, "path {place} is no JSON Pointer"),
            Self::Document(Mistake { offset, reason, .. }) => {
                write!(f, "document: {reason} at offset {offset}")
            }
            Self::TooManyValues => {
                let most = crate::MAX_VALUES;
                write!(f, "lines times paths are more than {most}")
            }
        }
    }
}

impl Error for Failure {}

/// What was found in lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// How many lines there are.
    pub lines: u32,
    /// The values of the first line in the order of the paths, then those of the second, and so on.
    pub values: Vec<Value>,
    /// The lines with a mistake, in their order.
    pub mistakes: Vec<Mistake>,
}
