//! `cargo xtask setup`: what the other tasks need of the machine.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::process::Program;
use crate::repo::Repo;
use crate::{Task, Usage};

pub(crate) const TASK: Task = Task {
    name: "setup",
    usage: "",
    summary: "Install what rustup can install, and say what else is missing",
    details: "
Looks for the Rust toolchain of rust-toolchain.toml with its components and targets, for Go, and for
a C compiler. What rustup can add is added; for the rest the command to run is printed.

Exit code: 0 when a demo can run, 1 when something that it needs is missing.

Environment:
  CC  The C compiler; default `cc`",
    run,
};

/// The oldest Go that the modules of host-go build with: the `go` line of their go.mod.
const GO: (u32, u32) = (1, 26);

/// What was found out about one need.
enum Finding {
    /// It is there.
    Ready(String),
    /// It was missing and is there now.
    Added(String),
    /// It is missing. `needed_for` is what goes without it; `cure` is what to do.
    Missing {
        what: String,
        needed_for: &'static str,
        cure: String,
        blocks: bool,
    },
}

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    if let Some(arg) = args.first() {
        return Err(Usage(format!("`setup` takes no `{arg}`")).into());
    }
    ensure_ready(repo)?;
    Ok(ExitCode::SUCCESS)
}

/// Sets up what is missing, tells about each need on standard error, and fails when a demo could not run.
pub(crate) fn ensure_ready(repo: &Repo) -> Result<()> {
    let mut blocked = false;
    let findings = toolchain(repo)?
        .into_iter()
        .chain([go(repo), c_compiler(repo)]);
    for finding in findings {
        match finding {
            Finding::Ready(what) => eprintln!("  ok       {what}"),
            Finding::Added(what) => eprintln!("  added    {what}"),
            Finding::Missing {
                what,
                needed_for,
                cure,
                blocks,
            } => {
                eprintln!("  missing  {what}; {needed_for} needs it\n           {cure}");
                blocked |= blocks;
            }
        }
    }
    if blocked {
        bail!("what is missing above has to be installed by hand");
    }
    Ok(())
}

/// What rust-toolchain.toml asks for.
#[derive(Debug, PartialEq, Eq)]
struct Toolchain {
    channel: String,
    components: Vec<String>,
    targets: Vec<String>,
}

impl Toolchain {
    /// Reads the few keys of the file, one a line, as this repository writes them.
    fn parse(text: &str) -> Result<Self> {
        let value = |key: &str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find(|(name, _)| name.trim() == key)
                .map(|(_, value)| value.trim())
        };
        let list = |key| {
            let quoted = value(key).unwrap_or_default().trim_matches(['[', ']']);
            quoted
                .split(',')
                .map(|word| word.trim().trim_matches('"').to_owned())
                .filter(|word| !word.is_empty())
                .collect()
        };
        let channel = value("channel").context("rust-toolchain.toml has no `channel` line")?;
        Ok(Self {
            channel: channel.trim_matches('"').to_owned(),
            components: list("components"),
            targets: list("targets"),
        })
    }
}

fn toolchain(repo: &Repo) -> Result<Vec<Finding>> {
    let file = repo.path("rust-toolchain.toml");
    let wanted = Toolchain::parse(
        &std::fs::read_to_string(&file).with_context(|| file.display().to_string())?,
    )?;
    let mut findings = Vec::new();

    let found = Program::new("rustc")
        .args(["--version"])
        .dir(&repo.root)
        .output()
        .unwrap_or_default();
    if found.split(' ').nth(1) == Some(&wanted.channel) {
        findings.push(Finding::Ready(found.trim().to_owned()));
    } else {
        let what = format!("Rust {} (found {:?})", wanted.channel, found.trim());
        let cure =
            "run `rustup toolchain install` in the checkout, and start this task again".to_owned();
        findings.push(Finding::Missing {
            what,
            needed_for: "everything in Rust",
            cure,
            blocks: true,
        });
        return Ok(findings);
    }

    for component in &wanted.components {
        let present = Program::cargo()
            .args([component_command(component), "--version"])
            .dir(&repo.root)
            .succeeds();
        let add = ["component", "add", component];
        findings.push(present_or_added(
            repo,
            &format!("component {component}"),
            "`cargo xtask test`",
            present,
            add,
            false,
        ));
    }
    for target in &wanted.targets {
        let add = ["target", "add", target];
        let present = has_target(repo, target);
        findings.push(present_or_added(
            repo,
            &format!("target {target}"),
            "building a kernel",
            present,
            add,
            false,
        ));
    }
    Ok(findings)
}

