//! Every touch of the file system. Nothing else here opens, writes or renames, so that a test can fail each step.

use crate::{Error, Reason, Result, name};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// What the file system is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    MakeFolder,
    Open,
    Read,
    Create,
    Write,
    Sync,
    Rename,
    SyncFolder,
    Remove,
    Append,
}

/// A failure that a test asks for.
#[cfg_attr(not(test), expect(dead_code, reason = "only tests make trouble"))]
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The step is not done.
    Before(io::Error),
    /// Half of the bytes are written.
    Half(io::Error),
    /// The step is done, and fails all the same.
    After(io::Error),
}

/// What a test puts in front of the file system.
pub(crate) type Probe = Arc<dyn Fn(Step) -> Option<Trouble> + Send + Sync>;

/// The file system.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    probe: Option<Probe>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    #[cfg(test)]
    pub(crate) fn probed(probe: Probe) -> Disk {
        Disk { probe: Some(probe) }
    }

    /// Does a step. `half` is said to one that shall write half of its bytes.
    fn step<T>(&self, step: Step, act: impl FnOnce(bool) -> io::Result<T>) -> io::Result<T> {
        match self.probe.as_ref().and_then(|probe| probe(step)) {
            None => act(false),
            Some(Trouble::Before(error)) => Err(error),
            Some(Trouble::Half(error)) => act(true).and(Err(error)),
            Some(Trouble::After(error)) => act(false).and(Err(error)),
        }
    }

    /// Makes a folder and those above it, each of which is durable when this returns.
    pub(crate) fn make_folder(&self, path: &Path) -> Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        let above = path.parent().filter(|above| !above.as_os_str().is_empty());
        if let Some(above) = above {
            self.make_folder(above)?;
        }
        let made = self.step(Step::MakeFolder, |_| match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            result => result,
        });
        made.map_err(|error| Error::writing(path, error))?;
        self.sync_folder(above.unwrap_or(Path::new(".")))
    }

    /// Opens a regular file for reading, and only that: a pipe does not make it wait. `None` if there is nothing.
    fn open(&self, path: &Path) -> Result<Option<File>> {
        let opened = self.step(Step::Open, |_| without_waiting().read(true).open(path));
        match opened {
            Ok(file) => {
                let kind = file
                    .metadata()
                    .map_err(|error| Error::reading(path, error))?;
                if kind.is_file() {
                    Ok(Some(file))
                } else {
                    Err(not_a_file(path))
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unread(path, error)),
        }
    }

    /// The length of what has a name.
    pub(crate) fn size(&self, path: &Path) -> Result<u64> {
        let found = path.metadata().map_err(|error| unread(path, error))?;
        Ok(found.len())
    }

    /// All bytes of a file, `limit` at most. `None` if there is no file.
    pub(crate) fn read(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
        let Some(file) = self.open(path)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        self.step(Step::Read, |_| file.take(limit + 1).read_to_end(&mut bytes))
            .map_err(|error| Error::reading(path, error))?;
        if bytes.len() as u64 > limit {
            let message = format!("larger than {limit} bytes, which no such file may be");
            return Err(Error::new(Reason::TooLarge, message)
                .at(path)
                .help("put the right file in its place"));
        }
        Ok(Some(bytes))
    }

    /// The last bytes of a file, `limit` at most, and whether they are all. `None` if there is no file.
    pub(crate) fn read_end(&self, path: &Path, limit: u64) -> Result<Option<(Vec<u8>, bool)>> {
        let Some(mut file) = self.open(path)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let read = self.step(Step::Read, |_| {
            let begin = file.metadata()?.len().saturating_sub(limit);
            file.seek(SeekFrom::Start(begin))?;
            file.take(limit).read_to_end(&mut bytes)?;
            Ok(begin == 0)
        });
        let whole = read.map_err(|error| Error::reading(path, error))?;
        Ok(Some((bytes, whole)))
    }

    /// Puts a file in its place in one step that survives a crash: the folder has the old content or the new one.
    pub(crate) fn replace(&self, path: &Path, content: &[u8]) -> Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        self.make_folder(folder)?;
        let beside = folder.join(format!(".write-{}", random_name(path)?));
        let written = self
            .write_whole(&beside, content)
            .and_then(|()| self.step(Step::Rename, |_| fs::rename(&beside, path)));
        if let Err(error) = written {
            // What is left is no version, and `collect` removes it.
            let _ = self.step(Step::Remove, |_| fs::remove_file(&beside));
            return Err(Error::writing(path, error));
        }
        self.sync_folder(folder)
    }

    fn write_whole(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = self.step(Step::Create, |_| {
            OpenOptions::new().write(true).create_new(true).open(path)
        })?;
        self.step(Step::Write, |half| {
            let end = if half {
                content.len() / 2
            } else {
                content.len()
            };
            file.write_all(&content[..end])
        })?;
        self.step(Step::Sync, |_| file.sync_all())
    }

    /// Moves a file that is full out of the way of what is appended next. Where that fails the file grows on, and whoever
    /// appends after this tries again.
    pub(crate) fn move_full(&self, path: &Path, to: &Path, limit: u64) {
        let found = path.metadata();
        if found.is_ok_and(|found| found.is_file() && found.len() >= limit) {
            let _ = self.step(Step::Rename, |_| fs::rename(path, to));
        }
    }

    /// Adds a line, which holds its newline, at the end of a file by one write. A line that a crash cut stays alone.
    pub(crate) fn append(&self, path: &Path, line: &[u8]) -> Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        if !path.exists() {
            // A move of the file that was here has to be durable before there is another one of its name.
            self.sync_folder(folder)?;
        }
        let opened = self.step(Step::Create, |_| {
            let mut file = without_waiting()
                .read(true)
                .append(true)
                .create(true)
                .open(path)?;
            if !file.metadata()?.is_file() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            let mut text = Vec::with_capacity(line.len() + 1);
            let size = file.seek(SeekFrom::End(0))?;
            if size > 0 {
                let mut last = [0];
                file.seek(SeekFrom::End(-1))?;
                file.read_exact(&mut last)?;
                if last != [b'\n'] {
                    text.push(b'\n');
                }
            }
            text.extend_from_slice(line);
            Ok((file, text, size == 0))
        });
        let (mut file, text, empty) = opened.map_err(|error| unwritten(path, error))?;
        if empty {
            // Its name is durable before its first line is.
            self.sync_folder(folder)?;
        }
        let appended = self.step(Step::Append, |half| {
            let end = if half { text.len() / 2 } else { text.len() };
            match file.write(&text[..end])? {
                written if written == text.len() || half => Ok(()),
                _ => Err(io::ErrorKind::StorageFull.into()),
            }
        });
        appended
            .and_then(|()| self.step(Step::Sync, |_| file.sync_all()))
            .map_err(|error| Error::writing(path, error))
    }

    /// Removes a file; one that is not there is removed already.
    pub(crate) fn remove(&self, path: &Path) -> Result<()> {
        let removed = self.step(Step::Remove, |_| fs::remove_file(path));
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::writing(path, error))
            }
            _ => Ok(()),
        }
    }

    /// Makes what happened in a folder durable. Windows has no such call, and needs none for a rename to be whole.
    pub(crate) fn sync_folder(&self, path: &Path) -> Result<()> {
        self.step(Step::SyncFolder, |_| {
            if cfg!(windows) {
                return Ok(());
            }
            File::open(path)?.sync_all()
        })
        .map_err(|error| Error::writing(path, error))
    }

    /// What tells one file from another that has its name afterwards; `None` if there is nothing.
    pub(crate) fn mark(&self, path: &Path) -> Option<Mark> {
        let found = path.metadata().ok()?;
        Some((found.len(), found.modified().ok(), number(&found)))
    }

    /// The names in a folder, sorted. No folder has none.
    pub(crate) fn names(&self, path: &Path) -> Result<Vec<String>> {
        let listed = self.step(Step::Read, |_| {
            fs::read_dir(path)?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<io::Result<Vec<_>>>()
        });
        match listed {
            Ok(mut names) => {
                names.sort_unstable();
                Ok(names)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(Vec::new()),
            Err(error) => Err(unread(path, error)),
        }
    }

    /// Opens the file that writers lock, and makes it where it is missing, but not its folder.
    pub(crate) fn open_lock(&self, path: &Path) -> Result<File> {
        let file = self
            .step(Step::Create, |_| {
                without_waiting()
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(false)
                    .open(path)
            })
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => gone(path),
                _ => unwritten(path, error),
            })?;
        match file.metadata() {
            Ok(kind) if kind.is_file() => Ok(file),
            Ok(_) => Err(not_a_file(path)),
            Err(error) => Err(Error::reading(path, error)),
        }
    }
}

