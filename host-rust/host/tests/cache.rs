//! Compiled code on disk: what is damaged is a miss, what is open to others is refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tenon_host::{Config, Engine, FaultKind};

const SCALAR: &str = "../../host-go/internal/fixture/scalar/scalar.wasm";

fn config(dir: &Path) -> Config {
    Config {
        cache_dir: Some(dir.to_owned()),
        max_instances: 4,
        ..Config::default()
    }
}

/// Loads and calls; any damage that got through would show here.
fn works(dir: &Path) {
    let kernel = Engine::new(&config(dir))
        .unwrap()
        .load_file(SCALAR)
        .unwrap();
    assert_eq!(kernel.call_wave("add", &["40", "2"]).unwrap(), "42");
    assert_eq!(kernel.name(), "scalar");
    assert_eq!(kernel.contract().unwrap().to_string(), "tenon:scalar@1.0.0");
    assert_eq!(kernel.exports().len(), 5);
}

fn entry(dir: &Path) -> PathBuf {
    let mut entries: Vec<_> = fs::read_dir(dir.join("wasmtime"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "code")
    });
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

#[cfg(unix)]
#[test]
fn the_second_load_comes_from_the_cache() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    works(dir.path());
    let old = entry(dir.path());
    age(&old, 100);
    let written = fs::metadata(&old).unwrap();
    works(dir.path());
    let found = fs::metadata(entry(dir.path())).unwrap();
    assert_eq!(found.ino(), written.ino(), "it is not written again");
    assert!(found.mtime() > written.mtime(), "its use is noted");
}

#[test]
fn a_damaged_entry_is_a_miss() {
    let dir = tempfile::tempdir().unwrap();
    works(dir.path());
    let path = entry(dir.path());
    let intact = fs::read(&path).unwrap();
    let at = |index: usize| {
        let mut bytes = intact.clone();
        bytes[index] ^= 1;
        bytes
    };
    let mut longer = intact.clone();
    longer.push(0);
    let damaged = [
        Vec::new(),
        intact[..10].to_vec(),
        intact[..intact.len() / 2].to_vec(),
        longer,
        at(0),
        at(9),
        at(41),
        at(60),
        at(intact.len() / 2),
        at(intact.len() - 1),
    ];
    for bytes in damaged {
        fs::write(&path, &bytes).unwrap();
        works(dir.path());
        assert_eq!(
            fs::read(&path).unwrap().len(),
            intact.len(),
            "the entry is written again"
        );
    }
}

#[test]
fn an_entry_of_another_component_is_a_miss() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::new(&config(dir.path())).unwrap();
    let other = wat::parse_str("(component)").unwrap();
    let name = engine.load(&other).unwrap().digest().to_owned();
    let path = entry(dir.path());
    let forged = path
        .to_str()
        .unwrap()
        .replace(&name, engine.load_file(SCALAR).unwrap().digest());
    fs::copy(path, forged).unwrap();
    works(dir.path());
}

#[test]
fn another_key_makes_every_entry_a_miss() {
    let dir = tempfile::tempdir().unwrap();
    works(dir.path());
    let key = dir.path().join("wasmtime/key");
    let old = fs::read(&key).unwrap();
    for key_bytes in [vec![7; 32], vec![7; 31], vec![7; 33], Vec::new()] {
        fs::write(&key, key_bytes).unwrap();
        works(dir.path());
    }
    assert_ne!(fs::read(&key).unwrap(), old);
}

#[test]
fn engines_with_other_limits_do_not_mix_their_code() {
    let dir = tempfile::tempdir().unwrap();
    works(dir.path());
    let kernel = Engine::new(&Config {
        stack_limit: 256 << 10,
        memory_limit: 2 << 20,
        ..config(dir.path())
    })
    .and_then(|engine| engine.load_file(SCALAR))
    .unwrap();
    assert_eq!(kernel.call_wave("add", &["40", "2"]).unwrap(), "42");
}

#[cfg(unix)]
#[test]
fn what_the_cache_makes_is_private_and_what_is_not_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    works(dir.path());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = dir.path().join("wasmtime");
    assert_eq!(
        (
            mode(&folder),
            mode(&folder.join("key")),
            mode(&entry(dir.path()))
        ),
        (0o700, 0o600, 0o600)
    );
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let fault = Engine::new(&config(dir.path())).map(drop).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Policy);
    assert!(fault.to_string().contains("0700"), "{fault}");
}

#[test]
fn a_cache_that_cannot_be_made_is_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(
        Engine::new(&config(&file)).map(drop).unwrap_err().kind(),
        FaultKind::Policy
    );
}

#[test]
fn many_processes_may_share_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| works(dir.path()));
        }
    });
    works(dir.path());
}

/// Makes a file look as if it had been used some seconds ago.
fn age(path: &Path, seconds: u64) {
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds))
        .unwrap();
}

