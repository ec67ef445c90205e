//! The folder: where things lie, and how they are read.

use crate::disk::Disk;
use crate::labels::Labels;
use crate::lock::Lock;
use crate::{Clock, Error, Reason, Result, State, Statement, Trust, golden, limits, name};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Versions of kernels in a folder. It holds no open files; any number of threads and processes may use one folder.
///
/// ```
/// use tenon_registry::{Activation, Publication, Registry, Served, Trust};
/// # let folder = tempfile::tempdir().unwrap();
/// let registry = Registry::open(folder.path()).unwrap();
/// let label = Publication { label: "1.0.0".into(), ..Publication::default() };
/// registry.publish("tenon:redact", b"a component's bytes", &label).unwrap();
/// registry.activate("tenon:redact", "1.0.0", &Activation::default()).unwrap();
///
/// let trust = Trust { unsigned: true, ..Trust::default() };
/// let release = registry.fetch("tenon:redact", &trust, &Served::default()).unwrap();
/// assert_eq!(release.component, b"a component's bytes");
/// assert_eq!(release.label, "1.0.0");
/// ```
#[derive(Clone, Debug)]
pub struct Registry {
    root: PathBuf,
    options: Options,
    disk: Disk,
    full_trail: u64,
}

/// How a registry is used. The default is for a host.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a writer waits for another one.
    pub lock_wait: Duration,
    /// Which program writes, for the trail: `rust`, or `cli`.
    pub by: String,
    /// The name of this machine, for the trail.
    pub host: String,
    /// What tells the time.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            lock_wait: Duration::from_secs(10),
            by: "rust".into(),
            host: machine(),
            clock: Clock::default(),
        }
    }
}

/// One published component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The contract's package, such as `tenon:redact`.
    pub contract: String,
    /// SHA-256 of the component's bytes, in 64 lower-case hexadecimal digits.
    pub digest: String,
    /// The labels that name this version, lowest first.
    pub labels: Vec<String>,
    /// The component's length in bytes.
    pub size: u64,
    /// Whether there is a signature; it is not looked at.
    pub signed: bool,
}

impl Registry {
    /// Opens the registry in a folder, and makes the folder where it is missing. One that may only be read opens too.
    ///
    /// # Errors
    ///
    /// `not-a-file` if something else is there, and what the file system says.
    pub fn open(root: impl AsRef<Path>) -> Result<Registry> {
        Registry::open_with(root, Options::default())
    }

    /// Opens a registry that is to be used in a way of its own.
    pub fn open_with(root: impl AsRef<Path>, options: Options) -> Result<Registry> {
        let registry = Registry::at(root, options);
        registry
            .disk
            .make_folder(&registry.root)
            .map_err(|error| error.during("open", ""))?;
        Ok(registry)
    }

    /// The registry in a folder that need not be there: only what writes makes it.
    pub fn at(root: impl AsRef<Path>, options: Options) -> Registry {
        Registry {
            root: root.as_ref().to_owned(),
            options,
            disk: Disk::default(),
            full_trail: limits::TRAIL,
        }
    }

    /// The same registry on a file system that fails as a test says.
    #[cfg(test)]
    pub(crate) fn on(&self, disk: Disk) -> Registry {
        Registry {
            disk,
            ..self.clone()
        }
    }

    /// The same registry with a trail that is full at another length.
    #[cfg(test)]
    pub(crate) fn full_at(&self, full_trail: u64) -> Registry {
        Registry {
            full_trail,
            ..self.clone()
        }
    }

    /// The folder that it is in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a contract, which need not be there: what a host watches.
    pub fn folder(&self, contract: &str) -> Result<PathBuf> {
        let (namespace, package) = name::contract(contract)?;
        Ok(self.root.join(namespace).join(package))
    }

    /// The contracts that something was published of, sorted.
    pub fn contracts(&self) -> Result<Vec<String>> {
        let mut contracts = Vec::new();
        let words = |path: &Path| -> Result<Vec<String>> {
            let mut names = self.disk.names(path)?;
            names.retain(|name| name::is_word(name));
            Ok(names)
        };
        for namespace in words(&self.root)? {
            let folder = self.root.join(&namespace);
            for package in words(&folder)? {
                let inside = folder.join(&package);
                if ["versions", "labels.json", "state.json"]
                    .iter()
                    .any(|name| inside.join(name).exists())
                {
                    contracts.push(format!("{namespace}:{package}"));
                }
            }
        }
        Ok(contracts)
    }

