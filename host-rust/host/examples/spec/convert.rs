//! From suites as text (`*.wast`) to the commands and binaries that both hosts run.

use std::error::Error;
use std::fs;
use std::path::Path;
use wast::Wast;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};

/// Writes a folder with `t.json` and binaries for every file below `sources`, and tells how many there are.
pub(crate) fn all(sources: &Path, target: &Path) -> Result<usize, Box<dyn Error>> {
    let mut converted = 0;
    for entry in fs::read_dir(sources)? {
        let path = entry?.path();
        let Some(stem) = path.file_stem() else {
            continue;
        };
        if path.is_dir() {
            converted += all(&path, &target.join(stem))?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "wast")
        {
            one(&path, &target.join(stem)).map_err(|e| format!("{}: {e}", path.display()))?;
            converted += 1;
        }
    }
    Ok(converted)
}

fn one(source: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(source)?;
    let mut lexer = Lexer::new(&text);
    // Strings of every kind belong to the tests.
    lexer.allow_confusing_unicode(true);
    let tokens = ParseBuffer::new_with_lexer(lexer)?;
    let parsed = parser::parse::<Wast<'_>>(&tokens);
    let parsed = parsed.map_err(|mut error| {
        error.set_path(source);
        error.set_text(&text);
        error
    })?;
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    let suite = json_from_wast::Opts::default()
        .module_filename("t")
        .convert(&name, &text, parsed)?;
    // Binaries of a source that has changed since may be others.
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    fs::create_dir_all(target)?;
    for (name, bytes) in &suite.wasms {
        fs::write(target.join(name), bytes)?;
    }
    fs::write(target.join("t.json"), serde_json::to_vec(&suite)?)?;
    Ok(())
}
