//! `cargo xtask vectors`: the committed WebAssembly files, built again from their sources or compared with them.
//!
//! They are committed so that a Go user needs no Rust. `tenon build` gives the same bytes in every folder, so a file
//! that differs from its sources is stale, and that can be checked.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use crate::kernels::{self, Kernel};
use crate::process::{Program, Stream};
use crate::repo::Repo;
use crate::scratch::Scratch;
use crate::{Task, Usage, clients};

pub(crate) const TASK: Task = Task {
    name: "vectors",
    usage: "[--check] [NAME...]",
    summary: "Rebuild the committed WebAssembly files and Go clients, or check that they are fresh",
    details: "
Builds every kernel and transpile for wasm32-unknown-unknown with `tenon build`, and writes the files that
the Go host embeds; then generates the typed Go clients from them, and lists the functions of transpile that the Go
host interprets (part.bits). Commit them together with the sources.
A NAME is part of a component's path: only such components are built, with their clients.

Options:
  --check  Write nothing; list the files that differ from what their sources give

Exit code: 0 when all is fresh or was rebuilt, 1 when --check found a stale file.",
    run,
};

/// A committed file and how it is built.
struct Vector {
    /// The file, from the top of the checkout.
    file: String,
    /// The crate's folder, from the top of the checkout.
    krate: String,
    /// What else `tenon build` is told.
    args: Vec<String>,
}

const TRANSPILE: &str = "host-go/internal/transpile/transpile.wasm";

/// Transpile, which is no kernel, and the components of all kernels.
fn vectors(kernels: &[Kernel]) -> Vec<Vector> {
    let transpile = Vector {
        file: TRANSPILE.to_owned(),
        krate: "host-rust/transpile".to_owned(),
        args: ["--core-module", "--profile", "kernel-small"]
            .map(str::to_owned)
            .to_vec(),
    };
    let components = kernels.iter().flat_map(|kernel| {
        kernel.builds.iter().map(|build| {
            let mut args = vec!["--label".to_owned(), build.label.clone()];
            if !build.features.is_empty() {
                args.extend(["--features".to_owned(), build.features.join(",")]);
            }
            Vector {
                file: build.file.clone(),
                krate: kernel.krate.clone(),
                args,
            }
        })
    });
    [transpile].into_iter().chain(components).collect()
}

fn run(repo: &Repo, args: &[String]) -> Result<ExitCode> {
    let (options, names): (Vec<&String>, Vec<&String>) =
        args.iter().partition(|arg| arg.starts_with('-'));
    let check = match options.as_slice() {
        [] => false,
        [option] if *option == "--check" => true,
        _ => {
            return Err(Usage(format!(
                "`vectors` takes --check and names, not {options:?}"
            ))
            .into());
        }
    };
    let chosen =
        |file: &str| names.is_empty() || names.iter().any(|name| file.contains(name.as_str()));
    let kernels = kernels::kernels(repo)?;
    let all = vectors(&kernels);
    let vectors: Vec<&Vector> = all.iter().filter(|vector| chosen(&vector.file)).collect();
    if vectors.is_empty() {
        let files: Vec<&str> = all.iter().map(|vector| &*vector.file).collect();
        return Err(Usage(format!(
            "no file has {names:?} in its path; there are\n  {}",
            files.join("\n  ")
        ))
        .into());
    }
    let mut fresh = rebuild(repo, &vectors, check)?;
    // The clients are generated from the components, so these go first.
    fresh &= clients::rebuild(repo, &kernels, chosen, check)?;
    if vectors.iter().any(|vector| vector.file == TRANSPILE) {
        fresh &= part(repo, check)?;
    }
    if fresh || !check {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "error: committed files are not what their sources give; run `cargo xtask vectors` and commit them"
    );
    Ok(ExitCode::FAILURE)
}

/// Lists the functions of transpile that the Go host interprets: it runs the new file for that. With `check` the list is only tried.
fn part(repo: &Repo, check: bool) -> Result<bool> {
    const LIST: &str = "host-go/internal/transpile/part.bits";
    let test = [
        "test",
        "-count=1",
        "-run=^TestPart$",
        "./internal/transpile",
    ];
    let test = Program::new("go").args(test).dir(repo.go());
    let test = if check { test } else { test.env("BLESS", "1") };
    match (test.output(), check) {
        (Ok(_), check) => println!("{}  {LIST}", if check { "fresh" } else { "built" }),
        (Err(stale), true) => {
            println!("stale  {LIST}\n{stale:#}");
            return Ok(false);
        }
        (Err(failed), false) => return Err(failed),
    }
    Ok(true)
}