    /// The component with a digest, after checking that its bytes have that digest.
    pub fn read(&self, contract: &str, digest: &str) -> Result<Vec<u8>> {
        self.reading("read", contract, |folder| {
            name::check_digest(digest)?;
            folder
                .component(digest)?
                .ok_or_else(|| not_found("version", digest).at(&folder.component_file(digest)))
        })
    }

    /// The digest that a label names.
    pub fn resolve(&self, contract: &str, label: &str) -> Result<String> {
        self.reading("resolve", contract, |folder| {
            let labels = folder.labels()?;
            labels
                .get(label)
                .map(str::to_owned)
                .ok_or_else(|| not_found("label", label))
        })
    }

    /// The digest of what a person names: a label, a digest, or at least eight digits at the beginning of one.
    pub fn find(&self, contract: &str, what: &str) -> Result<String> {
        self.reading("find", contract, |folder| folder.find(what))
    }

    /// The versions of a contract, by digest. Names and sizes are looked at, not contents.
    pub fn list(&self, contract: &str) -> Result<Vec<Version>> {
        self.reading("list", contract, |folder| {
            let labels = folder.labels()?;
            let names = folder.version_files()?;
            let digests = names.iter().filter_map(|name| digest_of(name, ".wasm"));
            digests
                .map(|digest| folder.version(digest, &labels, &names))
                .collect()
        })
    }

    /// What is active. A contract that nothing was ever activated for has the default state.
    pub fn state(&self, contract: &str) -> Result<State> {
        self.reading("state", contract, |folder| folder.state())
    }

    /// The envelope with a version's signatures, if there is one, as it is: nothing in it is checked.
    pub fn envelope(&self, contract: &str, digest: &str) -> Result<Option<Vec<u8>>> {
        self.reading("envelope", contract, |folder| {
            name::check_digest(digest)?;
            folder.envelope(digest)
        })
    }

    /// What a version's signature says, if it has one, checked as [`fetch`](Registry::fetch) does. Without a `trust` it is read
    /// without asking whose it is.
    pub fn statement(
        &self,
        contract: &str,
        digest: &str,
        trust: Option<&Trust>,
    ) -> Result<Option<Statement>> {
        self.reading("statement", contract, |folder| {
            name::check_digest(digest)?;
            folder.statement(digest, trust)
        })
    }

    /// What a version's signature says, if it has one, checked for who signed it and not for the time at which it counts: for
    /// who signs again.
    pub fn signed(&self, contract: &str, digest: &str, trust: &Trust) -> Result<Option<Statement>> {
        self.reading("signed", contract, |folder| {
            name::check_digest(digest)?;
            folder.signed(digest, trust)
        })
    }

    /// The contract's golden cases, if there are some.
    pub fn golden(&self, contract: &str) -> Result<Option<Vec<u8>>> {
        self.reading("golden", contract, |folder| folder.golden())
    }

