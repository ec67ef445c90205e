//! Compiled code on disk.
//!
//! An entry is code that will run in this process, so the folder is this user's alone and every entry is authenticated
//! with a key that never leaves it. Whatever is wrong with an entry makes it a miss, never an error.

use crate::evict::{self, ENTRY, UNFINISHED};
use crate::facts::{Facts, hex};
use crate::fault::{Fault, FaultKind};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// First bytes of an entry; the digit is the format's number.
const MAGIC: &[u8; 8] = b"TENONRC1";

/// Bytes of an authentication code.
const MAC_SIZE: usize = 32;

/// Bytes before the facts: magic, code, length of the facts.
const HEADER_SIZE: usize = MAGIC.len() + MAC_SIZE + 4;

/// A folder of compiled code for one kind of engine.
pub(crate) struct Cache {
    folder: PathBuf,
    /// Bytes that the entries may take together.
    limit: u64,
    key: [u8; 32],
    /// Tells engines apart: another wasmtime, another configuration or another transpile has other entries.
    engine: String,
}

impl Cache {
    /// Opens the folder `wasmtime` inside `dir`, made where it is missing.
    pub(crate) fn open(dir: &Path, limit: u64, engine: &wasmtime::Engine) -> Result<Cache, Fault> {
        let folder = dir.join("wasmtime");
        let failed = |what: &str, error: io::Error| {
            Fault::new(
                FaultKind::Policy,
                format!(
                    "the cache folder {} cannot be {what}: {error}",
                    folder.display()
                ),
            )
            .with_help("give Config::cache_dir a folder of this user, or none")
            .with_source(error)
        };
        make_private(&folder).map_err(|error| failed("made", error))?;
        if !is_private(&folder).map_err(|error| failed("read", error))? {
            return Err(Fault::new(
                FaultKind::Policy,
                format!(
                    "the cache folder {} is open to other users, and what it holds is run",
                    folder.display()
                ),
            )
            .with_help("chmod it to 0700 after making sure of its contents, or remove it"));
        }
        let key = key(&folder).map_err(|error| failed("given a key", error))?;
        Ok(Cache {
            key,
            engine: compatibility(engine),
            folder,
            limit,
        })
    }

    /// The facts and compiled code of a component, if there is an intact entry.
    pub(crate) fn get(&self, digest: &str) -> Option<(Facts, Vec<u8>)> {
        let path = self.path(digest);
        let mut entry = self.read(&path)?;
        let header = entry.get(..HEADER_SIZE)?;
        let (magic, rest) = header.split_at(MAGIC.len());
        let (mac, length) = rest.split_at(MAC_SIZE);
        if magic != MAGIC {
            return None;
        }
        self.mac(digest, entry.get(MAGIC.len() + MAC_SIZE..)?)
            .verify_slice(mac)
            .ok()?;
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let facts: Facts =
            serde_json::from_slice(entry.get(HEADER_SIZE..HEADER_SIZE.checked_add(length)?)?)
                .ok()?;
        let code = entry.split_off(HEADER_SIZE + length);
        if facts.digest != digest {
            return None;
        }
        evict::touch(&path);
        Some((facts, code))
    }

    /// The bytes of an entry; one that is larger than the limit, or no file at all, is none of ours.
    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let found = fs::symlink_metadata(path).ok()?;
        if !found.is_file() || found.len() > self.limit {
            return None;
        }
        let mut entry = Vec::with_capacity(usize::try_from(found.len()).ok()?);
        let file = File::open(path).ok()?;
        file.take(self.limit).read_to_end(&mut entry).ok()?;
        Some(entry)
    }

    /// Keeps an entry, at the cost of those that were used longest ago where the limit asks for it. A failure is told to the
    /// caller, who goes on without.
    pub(crate) fn put(&self, facts: &Facts, code: &[u8]) -> io::Result<()> {
        let json = serde_json::to_vec(facts)?;
        let length = u32::try_from(json.len()).map_err(io::Error::other)?;
        let mut entry = Vec::with_capacity(HEADER_SIZE + json.len() + code.len());
        entry.extend_from_slice(MAGIC);
        entry.extend_from_slice(&[0; MAC_SIZE]);
        entry.extend_from_slice(&length.to_le_bytes());
        entry.extend_from_slice(&json);
        entry.extend_from_slice(code);
        let mac = self
            .mac(&facts.digest, &entry[MAGIC.len() + MAC_SIZE..])
            .finalize()
            .into_bytes();
        entry[MAGIC.len()..MAGIC.len() + MAC_SIZE].copy_from_slice(&mac);
        if entry.len() as u64 > self.limit {
            return Err(io::Error::other("the entry is larger than the limit"));
        }
        write_atomically(&self.path(&facts.digest), &entry)?;
        evict::shrink(&self.folder, self.limit);
        Ok(())
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder
            .join(format!("{digest}-{}.{ENTRY}", &self.engine[..16]))
    }

    /// Authenticates the body together with what it is an entry for: a renamed entry does not pass.
    fn mac(&self, digest: &str, body: &[u8]) -> Hmac<Sha256> {
        // A key of 32 bytes is always accepted: HMAC takes any length.
        let mut mac =
            <Hmac<Sha256> as Mac>::new_from_slice(&self.key).unwrap_or_else(|_| unreachable!());
        mac.update(self.engine.as_bytes());
        mac.update(digest.as_bytes());
        mac.update(body);
        mac
    }
}

/// A hash of all that decides whether compiled code fits: wasmtime's own word, and transpile's.
fn compatibility(engine: &wasmtime::Engine) -> String {
    struct Words(Sha256);
    impl Hasher for Words {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut words = Words(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut words);
    tenon_transpile::plan::TOOL.hash(&mut words);
    tenon_transpile::plan::FORMAT.hash(&mut words);
    // An entry has passed the limits of its day, and is not validated again.
    tenon_transpile::limits::TEXT.hash(&mut words);
    hex(&words.0.finalize())
}

/// Reads the folder's key, or makes one. Of several processes that make it at once, one wins.
fn key(folder: &Path) -> io::Result<[u8; 32]> {
    let path = folder.join("key");
    for _ in 0..2 {
        match File::open(&path) {
            Ok(mut file) => {
                let mut key = [0; 32];
                // Too short or too long: damaged. A fresh key turns all entries into misses.
                if file.read_exact(&mut key).is_ok() && file.read(&mut [0])? == 0 {
                    return Ok(key);
                }
                fs::remove_file(&path)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
        let temporary = temporary(&path);
        private_file(&temporary)?.write_all(&key)?;
        let linked = fs::hard_link(&temporary, &path);
        fs::remove_file(&temporary)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    let mut key = [0; 32];
    File::open(&path)?.read_exact(&mut key)?;
    Ok(key)
}

fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary(path);
    let written = private_file(&temporary).and_then(|mut file| file.write_all(bytes));
    let done = written.and_then(|()| fs::rename(&temporary, path));
    if done.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    done
}

/// A name beside `path` that no other thread or process uses.
fn temporary(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    path.with_extension(format!("{}-{count}.{UNFINISHED}", std::process::id()))
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
fn is_private(folder: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(fs::metadata(folder)?.mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(folder: &Path) -> io::Result<bool> {
    fs::metadata(folder).map(|_| true)
}