/// The subcommand of cargo that a component brings.
fn component_command(component: &str) -> &str {
    match component {
        "rustfmt" => "fmt",
        other => other,
    }
}

/// Whether the toolchain has a target's standard library: true also for a Rust that rustup did not install.
fn has_target(repo: &Repo, target: &str) -> bool {
    let folder = Program::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .dir(&repo.root)
        .output();
    folder.is_ok_and(|folder| std::path::Path::new(folder.trim()).is_dir())
}

fn present_or_added(
    repo: &Repo,
    what: &str,
    needed_for: &'static str,
    present: bool,
    add: [&str; 3],
    blocks: bool,
) -> Finding {
    if present {
        return Finding::Ready(what.to_owned());
    }
    let command = format!("rustup {}", add.join(" "));
    eprintln!("           {command}");
    match Program::new("rustup").args(add).dir(&repo.root).output() {
        Ok(_) => Finding::Added(what.to_owned()),
        Err(error) => Finding::Missing {
            what: what.to_owned(),
            needed_for,
            cure: format!("run `{command}` in the checkout; it failed here: {error:#}"),
            blocks,
        },
    }
}

fn go(repo: &Repo) -> Finding {
    let missing = |what: String| Finding::Missing {
        what,
        needed_for: "the Go host",
        cure: format!(
            "install Go {}.{} or newer (https://go.dev/dl) and put its bin folder on PATH",
            GO.0, GO.1
        ),
        blocks: true,
    };
    let Ok(found) = Program::new("go").args(["version"]).dir(repo.go()).output() else {
        return missing("Go".to_owned());
    };
    let found = found.trim();
    match go_version(found) {
        Some(version) if version >= GO => Finding::Ready(found.to_owned()),
        _ => missing(format!("Go {}.{} (found {found:?})", GO.0, GO.1)),
    }
}

/// The major and minor part in what `go version` prints: `go version go1.26.1 linux/amd64`.
fn go_version(printed: &str) -> Option<(u32, u32)> {
    let version = printed
        .split(' ')
        .find_map(|word| word.strip_prefix("go1.").map(|rest| (1, rest)))?;
    let digits: String = version.1.chars().take_while(char::is_ascii_digit).collect();
    Some((version.0, digits.parse().ok()?))
}

/// The C compiler that cgo, and so Go's race detector, would use, if there is one.
pub(crate) fn c_compiler_version(repo: &Repo) -> Option<String> {
    let compiler = std::env::var("CC")
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "cc".to_owned());
    let printed = Program::new(compiler)
        .args(["--version"])
        .dir(&repo.root)
        .output()
        .ok()?;
    Some(printed.lines().next().unwrap_or_default().to_owned())
}

fn c_compiler(repo: &Repo) -> Finding {
    match c_compiler_version(repo) {
        Some(version) => Finding::Ready(version),
        None => Finding::Missing {
            what: "a C compiler".to_owned(),
            needed_for: "linking Rust programs, and Go's race detector,",
            cure: "install gcc or clang with your system's packages, or name one in CC".to_owned(),
            blocks: false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_toolchain_file_is_read_as_it_is_written() {
        let text = "[toolchain]\nchannel = \"1.95.0\"\ncomponents = [\"clippy\", \"rustfmt\"]\ntargets = [\"a-b-c\"]\n";
        let wanted = Toolchain {
            channel: "1.95.0".to_owned(),
            components: vec!["clippy".to_owned(), "rustfmt".to_owned()],
            targets: vec!["a-b-c".to_owned()],
        };
        assert_eq!(Toolchain::parse(text).unwrap(), wanted);
        assert!(Toolchain::parse("[toolchain]\n").is_err());

        let file =
            std::fs::read_to_string(Repo::find().unwrap().path("rust-toolchain.toml")).unwrap();
        let real = Toolchain::parse(&file).unwrap();
        assert!(
            real.targets
                .iter()
                .any(|target| target == "wasm32-unknown-unknown"),
            "{real:?}"
        );
        assert!(
            real.components
                .iter()
                .all(|name| !name.contains(['"', ' ', '['])),
            "{real:?}"
        );
    }

    #[test]
    fn go_versions_compare_as_numbers() {
        assert_eq!(go_version("go version go1.26.8 linux/amd64"), Some((1, 26)));
        assert_eq!(go_version("go version go1.9 darwin/arm64"), Some((1, 9)));
        assert_eq!(
            go_version("go version go1.27rc1 linux/amd64"),
            Some((1, 27))
        );
        assert_eq!(go_version("go version devel"), None);
        assert!(go_version("go version go1.9 x").unwrap() < GO);
    }
}