/// Builds the files; with `check` into a folder that is thrown away. Tells whether all were fresh.
fn rebuild(repo: &Repo, vectors: &[&Vector], check: bool) -> Result<bool> {
    let scratch = Scratch::new("vectors")?;
    let mut fresh = true;
    for (number, vector) in vectors.iter().enumerate() {
        let built = scratch.0.join(format!("{number}.wasm"));
        build(repo, vector, &built)?;
        let bytes = std::fs::read(&built).with_context(|| built.display().to_string())?;
        let committed = repo.path(&vector.file);
        let same = std::fs::read(&committed).is_ok_and(|old| old == bytes);
        fresh &= same;
        let state = match (same, check) {
            (true, _) => "fresh",
            (false, true) => "stale",
            (false, false) => "built",
        };
        if !same && !check {
            let folder = committed.parent().unwrap_or(&repo.root);
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            std::fs::write(&committed, &bytes).with_context(|| committed.display().to_string())?;
        }
        println!("{state}  {}  {} bytes", vector.file, bytes.len());
    }
    Ok(fresh)
}

fn build(repo: &Repo, vector: &Vector, output: &Path) -> Result<()> {
    // Without its default features the command leaves wasmtime out, which takes minutes to compile.
    let status = Program::cargo()
        .args([
            "run",
            "--quiet",
            "--locked",
            "--release",
            "--package",
            "tenon-cli",
        ])
        .args([
            "--no-default-features",
            "--",
            "build",
            "--locked",
            &vector.krate,
        ])
        .args(&vector.args)
        .args([Path::new("--output"), output])
        .dir(&repo.root)
        .lines(|stream, line| {
            // Where the file lies until it is compared interests nobody.
            if stream == Stream::Err {
                eprintln!("{line}");
            }
        })?;
    ensure!(status.success(), "cannot build {}; see above", vector.file);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where people keep their files, this checkout included: none of it belongs into a committed binary.
    fn forbidden(repo: &Repo) -> Vec<String> {
        let mut paths: Vec<String> = ["/home/", "/root/", "/work/", "/Users/", "C:\\", "c:\\"]
            .map(String::from)
            .into();
        paths.push(repo.root.display().to_string());
        let variables = ["CARGO_HOME", "RUSTUP_HOME", "HOME", "USERPROFILE"].map(std::env::var);
        // A home of `/` or `/x` says nothing about anybody.
        paths.extend(
            variables
                .into_iter()
                .flatten()
                .filter(|path| path.len() > 4)
                .map(|path| path + "/"),
        );
        paths
    }

    fn found_in<'a>(bytes: &[u8], paths: &'a [String]) -> Option<&'a str> {
        let holds = |path: &&String| {
            bytes
                .windows(path.len())
                .any(|window| window == path.as_bytes())
        };
        paths.iter().find(holds).map(String::as_str)
    }

    #[test]
    fn no_committed_binary_names_a_folder_of_a_machine() {
        let repo = Repo::find().expect("a checkout");
        let listed = Program::new("git")
            .args(["ls-files", "-z"])
            .dir(&repo.root)
            .output();
        let listed = listed.expect("git lists the files");
        let forbidden = forbidden(&repo);
        let mut checked = 0;
        for file in listed.split('\0').filter(|file| !file.is_empty()) {
            let Ok(bytes) = std::fs::read(repo.path(file)) else {
                continue;
            };
            if !bytes.contains(&0) {
                continue;
            }
            checked += 1;
            let found = found_in(&bytes, &forbidden);
            assert_eq!(
                found, None,
                "{file} names a folder; build it with `cargo xtask vectors`"
            );
        }
        assert!(checked >= 2, "only {checked} binaries are committed");
    }

    #[test]
    fn a_path_is_found_wherever_it_stands() {
        let paths = ["/home/".to_owned(), "C:\\".to_owned()];
        assert_eq!(found_in(b"\0asm/home/me", &paths), Some("/home/"));
        assert_eq!(found_in(b"\0asmC:\\", &paths), Some("C:\\"));
        assert_eq!(found_in(b"\0asm/rustc/home", &paths), None);
        assert_eq!(found_in(b"", &paths), None);
    }

    #[test]
    fn every_committed_component_of_a_kernel_is_built_here() {
        let repo = Repo::find().expect("a checkout");
        let kernels = kernels::kernels(&repo).expect("kernels");
        let built: Vec<String> = vectors(&kernels)
            .into_iter()
            .map(|vector| vector.file)
            .collect();
        for kernel in &kernels {
            let folder = std::fs::read_dir(repo.path(&kernel.go));
            for entry in folder.expect("the Go package").flatten() {
                let name = entry.file_name().into_string().expect("UTF-8");
                let file = format!("{}/{name}", kernel.go);
                let known = !name.ends_with(".wasm") || built.contains(&file);
                assert!(
                    known,
                    "{file}: nothing builds it; see `builds` in {}",
                    kernel.krate
                );
            }
        }
        for (number, file) in built.iter().enumerate() {
            assert!(
                repo.path(file).is_file(),
                "{file} is missing: run `cargo xtask vectors`"
            );
            assert!(!built[..number].contains(file), "{file} is built twice");
        }
    }
}
