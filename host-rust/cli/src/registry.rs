//! What works on a registry: its folder, keys, and how refusals are told.

pub(crate) mod activate;
pub(crate) mod collect;
mod component;
pub(crate) mod key;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod publish;
pub(crate) mod show;
pub(crate) mod sign;
pub(crate) mod verify;

use crate::args::registry::{Place, Trusted};
use crate::failure::{Failure, Result, UNMET};
use crate::output::print;
use serde::Serialize;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tenon_registry::{Error, Options, Registry, SigningKey, Trust, VerifyingKey};

/// The number of the format of `--json`; names are only added within one format.
const FORMAT: u32 = 1;

/// How much of a file with a key is read.
const KEY_SIZE: u64 = 64 << 10;

impl Place {
    fn folder(&self) -> Result<PathBuf> {
        let named = self.registry.clone();
        let folder = named.or_else(|| std::env::var_os("TENON_REGISTRY").map(PathBuf::from));
        folder
            .filter(|folder| !folder.as_os_str().is_empty())
            .ok_or_else(|| {
                Failure::new("no registry is named")
                    .help("give --registry DIR, or set TENON_REGISTRY")
                    .status(2)
            })
    }

    /// The registry for a command that reads.
    fn reading(&self) -> Result<Registry> {
        let folder = self.folder()?;
        if !folder.is_dir() {
            return Err(
                Failure::new(format!("{}: there is no registry", folder.display()))
                    .help("check --registry and TENON_REGISTRY; `tenon publish` makes one"),
            );
        }
        Ok(Registry::at(folder, options()))
    }

    /// The registry for a command that writes, unless it only tells what it would write.
    fn writing(&self, dry_run: bool) -> Result<Registry> {
        if dry_run {
            return Ok(Registry::at(self.folder()?, options()));
        }
        Registry::open_with(self.folder()?, options()).map_err(|error| told(&error))
    }
}

impl Trusted {
    /// Whom the arguments name; `None` where they name nobody.
    fn keys(&self, unsigned: bool) -> Result<Option<Trust>> {
        let keys: Vec<_> = self
            .trust
            .iter()
            .map(|file| public_key(file))
            .collect::<Result<_>>()?;
        Ok((!keys.is_empty()).then_some(Trust { keys, unsigned }))
    }
}

fn options() -> Options {
    Options {
        by: "cli".into(),
        ..Options::default()
    }
}

fn public_key(file: &Path) -> Result<VerifyingKey> {
    let text = read(file, KEY_SIZE, "a key")?;
    tenon_registry::parse_key(&String::from_utf8_lossy(&text)).map_err(|error| no_key(file, &error))
}

fn private_key(file: &Path) -> Result<SigningKey> {
    let text = read(file, KEY_SIZE, "a key")?;
    tenon_registry::parse_private_key(&String::from_utf8_lossy(&text))
        .map_err(|error| no_key(file, &error))
}

fn no_key(file: &Path, error: &tenon_registry::KeyError) -> Failure {
    Failure::new(format!("{}: no key that can be used", file.display()))
        .found(error)
        .help("`tenon key new FILE` writes FILE, which signs, and FILE.pub, which is trusted")
}

/// Reads a file that is no component.
fn read(file: &Path, limit: u64, what: &str) -> Result<Vec<u8>> {
    let name = file.display();
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::new(format!("{name}: cannot read the file")).found(error))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::new(format!("{name}: too large for {what}"))
            .found(format!("more than {limit} bytes")));
    }
    Ok(bytes)
}

/// A refusal of the registry for a person.
fn told(error: &Error) -> Failure {
    let subject = match (error.contract(), error.op()) {
        ("", "") => String::new(),
        ("", op) => format!("{op}: "),
        (contract, "") => format!("{contract}: "),
        (contract, op) => format!("{op} {contract}: "),
    };
    let fault = match error.kind() {
        "" => error.reason().to_string(),
        kind => format!("{kind}, {}", error.reason()),
    };
    let path = error.path().map(|path| path.display().to_string());
    Failure::new(plain(&format!("{subject}{}", error.message())))
        .note("file", path.unwrap_or_default())
        .note("fault", fault)
        .help(error.advice())
}

/// The same where the command has looked, and says no.
fn refused(error: &Error) -> Failure {
    match error.kind() {
        "integrity" | "contract" if !error.is_done() => told(error).status(UNMET),
        _ => told(error),
    }
}

/// Prints a report as JSON.
fn print_json(report: &impl Serialize) -> Result<()> {
    let json = serde_json::to_string_pretty(report)
        .map_err(|error| Failure::new("the report cannot be written").found(error))?;
    print(&(json + "\n"))
}

/// The first digits of a digest, which are enough to name it; `baseline` for none.
fn short(digest: &str) -> &str {
    match digest {
        "" => "baseline",
        digest => &digest[..digest.len().min(12)],
    }
}

/// A version as people name it: the label, and the first digits of the digest.
fn called(label: &str, digest: &str) -> String {
    match label {
        "" => short(digest).to_owned(),
        label => format!("{label} ({})", short(digest)),
    }
}

/// The highest label of a digest; empty if it has none.
fn label_of(registry: &Registry, contract: &str, digest: &str) -> Result<String> {
    let versions = registry.list(contract).map_err(|error| told(&error))?;
    let version = versions
        .into_iter()
        .find(|version| version.digest == digest);
    Ok(version
        .and_then(|version| version.labels.last().cloned())
        .unwrap_or_default())
}

/// The contracts that a command is about: one, or all.
fn contracts(registry: &Registry, contract: Option<&str>) -> Result<Vec<String>> {
    match contract {
        Some(contract) => {
            let folder = registry.folder(contract).map_err(|error| told(&error))?;
            if folder.is_dir() {
                return Ok(vec![contract.to_owned()]);
            }
            Err(Failure::new(format!(
                "{contract}: nothing was published of this contract"
            ))
            .note("fault", "policy, not-found")
            .help("`tenon ls` lists the contracts that there are"))
        }
        None => registry.contracts().map_err(|error| told(&error)),
    }
}

/// A text of somebody else's files, on one line and without what a terminal obeys.
fn plain(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).collect()
}

/// A number of things.
fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        many => format!("{many} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_not_printed() {
        assert_eq!(plain("a\x1b[31m\nb é"), "a [31m b é");
    }
}
