//! Builds crates that lie outside of this repository, as anybody's kernel does.

use std::path::Path;
use std::process::{Command, Output};

/// A kernel with a contract of its own; it has no profile and knows nothing of this workspace.
const MANIFEST: &str = r#"
[package]
name = "greeter"
version = "0.3.0"
edition = "2024"

[lib]
crate-type = ["cdylib", "rlib"]

[features]
loud = []
broken = []
endless = []

[dependencies]
wit-bindgen = { version = "=0.63", default-features = false, features = ["macros", "realloc"] }

[package.metadata.tenon]
world = "acme:greeter/kernel@1.2.0"
owner = "acme"
warm = ["greet"]
"#;

const CONTRACT: &str = r#"
/// Greetings.
package acme:greeter@1.2.0;

/// What a greeter does.
interface greetings {
    /// Says hello.
    greet: func(name: string) -> string;

    /// Those who were greeted.
    resource guests {
        /// Nobody, so far.
        constructor();
        /// Adds one, and tells how many there are.
        add: func(name: string) -> u32;
    }
}

/// A kernel that greets.
world kernel {
    export greetings;
}
"#;

const SOURCE: &str = r#"
wit_bindgen::generate!({ path: "wit", world: "kernel" });

use exports::acme::greeter::greetings;
use std::cell::RefCell;
use std::sync::LazyLock;

/// What the first call builds.
static WORDS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    while cfg!(feature = "endless") {
        std::hint::spin_loop();
    }
    if cfg!(feature = "broken") {
        panic!("no words");
    }
    (1..=65_536).collect()
});

struct Greeter;
export!(Greeter);

#[derive(Default)]
struct Guests(RefCell<Vec<String>>);

impl greetings::GuestGuests for Guests {
    fn new() -> Self {
        Self::default()
    }

    fn add(&self, name: String) -> u32 {
        let mut names = self.0.borrow_mut();
        names.push(name);
        names.len() as u32
    }
}

impl greetings::Guest for Greeter {
    type Guests = Guests;

    fn greet(name: String) -> String {
        assert!(name.len() < 1000, "a name of {} bytes", name.len());
        let end = if cfg!(feature = "loud") { "!" } else { "." };
        format!("hello {name}{end} {}", WORDS[WORDS.len() - 1])
    }
}
"#;

/// Writes the files of a crate. The lock file is this workspace's, whose versions are on this machine.
fn lay(folder: &Path, files: &[(&str, &str)]) {
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
    }
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    std::fs::copy(lock, folder.join("Cargo.lock")).expect("the lock file");
}

/// The command in a folder, with nothing of the outer cargo's environment that decides about flags.
fn tenon(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenon"));
    command
        .args(args)
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR");
    command
}

