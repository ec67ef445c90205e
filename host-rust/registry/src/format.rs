//! What the JSON files have in common: a number that says who can read them.

use crate::{Error, Reason, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// The format that this release writes, and the highest that it reads.
pub const FORMAT: u32 = 1;

/// Reads JSON of the format that is known. A key that the format has not, or that is there twice, is refused.
pub(crate) fn parse<T: DeserializeOwned>(text: &[u8], path: &Path, malformed: Reason) -> Result<T> {
    #[derive(Deserialize)]
    struct Head {
        format: u64,
    }
    let refused = |message: String| {
        Error::new(malformed, message)
            .at(path)
            .help("put the right file in its place")
    };
    let head: Head = serde_json::from_slice(text)
        .map_err(|error| refused(format!("no JSON of a registry: {error}")))?;
    if head.format > u64::from(FORMAT) {
        let message = format!(
            "written in format {}, known are those up to {FORMAT}",
            head.format
        );
        return Err(Error::new(Reason::FormatNewer, message)
            .at(path)
            .help("use a newer release of this program"));
    }
    if head.format == 0 {
        return Err(refused("format 0, which there never was".into()));
    }
    serde_json::from_slice(text).map_err(|error| refused(error.to_string()))
}

/// The JSON of a file, for people to read.
pub(crate) fn render(content: &impl serde::Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(content).expect("the files' types have no maps with odd keys");
    text.push('\n');
    text
}
