//! Picks values out of JSON by their paths (RFC 6901), and checks the whole document (RFC 8259).
//!
//! ```
//! use tenon_kernel_jsonpick::{Kind, Picker};
//!
//! let document = br#"{"id": 12345678901234567890, "tags": ["a", "b"]}"#;
//! let mut picker = Picker::new("/tags/1\n/id\n/none")?;
//! let values = picker.pick(document)?;
//! assert_eq!(&document[values[0].span()], br#""b""#);
//! assert_eq!(&document[values[1].span()], b"12345678901234567890");
//! assert_eq!(values[2].kind, Kind::Absent);
//!
//! let mistake = picker.pick(br#"{"id": 01}"#).unwrap_err();
//! assert_eq!(mistake.to_string(), "document: unexpected byte at offset 8");
//! # Ok::<(), tenon_kernel_jsonpick::Failure>(())
//! ```

mod bytes;
mod name;
mod paths;
mod pick;
mod scan;
mod value;

#[cfg(target_family = "wasm")]
mod component;

pub use value::{Failure, Kind, Mistake, Reason, Table, Value};

use paths::Paths;
use pick::Walk;

/// How deep containers may lie in one another.
pub const MAX_DEPTH: usize = 10_000;

/// How many values a table may have.
pub const MAX_VALUES: usize = 1 << 20;

/// Paths that are ready to be followed, with the memory that it takes. What is picked does not depend on what was before.
pub struct Picker {
    paths: Paths,
    walk: Walk,
}

impl Picker {
    /// Reads JSON Pointers, one a line. A line ends with a line feed, which the last one may lack.
    ///
    /// # Errors
    ///
    /// [`Failure::Path`] with the number of the first line that is none.
    pub fn new(paths: &str) -> Result<Self, Failure> {
        let paths = Paths::new(paths).map_err(Failure::Path)?;
        let walk = Walk::new(&paths);
        Ok(Self { paths, walk })
    }

    /// The value at each of the paths, in their order.
    ///
    /// # Errors
    ///
    /// [`Failure::Document`] with the first mistake of the document.
    ///
    /// # Panics
    ///
    /// On a document of 4 GiB or more, which no caller of the contract can pass; so does the other function.
    pub fn pick(&mut self, document: &[u8]) -> Result<Vec<Value>, Failure> {
        fits(document);
        let mut values = vec![Value::default(); self.paths.len()];
        let walked = self.walk.document(&self.paths, document, 0, &mut values);
        walked.map(|()| values).map_err(Failure::Document)
    }

    /// The same for many documents, each on a line that ends with a line feed, which the last one may lack. The values of a
    /// line with a mistake are all absent, and so are those of one of white space only.
    ///
    /// # Errors
    ///
    /// [`Failure::TooManyValues`] if lines times paths are more than [`MAX_VALUES`].
    pub fn pick_lines(&mut self, documents: &[u8]) -> Result<Table, Failure> {
        fits(documents);
        let paths = self.paths.len();
        let mut table = Table::default();
        let mut start = 0;
        while start < documents.len() {
            let ended = memchr::memchr(b'\n', &documents[start..]);
            let end = ended.map_or(documents.len(), |length| start + length);
            let line = table.values.len();
            if line + paths > MAX_VALUES {
                return Err(Failure::TooManyValues);
            }
            table.values.resize(line + paths, Value::default());
            if !blank(&documents[start..end]) {
                let values = &mut table.values[line..];
                let line = &documents[..end];
                let walked = self.walk.document(&self.paths, line, start, values);
                if let Err(mistake) = walked {
                    values.fill(Value::default());
                    let line = table.lines;
                    table.mistakes.push(Mistake { line, ..mistake });
                }
            }
            table.lines += 1;
            start = end + 1;
        }
        Ok(table)
    }
}

/// Whether a line is white space only.
fn blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}

fn fits(bytes: &[u8]) {
    assert!(
        u32::try_from(bytes.len()).is_ok(),
        "nothing of the contract has 4 GiB"
    );
}
