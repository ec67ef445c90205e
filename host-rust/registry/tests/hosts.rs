//! A registry that the Go host wrote, read and written here. `BLESS=1 go test -run HostWrote` in host-go/registry writes it
//! anew, and reads the one that `tenon` wrote.

use std::path::Path;
use tenon_registry::*;

const CONTRACT: &str = "golden:encodings";

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn what_the_go_host_wrote_is_read_and_gone_on_with() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/go");
    let root = tempfile::tempdir().unwrap();
    copy(&data.join("registry"), root.path());
    let key = std::fs::read_to_string(data.join("release.pub")).unwrap();
    let trust = Trust {
        keys: vec![parse_key(&key).unwrap()],
        unsigned: false,
    };
    let registry = Registry::open(root.path()).unwrap();
    assert_eq!(registry.contracts().unwrap(), [CONTRACT]);
    let findings = registry.verify(CONTRACT, Some(&trust)).unwrap();
    assert!(findings.is_empty(), "{findings:?}");

    // The first version came back by a ticket.
    let served = Served {
        counter: 2,
        digest: registry.resolve(CONTRACT, "1.1.0").unwrap(),
    };
    let release = registry.fetch(CONTRACT, &trust, &served).unwrap();
    let state = &release.state;
    assert_eq!((state.revision, state.floor, release.counter), (3, 2, 1));
    assert!(state.ticket.is_some() && state.previous == state.active);
    assert_eq!(release.label, "1.0.0");
    assert_eq!(digest(&release.component), release.digest);
    assert!(release.golden.is_some());
    assert_eq!(release.statement.unwrap().package(), CONTRACT);
    let later = Served {
        counter: 3,
        digest: String::new(),
    };
    let error = registry.fetch(CONTRACT, &trust, &later).unwrap_err();
    assert_eq!(error.reason(), Reason::CounterBelowFloor);

    let trail = registry.trail(CONTRACT, 100).unwrap();
    let events: Vec<_> = trail.iter().map(|entry| entry.event).collect();
    let expected = [
        Event::Published,
        Event::Signed,
        Event::Published,
        Event::Signed,
        Event::Activated,
        Event::Activated,
        Event::RolledBack,
    ];
    assert_eq!(events, expected);
    for entry in &trail {
        assert!(
            entry.by == "go" && entry.pid > 0 && entry.contract == CONTRACT,
            "{entry:?}"
        );
    }

    // The other host had to begin another trail in between, and so has this one after it.
    let folder = registry.folder(CONTRACT).unwrap();
    let [now, before] = ["trail.jsonl", "trail.1.jsonl"].map(|name| folder.join(name));
    let lines = |text: &str| text.lines().filter(|line| !line.is_empty()).count();
    let kept = std::fs::read_to_string(&now).unwrap();
    assert_eq!(
        (
            lines(&std::fs::read_to_string(&before).unwrap()),
            lines(&kept)
        ),
        (5, 2)
    );
    let full = kept + &format!("{}\n", " ".repeat(60_000)).repeat(18);
    std::fs::write(&now, &full).unwrap();
    registry.note(CONTRACT, Entry::new(Event::Swapped)).unwrap();
    assert_eq!(std::fs::read_to_string(&before).unwrap(), full);
    let events = registry.trail(CONTRACT, 100).unwrap();
    let events: Vec<_> = events.iter().map(|entry| entry.event).collect();
    assert_eq!(
        events,
        [Event::Activated, Event::RolledBack, Event::Swapped]
    );

    // A writer goes on where the other one stopped, and changes nothing that is so already.
    let how = Activation {
        trust: Some(trust.clone()),
        ..Activation::default()
    };
    let same = registry.activate(CONTRACT, "1.0.0", &how).unwrap();
    assert!(!same.changed(), "{same:?}");
    let change = registry.activate(CONTRACT, "1.1.0", &how).unwrap();
    assert_eq!((change.state.revision, change.state.ticket), (4, None));
    let now = Collection {
        keep: Some(1),
        now: true,
        dry_run: false,
    };
    assert!(!registry.collect(CONTRACT, &now).unwrap().changed());
    assert!(registry.verify(CONTRACT, Some(&trust)).unwrap().is_empty());
}
