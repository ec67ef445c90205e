//! The ledger kernel's contract, its versions, and what an answer must be: see kernels/ledger/README.md.

use std::cell::Cell;
use std::fmt;
use tenon_host::Fault;

tenon_host::contract! {
    wit: "../../wit/ledger",
    package: "tenon:ledger@1.0.0",
    interface: tenon::ledger::book,
    resources: [Page],
    /// Answers that say which version gave them.
    pub trait Book {
        /// Answers one question.
        fn enter(sequence: u64, payload: &[u8]) -> Entry => call_enter;
        /// A page, which stays on the version that opened it.
        fn page() -> Resource<'_, Page> => page.call_constructor;
        /// Answers one question on a page.
        fn enter_page(page: &Resource<'_, Page>, sequence: u64, payload: &[u8]) -> Entry => page.call_enter;
    }
}

/// The highest number of a version, and of a question that it traps at: eight digits.
pub const MAX_VERSION: u32 = 99_999_999;

/// The component as version `n`, which traps at each multiple of `trap_at` but 0; 0: at none. Each pair of numbers gives a
/// component with a digest of its own.
///
/// ```
/// let bytes = std::fs::read("../../host-go/internal/fixture/ledger/ledger.wasm").expect("the ledger kernel");
/// let first = tenon_soak::ledger::version(&bytes, 1, 0).expect("two marks");
/// assert!(first == bytes);
/// ```
///
/// # Errors
///
/// What keeps it from being made: a number of more than eight digits, a component without the marks.
pub fn version(component: &[u8], n: u32, trap_at: u32) -> Result<Vec<u8>, String> {
    if n > MAX_VERSION || trap_at > MAX_VERSION {
        return Err(format!(
            "version {n} that traps at {trap_at}: neither may be above {MAX_VERSION}"
        ));
    }
    let mut bytes = component.to_vec();
    for (mark, other) in [
        (
            "tenon-ledger-head:00000001:00000000",
            format!("tenon-ledger-head:{n:08}:{trap_at:08}"),
        ),
        (
            "tenon-ledger-tail:00000001",
            format!("tenon-ledger-tail:{n:08}"),
        ),
    ] {
        let mut found = bytes
            .windows(mark.len())
            .enumerate()
            .filter(|(_, window)| *window == mark.as_bytes());
        let (Some((at, _)), None) = (found.next(), found.next()) else {
            return Err(format!("the component does not have the mark {mark} once"));
        };
        bytes[at..at + other.len()].copy_from_slice(other.as_bytes());
    }
    Ok(bytes)
}

/// What an audit has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The answer is made of more than one version or question.
    Torn(String),
    /// It answers another question.
    Wrong(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Torn(what) => write!(f, "torn: {what}"),
            Finding::Wrong(what) => write!(f, "wrong: {what}"),
        }
    }
}

/// The version that made an entry, if the entry answers the question and one version made it.
///
/// # Errors
///
/// What is wrong with it.
pub fn audit(entry: &Entry, sequence: u64, payload: &[u8]) -> Result<u32, Finding> {
    let (before, kept, after) = (entry.before, entry.kept, entry.after);
    if before != kept || kept != after {
        return Err(Finding::Torn(format!(
            "question {sequence} was answered by versions {before}, {kept} and {after}"
        )));
    }
    if entry.sequence != sequence {
        return Err(Finding::Wrong(format!(
            "question {sequence} got the answer to {}",
            entry.sequence
        )));
    }
    if entry.check != check(sequence, before, payload) {
        return Err(Finding::Torn(format!(
            "the check of question {sequence} by version {before} is {:#x}",
            entry.check
        )));
    }
    if entry.receipt.len() != payload.len()
        || !entry
            .receipt
            .iter()
            .copied()
            .eq(receipt(sequence, after, payload))
    {
        return Err(Finding::Torn(format!(
            "the receipt of question {sequence} by version {after} is of another payload, number or version"
        )));
    }
    Ok(before)
}

/// FNV-1a of number, version and payload.
fn check(sequence: u64, version: u32, payload: &[u8]) -> u64 {
    let numbers = sequence
        .to_le_bytes()
        .into_iter()
        .chain(version.to_le_bytes());
    numbers
        .chain(payload.iter().copied())
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
}

fn receipt(sequence: u64, version: u32, payload: &[u8]) -> impl Iterator<Item = u8> {
    let stamp = (sequence ^ u64::from(version) << 32).to_le_bytes();
    payload
        .iter()
        .enumerate()
        .map(move |(place, byte)| byte ^ stamp[place % stamp.len()])
}

/// The baseline, which answers as version 0 and never traps.
pub struct Native;

impl Native {
    fn answer(sequence: u64, payload: &[u8], line: u32) -> Entry {
        Entry {
            sequence,
            before: 0,
            kept: 0,
            after: 0,
            line,
            check: check(sequence, 0, payload),
            receipt: receipt(sequence, 0, payload).collect(),
        }
    }
}

impl Book for Native {
    fn enter(&self, sequence: u64, payload: &[u8]) -> Result<Entry, Fault> {
        Ok(Native::answer(sequence, payload, 0))
    }

    fn page(&self) -> Result<Resource<'_, Page>, Fault> {
        Ok(Resource::native(Cell::new(0_u32)))
    }

    fn enter_page(
        &self,
        page: &Resource<'_, Page>,
        sequence: u64,
        payload: &[u8],
    ) -> Result<Entry, Fault> {
        let lines = page.get::<Cell<u32>>()?;
        lines.set(lines.get() + 1);
        Ok(Native::answer(sequence, payload, lines.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_finds_what_is_wrong() {
        let payload = b"twelve bytes";
        let spoiled = |spoil: fn(&mut Entry)| {
            let mut entry = Native::answer(9, payload, 0);
            spoil(&mut entry);
            audit(&entry, 9, payload)
        };
        assert_eq!(spoiled(|_| {}), Ok(0));
        assert!(matches!(
            spoiled(|entry| entry.sequence += 1),
            Err(Finding::Wrong(_))
        ));
        for torn in [
            (|entry| entry.after += 1) as fn(&mut Entry),
            |entry| entry.kept += 1,
            |entry| (entry.before, entry.kept, entry.after) = (7, 7, 7),
            |entry| entry.check ^= 1 << 63,
            |entry| entry.receipt.truncate(11),
            |entry| entry.receipt[11] ^= 1,
        ] {
            assert!(matches!(spoiled(torn), Err(Finding::Torn(_))));
        }
    }

    #[test]
    fn versions_have_two_marks_of_eight_digits() {
        let component = b"x tenon-ledger-head:00000001:00000000 y tenon-ledger-tail:00000001 z";
        let other = version(component, 27, 499).unwrap();
        let text = String::from_utf8(other).unwrap();
        assert_eq!(
            text,
            "x tenon-ledger-head:00000027:00000499 y tenon-ledger-tail:00000027 z"
        );
        assert!(version(component, MAX_VERSION + 1, 0).is_err());
        assert!(version(b"no marks", 1, 0).is_err());
        assert!(version(&component.repeat(2), 1, 0).is_err());
    }
}