    /// Does something that only reads.
    pub(crate) fn reading<T>(
        &self,
        op: &'static str,
        contract: &str,
        act: impl FnOnce(&Folder<'_>) -> Result<T>,
    ) -> Result<T> {
        let open = || {
            let folder = Folder {
                path: self.folder(contract)?,
                contract,
                registry: self,
            };
            act(&folder)
        };
        open().map_err(|error| error.during(op, contract))
    }

    /// Does something that writes, alone.
    pub(crate) fn writing<T>(
        &self,
        op: &'static str,
        contract: &str,
        act: impl FnOnce(&Folder<'_>) -> Result<T>,
    ) -> Result<T> {
        self.reading(op, contract, |folder| {
            self.disk.make_folder(&folder.path)?;
            let _lock = folder.lock()?;
            act(folder)
        })
    }

    /// Does something that writes, unless it is only to be told what would be written.
    pub(crate) fn writing_unless<T>(
        &self,
        dry_run: bool,
        op: &'static str,
        contract: &str,
        act: impl FnOnce(&Folder<'_>) -> Result<T>,
    ) -> Result<T> {
        if dry_run {
            self.reading(op, contract, act)
        } else {
            self.writing(op, contract, act)
        }
    }
}

/// A contract's part of the registry.
pub(crate) struct Folder<'a> {
    pub(crate) path: PathBuf,
    pub(crate) contract: &'a str,
    registry: &'a Registry,
}

impl Folder<'_> {
    pub(crate) fn disk(&self) -> &Disk {
        &self.registry.disk
    }

    pub(crate) fn options(&self) -> &Options {
        &self.registry.options
    }

    /// The right to write, where the folder is there.
    pub(crate) fn lock(&self) -> Result<Lock> {
        Lock::take(self.disk(), &self.path, self.options().lock_wait)
    }

    /// The length at which the trail's file is full.
    pub(crate) fn full_trail(&self) -> u64 {
        self.registry.full_trail
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn versions(&self) -> PathBuf {
        self.path.join("versions")
    }

    pub(crate) fn component_file(&self, digest: &str) -> PathBuf {
        self.versions().join(format!("{digest}.wasm"))
    }

    pub(crate) fn envelope_file(&self, digest: &str) -> PathBuf {
        self.versions().join(format!("{digest}.dsse.json"))
    }

    pub(crate) fn version_files(&self) -> Result<Vec<String>> {
        self.disk().names(&self.versions())
    }

    /// A component whose bytes have the digest.
    pub(crate) fn component(&self, digest: &str) -> Result<Option<Vec<u8>>> {
        let path = self.component_file(digest);
        let Some(bytes) = self.disk().read(&path, limits::COMPONENT)? else {
            return Ok(None);
        };
        let found = name::digest(&bytes);
        if found != digest {
            return Err(Error::new(
                Reason::DigestMismatch,
                format!("the bytes have the digest {found}"),
            )
            .at(&path)
            .help("publish the component again, and find out who changed it"));
        }
        Ok(Some(bytes))
    }

    pub(crate) fn envelope(&self, digest: &str) -> Result<Option<Vec<u8>>> {
        self.disk()
            .read(&self.envelope_file(digest), limits::ENVELOPE)
    }

    pub(crate) fn labels(&self) -> Result<Labels> {
        let path = self.file("labels.json");
        match self.disk().read(&path, limits::JSON)? {
            Some(text) => Labels::parse(&text, &path),
            None => Ok(Labels::default()),
        }
    }

    pub(crate) fn state(&self) -> Result<State> {
        let path = self.file("state.json");
        match self.disk().read(&path, limits::JSON)? {
            Some(text) => State::parse(&text, &path),
            None => Ok(State::default()),
        }
    }

    pub(crate) fn golden(&self) -> Result<Option<Vec<u8>>> {
        let path = self.file("golden.json");
        let text = self.disk().read(&path, limits::JSON)?;
        if let Some(text) = &text {
            golden::check(text, self.contract, &path)?;
        }
        Ok(text)
    }

    /// The version of a file that was listed.
    pub(crate) fn version(
        &self,
        digest: &str,
        labels: &Labels,
        names: &[String],
    ) -> Result<Version> {
        let signature = format!("{digest}.dsse.json");
        Ok(Version {
            contract: self.contract.to_owned(),
            digest: digest.to_owned(),
            labels: labels.of(digest),
            size: self.disk().size(&self.component_file(digest))?,
            signed: names.binary_search(&signature).is_ok(),
        })
    }

    pub(crate) fn find(&self, what: &str) -> Result<String> {
        let what = what.strip_prefix("sha256:").unwrap_or(what);
        if name::is_digest(what) {
            return Ok(what.to_owned());
        }
        if let Some(digest) = self.labels()?.get(what) {
            return Ok(digest.to_owned());
        }
        if what.len() < 8 || !name::is_hex(what) {
            name::check_label(what)?;
            return Err(not_found("label", what));
        }
        let names = self.version_files()?;
        let mut found = names
            .iter()
            .filter_map(|name| digest_of(name, ".wasm"))
            .filter(|digest| digest.starts_with(what));
        match (found.next(), found.next()) {
            (None, _) => Err(not_found("version", what)),
            (Some(digest), None) => Ok(digest.to_owned()),
            _ => Err(Error::new(
                Reason::NameMalformed,
                format!("several digests begin with {what}"),
            )
            .help("write more of its digits")),
        }
    }
}

/// The digest in a file's name.
pub(crate) fn digest_of<'a>(name: &'a str, end: &str) -> Option<&'a str> {
    name.strip_suffix(end)
        .filter(|digest| name::is_digest(digest))
}

pub(crate) fn not_found(what: &str, name: &str) -> Error {
    let shown: String = name.chars().take(80).collect();
    Error::not_found(format!("there is no {what} {shown}"))
}

/// The name of this machine.
fn machine() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    #[cfg(not(unix))]
    let name = std::env::var("COMPUTERNAME").unwrap_or_default();
    name
}
