//! A file that nobody vouches for, through the same doors.

use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::child::{Child, first_lines};
use super::guest::{Ended, Guest};
use super::{Host, Programs};
use crate::process::Program;

/// Runs a stranger's file on both hosts and through both commands; tells of each check whether it held.
pub(super) fn run(programs: &Programs, file: &Path, runs: u32) -> Result<[Vec<bool>; 2]> {
    let binary = programs.target.join("stranger.wasm");
    Program::new(&programs.rust)
        .args([Path::new("--assemble-file"), file, &binary])
        .inherit()?;
    let name = file.display().to_string();
    let guest = Guest::of(&json!({
        "name": name, "when": "any", "expect": "", "what": "nobody knows what",
    }))?;
    Ok(Host::ALL.map(|host| {
        let attacked = programs.attack(host, &guest, &binary, runs);
        let ran = survived(&attacked);
        println!("{name} on {}: {}", host.name(), shown(&ran));
        let (command, listed) = command(programs, host, &binary);
        println!("{command} {name}: {}", shown(&listed));
        vec![ran.is_ok(), listed.is_ok()]
    }))
}

fn shown(ended: &Result<String, String>) -> String {
    match ended {
        Ok(how) => how.clone(),
        Err(why) => format!("FAIL: {why}"),
    }
}

/// Whether a host serves on after what the stranger did: how it ended, or what went wrong.
fn survived(ended: &Ended) -> Result<String, String> {
    let line = match ended {
        Ended::Crash(how) => return Err(how.clone()),
        Ended::Line(line) => line,
    };
    if line.healthy_failed > 0 {
        return Err(format!("{} healthy calls failed", line.healthy_failed));
    }
    Ok(match line.message.as_str() {
        "" => line.kind(),
        message => message.to_owned(),
    })
}

/// Lists the file with the host's command, which must say what it is or what is wrong with it.
fn command(programs: &Programs, host: Host, file: &Path) -> (&'static str, Result<String, String>) {
    let (shown, child) = match host {
        Host::Go => ("tenon-run", Child::new(&programs.go_command)),
        Host::Rust => ("tenon call", Child::new(&programs.rust_command).arg("call")),
    };
    let ended = match child.arg(file).ended() {
        Err(error) => Err(format!("{error:#}")),
        Ok((status, out, _)) if status.success() => Ok(first_lines(&out)),
        Ok((status, _, err)) if status.code() == Some(1) => Ok(first_lines(&err)),
        Ok((status, _, err)) => Err(format!("it ended with {status}: {}", first_lines(&err))),
    };
    (shown, ended)
}
