//! A look at everything.

use crate::registry::{Folder, digest_of};
use crate::trail::{Line, TRAIL, TRAIL_BEFORE, lines, parse_line};
use crate::trust::Served;
use crate::{Error, Reason, Registry, Result, Trust};
use std::path::{Path, PathBuf};

/// How many lines of a file of the trail are findings of their own.
const LINES: usize = 20;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Why.
    pub reason: Reason,
    /// The file that is at fault.
    pub path: PathBuf,
    /// The digest of the version that it is about; empty for none.
    pub version: String,
    /// What was found.
    pub message: String,
}

impl Registry {
    /// Looks at every file of a contract, and gives what is wrong, in the order: state, labels, versions, golden cases, trail.
    ///
    /// Without a `trust`, signatures are read without asking whose they are.
    ///
    /// # Errors
    ///
    /// Only if the look itself fails. `not-found` if there is no such contract.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let registry = tenon_registry::Registry::open(folder.path()).unwrap();
    /// use tenon_registry::{Publication, Reason, Trust};
    /// registry.publish("tenon:redact", b"a component", &Publication::default()).unwrap();
    /// assert!(registry.verify("tenon:redact", None).unwrap().is_empty());
    /// let strict = registry.verify("tenon:redact", Some(&Trust::default())).unwrap();
    /// assert_eq!(strict[0].reason, Reason::SignatureMissing);
    /// ```
    pub fn verify(&self, contract: &str, trust: Option<&Trust>) -> Result<Vec<Finding>> {
        self.reading("verify", contract, |folder| {
            if !folder.path.is_dir() {
                return Err(Error::new(Reason::NotFound, "there is no such contract")
                    .help("`tenon ls` lists what there is"));
            }
            let mut look = Look {
                folder,
                trust,
                findings: Vec::new(),
            };
            look.all()?;
            Ok(look.findings)
        })
    }
}

struct Look<'a> {
    folder: &'a Folder<'a>,
    trust: Option<&'a Trust>,
    findings: Vec<Finding>,
}

impl Look<'_> {
    fn all(&mut self) -> Result<()> {
        let folder = self.folder;
        let state = self.take(folder.state(), "", &folder.file("state.json"))?;
        let labels = self.take(folder.labels(), "", &folder.file("labels.json"))?;
        let names = self.take(folder.version_files(), "", &folder.versions())?;
        let names = names.unwrap_or_default();
        let is_there = |digest: &str| names.binary_search(&format!("{digest}.wasm")).is_ok();

        if let Some(state) = &state {
            let path = folder.file("state.json");
            for (digest, role) in [(&state.active, "active"), (&state.previous, "previous")] {
                if !digest.is_empty()
                    && !is_there(digest)
                    && (role == "active" || *digest != state.active)
                {
                    self.find(
                        Reason::VersionMissing,
                        &path,
                        digest,
                        format!("the {role} version is not there"),
                    );
                }
            }
        }
        for (label, digest) in labels.iter().flat_map(crate::labels::Labels::sorted) {
            if !is_there(digest) {
                let message = format!("label {label} names a version that is not there");
                self.find(
                    Reason::VersionMissing,
                    &folder.file("labels.json"),
                    digest,
                    message,
                );
            }
        }
        for digest in names.iter().filter_map(|name| digest_of(name, ".wasm")) {
            let path = folder.component_file(digest);
            // One that is gone since it was listed was collected.
            self.take(folder.component(digest), digest, &path)?;
            if let Some(labels) = &labels {
                let statement = self.take(
                    folder.statement_among(labels, digest, self.trust),
                    digest,
                    &folder.envelope_file(digest),
                )?;
                if let (Some(state), Some(Some(statement))) = (&state, statement)
                    && state.active == digest
                {
                    let numbered = folder.numbered(digest, statement.counter);
                    let fits = numbered.check(state, &Served::default(), self.trust);
                    self.take(fits, digest, &folder.file("state.json"))?;
                }
            }
        }
        for digest in names
            .iter()
            .filter_map(|name| digest_of(name, ".dsse.json"))
        {
            if !is_there(digest) {
                let path = folder.envelope_file(digest);
                self.find(
                    Reason::VersionMissing,
                    &path,
                    digest,
                    "a signature of a version that is not there".into(),
                );
            }
        }
        self.take(folder.golden(), "", &folder.file("golden.json"))?;
        self.trail()
    }

    fn trail(&mut self) -> Result<()> {
        for name in [TRAIL_BEFORE, TRAIL] {
            let path = self.folder.file(name);
            let read = self.take(self.folder.text_of(name), "", &path)?;
            let text = read.unwrap_or_default().0;
            let mut wrong = 0_usize;
            for line in lines(&text) {
                if let Line::Malformed(reason, message) = parse_line(line) {
                    wrong += 1;
                    if wrong <= LINES {
                        self.find(reason, &path, "", message);
                    }
                }
            }
            if wrong > LINES {
                let message = format!("{} more lines that are no entries", wrong - LINES);
                self.find(Reason::TrailMalformed, &path, "", message);
            }
        }
        Ok(())
    }

    /// A result, or a finding. What says nothing about the files ends the look.
    fn take<T>(&mut self, result: Result<T>, version: &str, path: &Path) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_transient() => Err(error),
            Err(error) => {
                let path = error.path().unwrap_or(path).to_owned();
                self.find(error.reason(), &path, version, error.message().to_owned());
                Ok(None)
            }
        }
    }

    fn find(&mut self, reason: Reason, path: &Path, version: &str, message: String) {
        self.findings.push(Finding {
            reason,
            path: path.to_owned(),
            version: version.to_owned(),
            message,
        });
    }
}
