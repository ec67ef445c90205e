//! Both hosts on the real access log: the demo's own verdict, the answers byte for byte, and the hosts' commands; and on each
//! other's registries.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::{Outcome, followers};
use crate::built;
use crate::demo;
use crate::process::{Program, Stream};
use crate::repo::Repo;
use crate::tally::Tally;

const LOG: &str = "host-go/examples/accesslog/data/access.log";
pub(super) const USERAGENT: &str = "host-go/kernels/useragent/useragent-1.0.0.wasm";
pub(super) const REDACT: &str = "host-go/kernels/redact/redact-1.0.0.wasm";

pub(super) fn check(repo: &Repo) -> Result<Outcome> {
    let folder = std::env::temp_dir().join(format!("tenon-equality-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let outcome = check_in(repo, &folder);
    // What is left behind is in the system's own folder for such files.
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

fn check_in(repo: &Repo, folder: &Path) -> Result<Outcome> {
    let (ours, theirs) = (folder.join("go.jsonl"), folder.join("rust.jsonl"));
    let last = run_service(repo, &ours)?;
    let mut tally = if demo_held(&last) {
        Tally::PASSED
    } else {
        Tally::FAILED
    };

    run_rust_service(repo, &repo.path(USERAGENT), &repo.path(REDACT), &theirs)?;

    let (ours, theirs) = (std::fs::read(&ours)?, std::fs::read(&theirs)?);
    let difference = first_difference(&ours, &theirs);
    tally += if difference.is_none() {
        Tally::PASSED
    } else {
        Tally::FAILED
    };
    let tenon = built::path(repo, "bin", "tenon")?;
    tally += same_text(repo, &tenon)?;
    tally += followers::check(repo, &tenon, folder)?;
    Ok(Outcome {
        tally,
        note: difference.unwrap_or(last),
    })
}

/// The commands `tenon-run` and `tenon call` side by side: the same text, exit code and fault for the same call.
fn same_text(repo: &Repo, tenon: &Path) -> Result<Tally> {
    let status = Program::new("go")
        .args(["test", "-count=1", "-run", "TestSameTextAsTenonCall"])
        .args(["./cmd/tenon-run"])
        .env("TENON_CALL", tenon)
        .dir(repo.go())
        .lines(|_, line| println!("{line}"))?;
    Ok(if status.success() {
        Tally::PASSED
    } else {
        Tally::FAILED
    })
}

/// Runs the demo on the Go host and returns its last line.
fn run_service(repo: &Repo, answers: &Path) -> Result<String> {
    let service = Program::new(demo::build_service(repo)?)
        .args(["-out"])
        .args([answers])
        .dir(&repo.root);
    let mut last = String::new();
    let status = service.lines(|stream, line| {
        println!("{line}");
        if stream == Stream::Out {
            line.clone_into(&mut last);
        }
    })?;
    ensure!(status.success(), "the demo failed ({status}): {last}");
    Ok(last)
}

/// Answers the access log on the Rust host, with these kernels.
pub(super) fn run_rust_service(
    repo: &Repo,
    useragent: &Path,
    redact: &Path,
    answers: &Path,
) -> Result<()> {
    let mut program = built::example(repo, "accesslog")?;
    for (name, file) in [
        ("--records", &*repo.path(LOG)),
        ("--answers", answers),
        ("--useragent", useragent),
        ("--redact", redact),
    ] {
        program = program.args([name]).args([file]);
    }
    println!("{}", program.output()?.trim_end());
    Ok(())
}

/// Whether the demo's last line says that nothing was lost and nothing wrong.
fn demo_held(line: &str) -> bool {
    line.starts_with("demo: swaps 20 calls ") && line.contains(" lost 0 wrong 0 max-gap ")
}

/// Where two texts first differ, by line; `None` where they are the same bytes and not empty.
pub(super) fn first_difference(ours: &[u8], theirs: &[u8]) -> Option<String> {
    if ours.is_empty() {
        return Some("the Go host wrote no answers".to_owned());
    }
    if ours == theirs {
        return None;
    }
    let lines = |bytes: &[u8]| {
        bytes
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    };
    let (ours, theirs) = (lines(ours), lines(theirs));
    let pairs = ours.iter().zip(&theirs);
    let differing = pairs
        .clone()
        .filter(|(ours, theirs)| ours != theirs)
        .count();
    let (line, (go, rust)) = pairs
        .enumerate()
        .find(|(_, (ours, theirs))| ours != theirs)?;
    println!(
        "Go:   {}\nRust: {}",
        String::from_utf8_lossy(go),
        String::from_utf8_lossy(rust)
    );
    Some(format!(
        "{differing} answers differ, the first in line {}",
        line + 1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_call_is_seen_in_the_last_line() {
        assert!(demo_held(
            "demo: swaps 20 calls 81234 lost 0 wrong 0 max-gap 1.2ms"
        ));
        assert!(!demo_held(
            "demo: swaps 20 calls 81234 lost 1 wrong 0 max-gap 1.2ms"
        ));
        assert!(!demo_held(
            "demo: swaps 19 calls 81234 lost 0 wrong 0 max-gap 1.2ms"
        ));
    }

    #[test]
    fn answers_differ_by_a_byte_or_by_their_absence() {
        assert_eq!(first_difference(b"a\nb\n", b"a\nb\n"), None);
        assert!(
            first_difference(b"a\nb\n", b"a\nc\n")
                .unwrap()
                .contains("line 2")
        );
        assert!(first_difference(b"a\nb\n", b"a\n").is_some());
        assert!(first_difference(b"", b"").is_some());
    }
}