/// Loads a small component of its own for each number; gives its entry.
fn small(dir: &Path, limit: u64, number: u8) -> PathBuf {
    let mut component = wat::parse_str("(component)").unwrap();
    component.extend_from_slice(&[0, 3, 1, b'n', number]);
    let engine = Engine::new(&Config {
        cache_limit: limit,
        ..config(dir)
    });
    let kernel = engine.unwrap().load(&component).unwrap();
    let found = fs::read_dir(dir.join("wasmtime")).unwrap();
    let mut found = found.map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    found
        .find(|path| name(path).starts_with(kernel.digest()))
        .unwrap_or_default()
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let dir = tempfile::tempdir().unwrap();
    let entries: Vec<_> = (0..4)
        .map(|number| small(dir.path(), u64::MAX, number))
        .collect();
    let size = fs::metadata(&entries[0]).unwrap().len();
    for (path, seconds) in entries.iter().zip([40, 50, 20, 30]) {
        age(path, seconds);
    }
    // Using the oldest makes it the newest.
    small(dir.path(), u64::MAX, 1);
    let newest = small(dir.path(), 3 * size + size / 2, 4);
    let there: Vec<_> = entries.iter().map(|path| path.exists()).collect();
    assert_eq!(there, [false, true, true, false]);
    assert!(newest.exists());
}

#[test]
fn an_entry_over_the_limit_is_not_kept_and_harms_none() {
    let dir = tempfile::tempdir().unwrap();
    let kept = small(dir.path(), u64::MAX, 0);
    let size = fs::metadata(&kept).unwrap().len();
    let engine = Engine::new(&Config {
        cache_limit: size,
        ..config(dir.path())
    })
    .unwrap();
    let kernel = engine.load_file(SCALAR).unwrap();
    assert_eq!(kernel.call_wave("add", &["40", "2"]).unwrap(), "42");
    assert!(kept.exists());
    // A limit of nothing is a cache of nothing.
    assert_eq!(small(dir.path(), 0, 7), PathBuf::new());
}

#[cfg(unix)]
#[test]
fn what_others_left_in_the_folder_is_neither_followed_nor_fatal() {
    let dir = tempfile::tempdir().unwrap();
    let entry = small(dir.path(), u64::MAX, 0);
    let size = fs::metadata(&entry).unwrap().len();
    let folder = dir.path().join("wasmtime");
    let outside = dir.path().join("outside.code");
    fs::write(&outside, vec![0; 1 << 20]).unwrap();
    fs::create_dir(folder.join("folder.code")).unwrap();
    fs::write(folder.join("folder.code/inside"), "kept").unwrap();
    std::os::unix::fs::symlink(&outside, folder.join("link.code")).unwrap();
    std::os::unix::fs::symlink(folder.join("nowhere"), folder.join("dangling.code")).unwrap();
    fs::write(folder.join("notes.txt"), vec![0; 1 << 20]).unwrap();
    for (name, seconds) in [("dead.1-0.tmp", 100_000), ("alive.2-0.tmp", 1_000)] {
        fs::write(folder.join(name), "half").unwrap();
        age(&folder.join(name), seconds);
    }
    // One from a clock that went wrong does not stay for ever.
    fs::write(folder.join("future.code"), vec![0; size as usize]).unwrap();
    let future = fs::File::options()
        .append(true)
        .open(folder.join("future.code"))
        .unwrap();
    future
        .set_modified(SystemTime::now() + Duration::from_secs(1 << 30))
        .unwrap();

    let next = small(dir.path(), 2 * size + size / 2, 1);
    assert!(entry.exists() && next.exists());
    for name in ["folder.code/inside", "notes.txt", "alive.2-0.tmp", "key"] {
        assert!(folder.join(name).exists(), "{name}");
    }
    assert!(outside.exists() && fs::symlink_metadata(folder.join("link.code")).is_ok());
    for name in ["dead.1-0.tmp", "future.code"] {
        assert!(!folder.join(name).exists(), "{name}");
    }

    // An entry's own place taken by something else is a miss, again and again.
    fs::remove_file(&next).unwrap();
    fs::create_dir(&next).unwrap();
    small(dir.path(), u64::MAX, 1);
    fs::remove_dir(&next).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &next).unwrap();
    assert_eq!(small(dir.path(), u64::MAX, 1), next);
    assert!(
        fs::symlink_metadata(&next).unwrap().is_file(),
        "written again"
    );
}

#[test]
fn many_processes_may_evict_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let size = fs::metadata(small(dir.path(), u64::MAX, 0)).unwrap().len();
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            let dir = dir.path();
            scope.spawn(move || (0..12).for_each(|n| _ = small(dir, 3 * size, thread * 10 + n)));
        }
    });
    let left = fs::read_dir(dir.path().join("wasmtime")).unwrap().flatten();
    let left = left.filter(|file| file.path().extension().is_some_and(|it| it == "code"));
    assert!(left.count() <= 3);
}
