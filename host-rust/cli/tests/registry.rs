//! `tenon` on a registry with real processes: several at once, and some that are killed at any moment.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tenon_registry::{
    Collection, Registry, Served, SigningKey, State, Statement, Trust, limits, sign,
};

const CONTRACT: &str = "tenon:demo";

/// Numbers that are the same on every run: splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end.max(1)
    }
}

/// A component of the contract, another one for each number.
fn component(folder: &Path, number: u64) -> String {
    let text = format!(
        r#"(component
          (core module $m (func (export "add") (param i32 i32) (result i32) i32.const {number}))
          (core instance $i (instantiate $m))
          (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
          (instance $calls (export "add" (func $add)))
          (export "tenon:demo/calls@1.0.0" (instance $calls)))"#
    );
    let path = folder.join(format!("{number}.wasm"));
    std::fs::write(&path, wat::parse_str(text).expect("a component")).expect("a file");
    path.display().to_string()
}

fn start(root: &Path, args: &[String]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tenon"))
        .args(args)
        .env("TENON_REGISTRY", root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts")
}

fn run(root: &Path, args: &[&str]) -> Output {
    let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let output = start(root, &args).wait_with_output().expect("it ends");
    assert!(output.status.success(), "{args:?}: {output:?}");
    output
}

/// Looks at everything, and gives the state.
fn look(root: &Path, what: &str) -> (Registry, State) {
    let registry = Registry::open(root).expect("a registry");
    let findings = registry
        .verify(CONTRACT, None)
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(findings.is_empty(), "{what}: {findings:?}");
    let trust = Trust {
        unsigned: true,
        ..Trust::default()
    };
    let release = registry.fetch(CONTRACT, &trust, &Served::default());
    let release = release.unwrap_or_else(|error| panic!("{what}: {error}"));
    (registry, release.state)
}

/// Makes the trail as long as one that is full, by lines that say nothing: who appends next begins another one.
fn fill(root: &Path) {
    let path = root.join("tenon/demo/trail.jsonl");
    // One that was killed may have moved it, and begun no other.
    let mut text = std::fs::read(&path).unwrap_or_default();
    while (text.len() as u64) < limits::TRAIL {
        text.extend_from_slice(&[b' '; 60_000]);
        text.push(b'\n');
    }
    std::fs::write(&path, text).expect("a trail");
}

/// Adds what a trail tells of revisions to those that were told before, none of which may have been left out.
fn told(registry: &Registry, known: &mut Vec<u64>, what: &str) {
    let entries = registry.trail(CONTRACT, usize::MAX).expect("a trail");
    let revisions = entries.iter().map(|entry| entry.revision);
    for revision in revisions.filter(|revision| *revision > 0) {
        let last = known.last().copied().unwrap_or(0);
        assert!(revision <= last + 1, "{what}: {revision} after {last}");
        if revision > last {
            known.push(revision);
        }
    }
}

/// `TENON_KILLS` processes, 200 by default, are killed at random moments of publish, activate, rollback and gc.
#[test]
fn killed_at_any_moment_it_leaves_the_old_or_the_new() {
    let kills = std::env::var("TENON_KILLS").map_or(200, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("registry");
    let mut random = Random(8);
    for number in 0..3 {
        let file = component(folder.path(), number);
        run(
            &root,
            &["publish", &file, "--label", &format!("1.{number}.0")],
        );
        run(&root, &["activate", CONTRACT, &format!("1.{number}.0")]);
    }

    // How long a command takes, so that as many are killed as get through: it is measured anew all the time.
    let mut window = Duration::from_millis(20);
    let (mut killed, mut changed, mut number) = (0, 0, 3);
    let mut known = Vec::new();
    while killed < kills {
        let (registry, before) = look(&root, "before");
        told(&registry, &mut known, "before");
        if random.below(5) == 0 {
            fill(&root);
        }
        let labels: Vec<_> = registry
            .list(CONTRACT)
            .expect("versions")
            .into_iter()
            .flat_map(|version| version.labels)
            .collect();
        let pick = &labels[random.below(labels.len() as u64) as usize];
        let words: Vec<String> = match random.below(8) {
            0..=2 => {
                number += 1;
                let file = component(folder.path(), number);
                ["publish", &file, "--label", &format!("1.{number}.0")]
                    .map(str::to_owned)
                    .to_vec()
            }
            3..=4 => ["activate", CONTRACT, pick].map(str::to_owned).to_vec(),
            5 => ["activate", CONTRACT, "baseline"]
                .map(str::to_owned)
                .to_vec(),
            6 => ["rollback", CONTRACT].map(str::to_owned).to_vec(),
            _ => ["gc", "--keep", "4", "--now"].map(str::to_owned).to_vec(),
        };
        let target = match words[0].as_str() {
            "activate" if words[2] == "baseline" => String::new(),
            "activate" => registry.resolve(CONTRACT, &words[2]).expect("a label"),
            "rollback" => before.previous.clone(),
            _ => before.active.clone(),
        };

        let begin = Instant::now();
        let mut child = start(&root, &words);
        let patience = window.mul_f64(random.below(1000) as f64 / 500.0);
        while begin.elapsed() < patience && child.try_wait().expect("a child").is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        let ended = child.try_wait().expect("a child").is_some();
        if ended {
            window = (window + begin.elapsed()) / 2;
        } else {
            child.kill().expect("it is killed");
        }
        let output = child.wait_with_output().expect("it ends");
        let through = output.status.code().is_some();
        assert!(!through || output.status.success(), "{words:?}: {output:?}");
        killed += usize::from(!through);

        let what = format!("{words:?}, killed after {patience:?}: {}", !through);
        let (_, after) = look(&root, &what);
        let new = after.active == target;
        assert!(
            after == before || new && after.revision == before.revision + 1,
            "{what}: {before:?}, {after:?}"
        );
        assert!(!through || new, "{what}: {after:?}");
        changed += usize::from(after != before);
    }

    let (registry, state) = look(&root, "in the end");
    let file = component(folder.path(), number + 1);
    run(&root, &["publish", &file, "--label", "9.0.0"]);
    run(&root, &["activate", CONTRACT, "9.0.0"]);
    assert_eq!(
        registry.state(CONTRACT).expect("a state").revision,
        state.revision + 1
    );
    // Nothing that was cut short stays.
    let now = Collection {
        now: true,
        ..Collection::default()
    };
    registry.collect(CONTRACT, &now).expect("what is left goes");
    let inside = registry.folder(CONTRACT).expect("a folder");
    for folder in [inside.join("versions"), inside] {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let name = entry.expect("an entry").file_name();
            assert!(!name.to_string_lossy().starts_with(".write-"), "{name:?}");
        }
    }
    // Each change that was made was in the trail, and the trail was moved while others were made.
    told(&registry, &mut known, "in the end");
    let last = registry.state(CONTRACT).expect("a state").revision;
    assert!(known.into_iter().eq(1..=last));
    assert!(root.join("tenon/demo/trail.1.jsonl").exists());
    println!("{killed} killed, {changed} changes of what is active");
}

#[test]
fn processes_that_publish_at_once_take_turns() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("registry");
    let children: Vec<_> = (0..8)
        .map(|number| {
            let file = component(folder.path(), number);
            let label = format!("1.{number}.0");
            start(
                &root,
                &["publish", &file, "--label", &label].map(str::to_owned),
            )
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{output:?}");
    }
    let (registry, _) = look(&root, "after all");
    assert_eq!(registry.list(CONTRACT).expect("versions").len(), 8);
    assert_eq!(registry.trail(CONTRACT, 100).expect("a trail").len(), 8);
}

#[test]
fn keys_are_made_and_the_trail_tells() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("registry");
    let key = folder.path().join("release.key");
    let key = key.to_str().expect("a path");
    run(&root, &["key", "new", key, "--dry-run"]);
    assert!(!Path::new(key).exists());
    run(&root, &["key", "new", key]);
    let secret = std::fs::read(key).expect("a key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(key).expect("a key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    run(&root, &["key", "new", key]);
    assert_eq!(std::fs::read(key).expect("a key"), secret);

    let file = component(folder.path(), 1);
    run(&root, &["publish", &file, "--label", "1.0.0"]);
    run(&root, &["sign", CONTRACT, "1.0.0", "--key", key]);
    let public = format!("{key}.pub");
    run(&root, &["activate", CONTRACT, "1.0.0", "--trust", &public]);
    run(&root, &["rollback", CONTRACT]);
    run(&root, &["verify", "--trust", &public]);
    let printed = run(&root, &["log", CONTRACT, "-n", "3"]).stdout;
    let printed = String::from_utf8(printed).expect("text");
    let told: Vec<_> = printed
        .lines()
        .map(|line| line.split("  ").collect::<Vec<_>>())
        .collect();
    assert_eq!(told.len(), 3, "{printed}");
    let events: Vec<_> = told.iter().map(|words| words[2]).collect();
    assert_eq!(events, ["signed", "activated", "rolled-back"]);
    assert!(
        told[1][3].starts_with("1.0.0 (") && told[1][3].ends_with("before it baseline, revision 1"),
        "{printed}"
    );
    assert!(told[2][3].starts_with("baseline, before it "), "{printed}");
    let json = run(&root, &["log", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(
        (&json["format"], &json["entries"][0]["by"]),
        (&1.into(), &"cli".into())
    );
}

/// Hosts refuse a signature of another kernel, so both commands that look say it beforehand, for the same reason.
#[test]
fn a_signature_of_another_kernel_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("registry");
    let kernel = "../../host-go/internal/fixture/scalar/scalar.wasm";
    run(&root, &["publish", kernel]);
    let registry = Registry::open(&root).expect("a registry");
    let digest = registry.find("tenon:scalar", "1.0.0").expect("a version");
    let statement = Statement {
        digest: digest.clone(),
        kernel: "another".into(),
        contract: "tenon:scalar@1.0.0".into(),
        label: "1.0.0".into(),
        counter: 1,
        ..Statement::default()
    };
    let key = SigningKey::from_bytes(&[1; 32]);
    let envelope = sign(&statement, &key, None).expect("an envelope");
    let put = registry.put_envelope("tenon:scalar", &digest, &envelope);
    put.expect("it is of this version");

    let refused = |args: &[&str]| {
        let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let output = start(&root, &args).wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(3), "{args:?}: {output:?}");
        let both = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(both).expect("text");
        assert!(
            text.contains("contract-mismatch") && text.contains("kernel another"),
            "{args:?}: {text}"
        );
    };
    refused(&["verify", "tenon:scalar"]);
    refused(&["activate", "tenon:scalar", "1.0.0"]);
}