fn run(mut command: Command) -> Output {
    let output = command.output().expect("the command runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    output
}

fn inspect(folder: &Path, file: &str) -> serde_json::Value {
    let output = run(tenon(folder, &["inspect", "--json", file]));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_foreign_crate_builds_to_the_same_bytes_everywhere() {
    let files = [
        ("Cargo.toml", MANIFEST),
        ("wit/greeter.wit", CONTRACT),
        ("src/lib.rs", SOURCE),
    ];
    let (here, there) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let there = there.path().join("some where/else entirely");
    lay(here.path(), &files);
    lay(&there, &files);

    let built = run(tenon(here.path(), &["build", "-o", "out/first.wasm"]));
    let printed = String::from_utf8_lossy(&built.stdout).into_owned();
    let bytes = std::fs::read(here.path().join("out/first.wasm")).expect("the component");
    assert!(
        printed.starts_with(&format!("out/first.wasm  {} bytes  sha256:", bytes.len())),
        "{printed}"
    );

    // Another folder with a space in it, flags and settings of the environment, another target folder.
    let mut second = tenon(&there, &["build", "--quiet"]);
    second
        .env("RUSTFLAGS", "-C debuginfo=2 -C opt-level=0")
        .env("CARGO_PROFILE_KERNEL_OPT_LEVEL", "0")
        .env("CARGO_INCREMENTAL", "1")
        .env("CARGO_TARGET_DIR", there.join("target folder"));
    let second = run(second);
    assert_eq!(
        String::from_utf8_lossy(&second.stderr),
        "",
        "--quiet says nothing"
    );
    let again = there.join("target folder/tenon/greeter-0.3.0.wasm");
    assert_eq!(
        std::fs::read(again).expect("the default place"),
        bytes,
        "the bytes depend on the folder"
    );

    let report = inspect(here.path(), "out/first.wasm");
    let metadata = &report["metadata"];
    assert_eq!(metadata["format"], 1);
    assert_eq!(metadata["kernel"], "greeter");
    assert_eq!(metadata["version"], "0.3.0");
    assert_eq!(metadata["world"], "acme:greeter/kernel@1.2.0");
    assert_eq!(metadata["owner"], "acme");
    assert_eq!(metadata["warm"], serde_json::json!(["greet"]));
    assert_eq!(metadata["features"], serde_json::Value::Null);
    assert!(
        metadata["toolchain"]
            .as_str()
            .is_some_and(|name| name.starts_with("rustc 1."))
    );
    assert_eq!(metadata["source"].as_str().map(str::len), Some(64));
    assert_eq!(report["imports"], serde_json::json!([]));
    let exports = report["exports"].as_array().expect("a list");
    let greet = exports
        .iter()
        .find(|export| export["docs"] == "Says hello.");
    assert_eq!(
        greet.map(|greet| &greet["signature"]),
        Some(&serde_json::json!("func(name: string) -> string"))
    );
    // The kernel's stands between two that reach the resource's destructor.
    assert_eq!(report["modules"].as_array().map(Vec::len), Some(3));

    pre_initialise(here.path(), &there, bytes.len());

    // A feature and a label make another version; a comment makes other sources.
    let build = [
        "build",
        "--features",
        "loud",
        "--label",
        "0.4.0-rc.1",
        "-o",
        "loud.wasm",
    ];
    run(tenon(here.path(), &build));
    let loud = inspect(here.path(), "loud.wasm");
    assert_eq!(loud["metadata"]["version"], "0.4.0-rc.1");
    assert_eq!(loud["metadata"]["features"], serde_json::json!(["loud"]));
    assert_ne!(loud["metadata"]["source"], metadata["source"]);
    assert_ne!(loud["modules"][1]["digest"], report["modules"][1]["digest"]);
}

/// Builds the crate with what its first call leaves in memory: a greeting's list of words.
#[cfg(feature = "host")]
fn pre_initialise(here: &Path, there: &Path, plain: usize) {
    let again = there.join("ready.wasm");
    let built = run(tenon(here, &["build", "--preinit", "-o", "ready.wasm"]));
    let steps = String::from_utf8_lossy(&built.stderr).into_owned();
    assert!(
        steps.contains("tenon: pre-initialising greeter 0.3.0\n"),
        "{steps}"
    );
    let mut second = tenon(there, &["build", "--no-preinit", "--preinit", "-qo"]);
    second
        .arg(&again)
        .env("CARGO_TARGET_DIR", there.join("target folder"));
    run(second);
    let ready = std::fs::read(here.join("ready.wasm")).expect("the component");
    assert_eq!(
        std::fs::read(again).expect("the component"),
        ready,
        "the bytes depend on the folder"
    );
    // The words are many, and are made by the first call.
    assert!(ready.len() > plain + 100_000, "{} bytes", ready.len());
    let report = inspect(here, "ready.wasm");
    assert_eq!(report["metadata"]["preinit"], true);
    assert_eq!(report["metadata"]["warm"], serde_json::json!(["greet"]));
    let told = run(tenon(here, &["inspect", "ready.wasm"])).stdout;
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(told.contains("warm-up   greet (pre-initialised)"), "{told}");
    let plain = inspect(here, "out/first.wasm");
    assert_eq!(plain["metadata"]["preinit"], serde_json::Value::Null);
    assert_eq!(report["contract"], plain["contract"]);

    // What it answers is what the plain build answers.
    let call = |file| {
        let output = run(tenon(here, &["call", file, "greet", "\"Ann\""]));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(call("ready.wasm"), "\"hello Ann. 65536\"\n");
    assert_eq!(call("out/first.wasm"), call("ready.wasm"));

    // The first call of this build panics, and that of the next does not end.
    let fails = |feature, more: &[&str], parts: &[&str]| {
        let output = tenon(here, &["build", "--preinit", "-o", "none.wasm"])
            .args(["--features", feature])
            .args(more)
            .output()
            .expect("the command runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for part in parts {
            assert!(said.contains(part), "{said}");
        }
        assert!(!here.join("none.wasm").exists());
    };
    let function =
        "greeter: acme:greeter/greetings@1.2.0#greet failed as the kernel was pre-initialised";
    fails("broken", &[], &[function, "unreachable", "\n  stack: "]);
    let soon = ["--preinit-timeout", "200ms"];
    let late = [function, "it ran for 200ms and did not end"];
    fails("endless", &soon, &late);
}

#[cfg(not(feature = "host"))]
fn pre_initialise(here: &Path, _: &Path, _: usize) {
    let output = tenon(here, &["build", "--preinit"])
        .output()
        .expect("the command runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("error: this `tenon` cannot pre-initialise kernels")
            && said.contains("without its feature `host`")
            && said.contains("or give --no-preinit"),
        "{said}"
    );
}

/// Builds a crate without dependencies that fails, and gives what the command says.
fn failure(manifest: &str, source: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let table = "\n[lib]\ncrate-type = [\"cdylib\"]\n[package.metadata.tenon]\nworld = \"acme:greeter/kernel@1.2.0\"\n";
    let manifest = format!("[package]\nname = \"faulty\"\nedition = \"2024\"\n{manifest}{table}");
    lay(
        folder.path(),
        &[
            ("Cargo.toml", &manifest),
            ("wit/w.wit", CONTRACT),
            ("src/lib.rs", source),
        ],
    );
    let output = tenon(folder.path(), &["build"])
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"", "errors go to standard error");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_error_of_the_compiler_is_shown() {
    let text = failure("", "pub fn f() -> u32 { \"no number\" }");
    assert!(
        text.contains("error: faulty: cargo cannot compile it for wasm32-unknown-unknown"),
        "{text}"
    );
    assert!(
        text.contains("expected `u32`, found `&str`") && text.contains("src/lib.rs:1:21"),
        "{text}"
    );
    assert!(text.contains("\n  help:  "), "{text}");
}

#[test]
fn an_import_is_refused_by_its_name() {
    let source = "unsafe extern \"C\" { fn clock() -> u32; }\n\
                  #[unsafe(no_mangle)] pub extern \"C\" fn f() -> u32 { unsafe { clock() } }";
    let text = failure("", source);
    assert!(
        text.contains("error: faulty: a kernel must not import anything"),
        "{text}"
    );
    assert!(text.contains("the import `clock` from `env`"), "{text}");
}

#[test]
fn a_module_without_a_world_is_refused() {
    let text = failure("", "#[unsafe(no_mangle)] pub extern \"C\" fn f() {}");
    assert!(
        text.contains("error: faulty: the module carries no world"),
        "{text}"
    );
    assert!(text.contains("wit_bindgen::generate!"), "{text}");
}

#[test]
fn a_folder_in_the_code_is_refused() {
    let source = "#[unsafe(no_mangle)] pub extern \"C\" fn f() -> *const u8 { env!(\"CARGO_MANIFEST_DIR\").as_ptr() }";
    let text = failure("", source);
    assert!(
        text.contains("error: faulty: the built module names a folder of this machine"),
        "{text}"
    );
    assert!(text.contains("CARGO_MANIFEST_DIR"), "{text}");
}

#[test]
fn a_warning_is_passed_on_and_does_not_fail_the_build() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest =
        "[package]\nname = \"plain\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n";
    lay(
        folder.path(),
        &[("Cargo.toml", manifest), ("src/lib.rs", "fn unused() {}")],
    );
    let output = run(tenon(
        folder.path(),
        &["build", "--core-module", "-o", "plain.wasm"],
    ));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("warning: function `unused` is never used"),
        "{stderr}"
    );
    assert!(stderr.starts_with("tenon: compiling plain\n"), "{stderr}");
    assert!(
        !stderr.contains("Compiling"),
        "cargo's steps are not passed on: {stderr}"
    );
    let module = std::fs::read(folder.path().join("plain.wasm")).expect("the module");
    assert!(module.starts_with(b"\0asm\x01\0\0\0"));
}
