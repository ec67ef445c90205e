//! A rule as the build script compiled it: a pair of dense automata that lie in the kernel's data.

use regex_automata::dfa::dense::DFA;
use regex_automata::dfa::regex::Regex;
use std::ops::Range;

/// Finds a rule's leftmost match in a time that grows with the text alone.
pub(crate) struct Automaton(Regex<DFA<&'static [u32]>>);

/// The automaton of a rule, by its name.
macro_rules! automaton {
    ($name:literal) => {
        $crate::automaton::Automaton::new(
            $crate::automaton::aligned!(concat!(env!("OUT_DIR"), "/", $name, ".forward")),
            $crate::automaton::aligned!(concat!(env!("OUT_DIR"), "/", $name, ".reverse")),
        )
    };
}
pub(crate) use automaton;

/// A file's bytes at an address where a table of 32-bit numbers may stand.
macro_rules! aligned {
    ($file:expr) => {{
        static FILE: &regex_automata::util::wire::AlignAs<[u8], u32> =
            &regex_automata::util::wire::AlignAs {
                _align: [],
                bytes: *include_bytes!($file),
            };
        &FILE.bytes
    }};
}
pub(crate) use aligned;

impl Automaton {
    pub(crate) fn new(forward: &'static [u8], reverse: &'static [u8]) -> Self {
        let read = |bytes| {
            DFA::from_bytes(bytes)
                .expect("an automaton that the build script wrote")
                .0
        };
        Self(Regex::builder().build_from_dfas(read(forward), read(reverse)))
    }

    /// The leftmost match, the leftmost one behind it, and so on.
    pub(crate) fn find_iter(&self, text: &[u8]) -> impl Iterator<Item = Range<usize>> {
        self.0.find_iter(text).map(|found| found.range())
    }
}
