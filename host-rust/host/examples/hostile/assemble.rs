//! From the suite's texts to the files that both hosts run.

use crate::entry::Index;
use crate::made;
use std::error::Error;
use std::fs;
use std::path::Path;

/// Writes `NAME.wasm` for every guest of the index in `suite` into `target`, and tells how many there are.
pub(crate) fn suite(suite: &Path, target: &Path) -> Result<usize, Box<dyn Error>> {
    let path = suite.join("index.json");
    let index = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let index: Index =
        serde_json::from_slice(&index).map_err(|e| format!("{}: {e}", path.display()))?;
    fs::create_dir_all(target)?;
    for guest in &index.guests {
        let bytes = match &guest.file {
            Some(file) => wat::parse_file(suite.join(file))?,
            None => made::guest(&guest.name)?,
        };
        fs::write(target.join(&guest.name).with_extension("wasm"), bytes)?;
    }
    Ok(index.guests.len())
}

/// Writes one file as binary: text is assembled, anything else copied as it is.
pub(crate) fn file(source: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
    let bytes = if source
        .extension()
        .is_some_and(|extension| extension == "wat")
    {
        wat::parse_file(source)?
    } else {
        fs::read(source)?
    };
    Ok(fs::write(target, bytes)?)
}