/// Length, time and number of a file.
pub(crate) type Mark = (u64, Option<SystemTime>, u64);

#[cfg(unix)]
fn number(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

/// Length and time have to do.
#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> u64 {
    0
}

/// Opens nothing that makes the opener wait, as a pipe without a writer does.
fn without_waiting() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "Windows has no such flag"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    options
}

fn is_no_file(error: &io::Error) -> bool {
    // A loop of links, a socket and a pipe that nobody reads have no stable name in ErrorKind.
    #[cfg(unix)]
    let other = {
        use rustix::io::Errno;
        let odd = [Errno::LOOP, Errno::NXIO].map(Errno::raw_os_error);
        error.raw_os_error().is_some_and(|code| odd.contains(&code))
    };
    #[cfg(not(unix))]
    let other = false;
    other
        || matches!(
            error.kind(),
            io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory
        )
}

/// A failed look, of which something else in the place of a file may be the cause.
fn unread(path: &Path, error: io::Error) -> Error {
    if is_no_file(&error) {
        return not_a_file(path);
    }
    Error::reading(path, error)
}

/// The same of a file that is to be written.
fn unwritten(path: &Path, error: io::Error) -> Error {
    if is_no_file(&error) {
        return not_a_file(path);
    }
    Error::writing(path, error)
}

fn not_a_file(path: &Path) -> Error {
    Error::new(Reason::NotAFile, "not a regular file")
        .at(path)
        .help("put the right file in its place")
}

/// The error of writing about a contract that is not there, or no longer.
pub(crate) fn gone(path: &Path) -> Error {
    Error::not_found("there is nothing of this contract").at(path)
}

fn random_name(path: &Path) -> Result<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::writing(path, io::Error::other(error.to_string())))?;
    Ok(name::hex(&bytes))
}
