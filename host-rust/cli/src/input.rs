//! Reads the component that a command is about.

use crate::failure::{Failure, Result, refused};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use tenon_transpile::{Options, Transpiled, limits};

/// What a file holds, and how messages name it.
pub(crate) struct Input {
    /// The path as it was given, or `standard input`.
    pub(crate) name: String,
    /// All of its bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Input {
    /// Reads a file; `-` means standard input.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let stdin = path.as_os_str() == "-";
        let name = if stdin {
            "standard input".into()
        } else {
            path.display().to_string()
        };
        // One byte more than the limit tells a file that is too long from one that just fits.
        let limit = limits::INPUT_SIZE as u64 + 1;
        let mut bytes = Vec::new();
        let read = if stdin {
            std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
        } else {
            File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
        };
        match read {
            Ok(size) if size as u64 == limit => Err(Failure::new(format!(
                "{name}: too large for a component"
            ))
            .found(format!("more than {} bytes", limits::INPUT_SIZE))
            .note("fault", tenon_transpile::Kind::Limit)
            .help("build the kernel with less data inside, or give it the data in an argument")),
            Ok(_) => Ok(Input { name, bytes }),
            Err(error) => Err(cannot_read(&name, &error)),
        }
    }

    /// Validates the component and takes it apart.
    pub(crate) fn transpile(&self) -> Result<Transpiled> {
        tenon_transpile::transpile(&self.bytes, &Options::default())
            .map_err(|error| refused(&self.name, &error))
    }
}

fn cannot_read(name: &str, error: &std::io::Error) -> Failure {
    let help = match error.kind() {
        ErrorKind::NotFound => "check the path; `tenon build <CRATE> -o FILE` writes a component",
        ErrorKind::IsADirectory => {
            "give a component's file; to build a component from a crate's folder, run `tenon build`"
        }
        ErrorKind::PermissionDenied => "make the file readable for this user",
        _ => "",
    };
    Failure::new(format!("{name}: cannot read the file"))
        .found(error)
        .help(help)
}

/// Fails unless the component implements the contract that the user named.
///
/// `wanted` is a package with its version, as `tenon:redact@1.0.0`, or without, when any version will do.
pub(crate) fn require_contract(
    file: &str,
    found: Option<(&str, &str)>,
    wanted: Option<&str>,
) -> Result<()> {
    let Some(wanted) = wanted else { return Ok(()) };
    let (package, version) = match wanted.split_once('@') {
        Some((package, version)) => (package, Some(version)),
        None => (wanted, None),
    };
    let full = match found {
        Some((found, at)) if found == package && version.is_none_or(|version| version == at) => {
            return Ok(());
        }
        Some((package, "")) => package.to_owned(),
        Some((package, version)) => format!("{package}@{version}"),
        None => "no interface with a package name".to_owned(),
    };
    Err(Failure::new(format!("{file}: not a kernel of the contract {wanted}"))
        .found(full)
        .note("fault", tenon_transpile::Kind::Contract)
        .help("give a kernel that was built against that contract; `tenon inspect` shows what a file exports"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_matches_by_name_and_by_version_if_one_is_given() {
        let found = Some(("tenon:redact", "1.0.0"));
        for wanted in [None, Some("tenon:redact"), Some("tenon:redact@1.0.0")] {
            assert!(require_contract("x", found, wanted).is_ok(), "{wanted:?}");
        }
        for wanted in ["tenon:redact@1.1.0", "tenon:scalar", "redact", ""] {
            let error = require_contract("x", found, Some(wanted))
                .expect_err(wanted)
                .to_string();
            assert!(
                error.contains("found: tenon:redact@1.0.0") && error.contains("fault: contract"),
                "{error}"
            );
        }
        assert!(require_contract("x", None, Some("tenon:redact")).is_err());
    }
}
