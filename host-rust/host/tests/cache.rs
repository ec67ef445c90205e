//! Compiled code on disk: what is damaged is a miss, what is open to others is refused.

use std::fs;
use std::path::{Path, PathBuf};
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

#[test]
fn the_second_load_comes_from_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    works(dir.path());
    let written = fs::metadata(entry(dir.path())).unwrap().modified().unwrap();
    works(dir.path());
    assert_eq!(
        fs::metadata(entry(dir.path())).unwrap().modified().unwrap(),
        written
    );
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
