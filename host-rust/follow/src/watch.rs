//! Finding changes of a contract's folder: the system tells of most, and a look at the files from time to time finds the rest.

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A watch of a contract's folder, which need not be there yet.
pub(crate) struct Watch {
    root: PathBuf,
    folder: PathBuf,
    /// `None`: the system does not tell.
    watcher: Option<RecommendedWatcher>,
    /// What it watches, as it was found.
    armed: Vec<(PathBuf, Print)>,
    seen: Vec<Print>,
    degraded: Option<String>,
}

/// What tells a file from another one in its place.
type Print = Option<(u64, Option<SystemTime>, u64)>;

impl Watch {
    /// Begins to watch; `wake` is called on a thread of the system's when something may have changed.
    pub(crate) fn new(root: &Path, folder: &Path, wake: impl Fn() + Send + 'static) -> Watch {
        let heard = move |event: notify::Result<Event>| {
            // Where events were lost, anything may have changed.
            if event.as_ref().map_or(true, concerns) {
                wake();
            }
        };
        let (watcher, degraded) = match notify::recommended_watcher(heard) {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let mut watch = Watch {
            root: root.to_owned(),
            folder: folder.to_owned(),
            watcher,
            armed: Vec::new(),
            seen: Vec::new(),
            degraded,
        };
        watch.arm();
        watch
    }

    /// Why changes are found by looking alone, if they are.
    pub(crate) fn degraded(&self) -> Option<&str> {
        self.degraded.as_deref()
    }

    /// Watches the folders that are there now: one may have appeared, or have taken the place of another.
    pub(crate) fn arm(&mut self) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        let mut wanted = Vec::new();
        for folder in [self.folder.join("versions"), self.folder.clone()] {
            wanted.extend(folder.is_dir().then_some(folder));
        }
        if wanted.len() < 2 {
            // The next one to appear is told of by the lowest that is there.
            let above = self.folder.ancestors().skip(1);
            let mut above = above.take_while(|it| it.starts_with(&self.root));
            wanted.extend(above.find(|it| it.is_dir()).map(Path::to_owned));
        }
        let found: Vec<_> = wanted
            .into_iter()
            .map(|folder| (identity(&folder), folder))
            .map(|(identity, folder)| (folder, identity))
            .collect();
        if found == self.armed {
            return;
        }
        for (folder, _) in self.armed.drain(..) {
            // It is gone with the folder, where that is gone.
            let _ = watcher.unwatch(&folder);
        }
        self.degraded = None;
        for (folder, _) in &found {
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                self.degraded = Some(error.to_string());
            }
        }
        self.armed = found;
    }

    /// Whether the files differ from those of the last time, with `active` as the version that is.
    pub(crate) fn changed(&mut self, active: &str) -> bool {
        let versions = self.folder.join("versions");
        let mut files: Vec<_> = ["state.json", "labels.json", "golden.json"]
            .map(|name| self.folder.join(name))
            .into();
        if !active.is_empty() {
            files.push(versions.join(format!("{active}.wasm")));
            files.push(versions.join(format!("{active}.dsse.json")));
        }
        let now: Vec<_> = files.iter().map(|file| print(file)).collect();
        let changed = now != self.seen;
        self.seen = now;
        changed
    }
}

/// Leaves out what reading does, the files that every write touches, and the trail: who writes to it must not wake itself.
fn concerns(event: &Event) -> bool {
    let read = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    };
    let passed_over = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| {
            let names = ["trail.jsonl", "trail.1.jsonl", ".lock"];
            names.contains(&name) || name.starts_with(".write-")
        })
    };
    !read && (event.paths.is_empty() || !event.paths.iter().all(passed_over))
}

fn print(file: &Path) -> Print {
    let found = fs::metadata(file).ok()?;
    Some((found.len(), found.modified().ok(), number(&found)))
}

/// A folder's times change with what is in it, and are no part of what it is.
fn identity(folder: &Path) -> Print {
    let found = fs::metadata(folder).ok()?;
    Some((0, found.created().ok(), number(&found)))
}

#[cfg(unix)]
fn number(found: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

/// Length and times have to do.
#[cfg(not(unix))]
fn number(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    /// Waits for a wake-up, and swallows those that follow it until it is quiet for so long.
    fn woken_until(wakes: &mpsc::Receiver<()>, quiet: Duration) -> bool {
        let woken = wakes.recv_timeout(Duration::from_secs(20)).is_ok();
        while wakes.recv_timeout(quiet).is_ok() {}
        woken
    }

    fn woken(wakes: &mpsc::Receiver<()>) -> bool {
        woken_until(wakes, Duration::from_millis(50))
    }

    #[test]
    fn a_folder_that_appears_later_is_watched() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("tenon/scalar");
        let (wake, wakes) = mpsc::channel();
        let mut watch = Watch::new(root.path(), &folder, move || {
            wake.send(()).unwrap_or_default()
        });
        assert_eq!(watch.degraded(), None);
        for made in [
            root.path().join("tenon"),
            folder.clone(),
            folder.join("versions"),
        ] {
            fs::create_dir(&made).unwrap();
            assert!(woken(&wakes), "{made:?}");
            watch.arm();
        }
        fs::write(folder.join(".write-1"), "{}").unwrap();
        fs::rename(folder.join(".write-1"), folder.join("state.json")).unwrap();
        // A rename is told more than once, and no later wake-up may count as one of what follows.
        assert!(woken_until(&wakes, Duration::from_secs(1)));
        assert!(watch.changed(""));
        assert!(!watch.changed(""));

        // Neither reading nor the trail wakes anybody: the next wake-up is that of the labels.
        fs::read(folder.join("state.json")).unwrap();
        fs::write(folder.join("trail.jsonl"), "x").unwrap();
        fs::rename(folder.join("trail.jsonl"), folder.join("trail.1.jsonl")).unwrap();
        assert!(wakes.recv_timeout(Duration::from_millis(100)).is_err());
        fs::write(folder.join("labels.json"), "{}").unwrap();
        assert!(woken(&wakes));
        assert!(watch.changed(""));
    }

    #[test]
    fn another_folder_in_its_place_is_found() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("scalar");
        fs::create_dir_all(folder.join("versions")).unwrap();
        fs::write(folder.join("state.json"), "{}").unwrap();
        let (wake, wakes) = mpsc::channel();
        let mut watch = Watch::new(root.path(), &folder, move || {
            wake.send(()).unwrap_or_default()
        });
        assert!(watch.changed(""));
        fs::rename(&folder, root.path().join("old")).unwrap();
        fs::create_dir_all(folder.join("versions")).unwrap();
        watch.arm();
        assert!(watch.changed(""), "the state is gone");
        while wakes.try_recv().is_ok() {}
        fs::write(folder.join("state.json"), "{}").unwrap();
        assert!(woken(&wakes));
    }
}
