//! Rebuilds the guests' components: `cargo run --release -- [wasip2] [wasi] [c] [zig] [utf16] [mistyped] [nested]`, all of them without a name.

use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use wit_bindgen_core::{Files, wit_parser::Resolve};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

/// The guests and how each is built: the function returns the component's bytes.
const GUESTS: [(&str, fn(&Folders) -> Result<Vec<u8>>); 7] = [
    ("wasip2", wasip2),
    ("wasi", wasi),
    ("c", c),
    ("zig", zig),
    ("utf16", |folders| text(folders, "utf16")),
    ("mistyped", |folders| text(folders, "mistyped")),
    ("nested", |folders| text(folders, "nested")),
];

/// Where things are.
struct Folders {
    /// `kernels/guests`.
    guests: PathBuf,
    /// For what is made on the way.
    scratch: PathBuf,
}

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !GUESTS.iter().any(|(known, _)| known == name))
    {
        bail!(
            "there is no guest {unknown:?}: give wasip2, wasi, c, zig, utf16, mistyped or nested"
        );
    }
    let build = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guests = build
        .parent()
        .context("the tool lies in a folder of the guests")?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| build.join("target"), PathBuf::from);
    let folders = Folders {
        guests: guests.to_owned(),
        scratch: target.join("guests"),
    };
    for (name, make) in GUESTS {
        if !wanted.is_empty() && !wanted.iter().any(|it| it == name) {
            continue;
        }
        let bytes = make(&folders).with_context(|| format!("guest {name}"))?;
        let file = folders.guests.join(name).join(format!("{name}.wasm"));
        std::fs::write(&file, &bytes).with_context(|| file.display().to_string())?;
        println!("{name}.wasm: {} bytes", bytes.len());
    }
    Ok(())
}

/// Plain cargo: its linker for this target writes a component.
fn wasip2(folders: &Folders) -> Result<Vec<u8>> {
    cargo(folders, "wasip2", "wasm32-wasip2")
}

/// Cargo for a core module, a component by wit-component.
fn wasi(folders: &Folders) -> Result<Vec<u8>> {
    let module = cargo(folders, "wasi", "wasm32-unknown-unknown")?;
    encode(&module)
}

/// What cargo builds of a guest's crate for a target.
fn cargo(folders: &Folders, guest: &str, triple: &str) -> Result<Vec<u8>> {
    let target = folders.scratch.join("cargo");
    let here = folders.guests.join(guest);
    // Paths would make the bytes differ from folder to folder.
    let flags = format!("--remap-path-prefix={}=guest", here.display());
    run(Command::new("cargo")
        .args(["build", "--release", "--locked", "--target", triple])
        .arg("--manifest-path")
        .arg(here.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTFLAGS", flags))?;
    let file = format!("tenon_guest_{guest}.wasm");
    read(&target.join(triple).join("release").join(file))
}

/// Bindings by wit-bindgen, a core module by Zig's C compiler, a component by wit-component.
fn c(folders: &Folders) -> Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(folders.guests.join("wit"))?;
    let world = resolve.select_world(&[package], Some("c"))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default()
        .build()
        .generate(&mut resolve, world, &mut files)?;
    let bindings = folders.scratch.join("c");
    std::fs::create_dir_all(&bindings)?;
    for (name, contents) in files.iter() {
        std::fs::write(bindings.join(name), contents)?;
    }
    let module = bindings.join("module.wasm");
    run(zig_tool()
        .args(["cc", "-target", "wasm32-wasi", "-mexec-model=reactor"])
        .args(["-Os", "-s", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(&bindings)
        .arg(folders.guests.join("c/guest.c"))
        .arg(bindings.join("c.c"))
        .arg(bindings.join("c_component_type.o"))
        .arg("-o")
        .arg(&module))?;
    encode(&read(&module)?)
}

/// A core module by Zig, whose exports follow the canonical ABI by hand.
fn zig(folders: &Folders) -> Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(folders.guests.join("wit"))?;
    let world = resolve.select_world(&[package], Some("zig"))?;
    let scratch = folders.scratch.join("zig");
    std::fs::create_dir_all(&scratch)?;
    let file = scratch.join("module.wasm");
    run(zig_tool()
        .args([
            "build-exe",
            "-target",
            "wasm32-freestanding",
            "-O",
            "ReleaseSmall",
        ])
        .args(["-fno-entry", "-rdynamic", "-fstrip"])
        .arg(format!("-femit-bin={}", file.display()))
        .arg(folders.guests.join("zig/guest.zig")))?;
    let mut module = read(&file)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    encode(&module)
}

/// Zig as the variable ZIG says, else as the Python package brings it.
fn zig_tool() -> Command {
    if let Some(zig) = std::env::var_os("ZIG") {
        return Command::new(zig);
    }
    let mut python = Command::new("python3");
    python.args(["-m", "ziglang"]);
    python
}

/// A core module with its component type to a component.
fn encode(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)?
        .encode()
}

/// Text to binary, no more.
fn text(folders: &Folders, name: &str) -> Result<Vec<u8>> {
    Ok(wat::parse_file(
        folders.guests.join(name).join(format!("{name}.wat")),
    )?)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| file.display().to_string())
}
