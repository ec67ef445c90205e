//! Runs the scripts in `tests/scripts`: what a person types, and what the command answers.
//!
//! A script is a list of steps, then the files that its folder holds when it begins:
//!
//! ```text
//! # A comment.
//! $ tenon inspect notes.txt
//! 2> error: notes.txt: the file is not WebAssembly
//! [1]
//!
//! -- notes.txt --
//! hello
//! ```
//!
//! Below a step stand the lines it prints on standard output, those of standard error behind `2> `,
//! and its exit status in brackets if it is not 0. A file `x.wat` is there as `x.wasm` too. Besides
//! `tenon` a step may say `cut FILE BYTES NEW`, which keeps the first bytes of a file. `< FILE` at the
//! end gives a step its standard input. A file that begins with `#!` can be run, and the folder's `bin` comes first
//! on the PATH. The fixture kernel lies in every folder as `scalar.wasm`.
//!
//! `BLESS=1 cargo test -p tenon-cli --test scripts` writes what is printed into the scripts.

mod runner;

use std::path::Path;

/// Every script of a folder; a failure names all that differ.
fn run_folder(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let entries = std::fs::read_dir(&folder).expect("the folder of the scripts");
    let mut scripts: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    scripts.sort();
    assert!(!scripts.is_empty(), "no scripts in {}", folder.display());
    let failures: Vec<String> = scripts
        .iter()
        .filter_map(|script| runner::run(script))
        .collect();
    assert!(
        failures.is_empty(),
        "{}\nBLESS=1 writes what is printed into the scripts; look at the difference before you commit it",
        failures.join("\n")
    );
}

#[test]
fn scripts() {
    run_folder("scripts");
}

/// Those that need the Rust host.
#[cfg(feature = "host")]
#[test]
fn call_scripts() {
    run_folder("scripts/call");
}
