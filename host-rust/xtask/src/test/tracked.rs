//! What no tracked file may hold: this machine's paths, and where its packages came from.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::Outcome;
use crate::process::Program;
use crate::repo::Repo;

/// Data that others wrote: a real log may name any path and host.
const FOREIGN: &[&str] = &[
    "host-go/examples/accesslog/data/",
    "kernels/useragent/data/",
];

/// Hosts that serve packages, split so that this file does not hold them itself.
const HOSTS: &[(&str, &str)] = &[
    ("index.", "crates.io"),
    ("static.", "crates.io"),
    ("proxy.", "golang.org"),
    ("sum.", "golang.org"),
    ("registry.", "npmjs.org"),
    ("files.", "pythonhosted.org"),
    ("deb.", "debian.org"),
];

/// Names that stand for anybody in tests and examples.
const ANYBODY: &[&str] = &["me", "name", "user"];

/// No absolute path of a developer's machine, not in a committed component either: builds remap them.
pub(super) fn paths(repo: &Repo) -> Result<Outcome> {
    let mut needles = vec![format!("{}/", repo.root.display())];
    for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "CARGO_TARGET_DIR"] {
        let Some(folder) = std::env::var_os(name).map(PathBuf::from) else {
            continue;
        };
        match folder.components().count() {
            _ if !folder.is_absolute() => {}
            0 | 1 => {}
            // `/root/` may be part of any address; the hidden folders in it are somebody's.
            2 => needles.push(format!("{}/.", folder.display())),
            _ => needles.push(format!("{}/", folder.display())),
        }
    }
    forbid(repo, |content| {
        let here = needles
            .iter()
            .find(|needle| contains(content, needle.as_bytes()));
        here.cloned().or_else(|| home_folder(content))
    })
}

pub(super) fn registry_hosts(repo: &Repo) -> Result<Outcome> {
    let mut hosts: Vec<String> = HOSTS
        .iter()
        .map(|(first, rest)| format!("{first}{rest}"))
        .collect();
    if let Ok(proxies) = Program::new("go")
        .args(["env", "GOPROXY"])
        .dir(repo.go())
        .output()
    {
        hosts.extend(
            proxies
                .split([',', '|'])
                .filter_map(host)
                .map(str::to_owned),
        );
    }
    forbid(repo, |content| {
        hosts
            .iter()
            .find(|host| contains(content, host.as_bytes()))
            .cloned()
    })
}

/// The host of an address.
fn host(address: &str) -> Option<&str> {
    address
        .trim()
        .split_once("://")
        .map(|(_, rest)| rest.split(['/', ':']).next().unwrap_or(rest))
}

/// Fails with every tracked file in which something is found.
fn forbid(repo: &Repo, find: impl Fn(&[u8]) -> Option<String>) -> Result<Outcome> {
    let git = Program::new("git").args(["ls-files", "-z"]).dir(&repo.root);
    let Ok(listed) = git.output() else {
        return Ok(Outcome::skipped(
            "no git checkout: the tracked files are not known",
        ));
    };
    let mut found = Vec::new();
    let mut count = 0;
    for name in listed.split_terminator('\0') {
        if FOREIGN.iter().any(|folder| name.starts_with(folder)) {
            continue;
        }
        let path = repo.path(name);
        if !path.is_file() {
            continue; // deleted, and not yet committed
        }
        count += 1;
        let content = std::fs::read(&path).with_context(|| path.display().to_string())?;
        found.extend(find(&content).map(|what| format!("{name}: {what}")));
    }
    if !found.is_empty() {
        bail!(
            "{} tracked files hold what belongs to one machine:\n{}",
            found.len(),
            found.join("\n")
        );
    }
    Ok(Outcome::passed(format!("{count} files")))
}

/// A folder of some user, as `/home/name/` or `/Users/name/`.
fn home_folder(content: &[u8]) -> Option<String> {
    for prefix in [&b"/home/"[..], b"/Users/"] {
        let mut rest = content;
        while let Some(start) = find(rest, prefix) {
            rest = &rest[start + prefix.len()..];
            let name = rest
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                .count();
            let name = String::from_utf8_lossy(&rest[..name]);
            if rest.get(name.len()) == Some(&b'/') && !name.is_empty() && !ANYBODY.contains(&&*name)
            {
                return Some(format!("{}{name}/", String::from_utf8_lossy(prefix)));
            }
        }
    }
    None
}

fn contains(content: &[u8], needle: &[u8]) -> bool {
    find(content, needle).is_some()
}

fn find(content: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = content.get(from..)?.iter().position(|byte| *byte == first) {
        let start = from + at;
        if content[start..].starts_with(needle) {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needles_are_found_anywhere_in_bytes() {
        assert_eq!(find(b"\0\xff aab", b"ab"), Some(4));
        assert_eq!(find(b"aaab", b"aab"), Some(1));
        assert_eq!(find(b"ab", b"abc"), None);
        assert_eq!(find(b"", b"a"), None);
    }

    #[test]
    fn a_users_folder_is_told_from_the_word() {
        let named = |user: &str| format!("see {}{user}/src", "/home/");
        assert!(home_folder(named("jane").as_bytes()).is_some());
        assert!(home_folder(named("me").as_bytes()).is_none());
        assert!(home_folder(named("<user>").as_bytes()).is_none());
        assert!(home_folder(b"the /home/ page, /Users/ of it").is_none());
    }

    #[test]
    fn a_proxy_is_known_by_its_host() {
        assert_eq!(
            host("https://mirror.example:8080/go\n"),
            Some("mirror.example")
        );
        assert_eq!(host("direct"), None);
    }
}
