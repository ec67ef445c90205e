//! Makes `component.wasm` for every folder of `internal/gen/testdata` with a `contract.wit`:
//!
//! ```text
//! cargo run --release --manifest-path host-go/internal/gen/testdata/make/Cargo.toml
//! ```
//!
//! The core module is the folder's crate where it has a `Cargo.toml`, its `module.wat` where it has one, and otherwise
//! one whose functions all trap: enough to generate from. Documentation travels in the section `package-docs`.

use anyhow::{Context, Result, ensure};
use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use wasm_encoder::{ComponentSection, CustomSection, Encode};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, PackageMetadata, Resolve};

fn main() -> Result<()> {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("the folder above this crate")?;
    for entry in fs::read_dir(testdata)? {
        let dir = entry?.path();
        if !dir.join("contract.wit").is_file() {
            continue;
        }
        make(&dir, "component.wasm", StringEncoding::UTF8)
            .with_context(|| format!("in {}", dir.display()))?;
        if dir.ends_with("encodings") {
            make(&dir, "utf16.wasm", StringEncoding::UTF16)?;
            make(&dir, "latin1-utf16.wasm", StringEncoding::CompactUTF16)?;
        }
    }
    Ok(())
}

fn make(dir: &Path, file: &str, encoding: StringEncoding) -> Result<()> {
    let mut resolve = Resolve::default();
    let package = resolve.push_file(dir.join("contract.wit"))?;
    let world = resolve.select_world(&[package], Some("kernel"))?;
    let mut module = if dir.join("Cargo.toml").is_file() {
        build(dir)?
    } else if dir.join("module.wat").is_file() {
        wat::parse_file(dir.join("module.wat"))?
    } else {
        let mangling = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
        wit_component::dummy_module(&resolve, world, mangling)
    };
    embed_component_metadata(&mut module, &resolve, world, encoding)?;
    let mut component = ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .encode()?;
    let docs = PackageMetadata::extract(&resolve, package).encode()?;
    append(&mut component, "package-docs", &docs);
    fs::write(dir.join(file), component)?;
    Ok(())
}

fn append(component: &mut Vec<u8>, name: &str, data: &[u8]) {
    let section = CustomSection {
        name: Cow::Borrowed(name),
        data: Cow::Borrowed(data),
    };
    component.push(ComponentSection::id(&section));
    section.encode(component);
}

/// Builds the folder's crate, without paths of this machine in it.
fn build(dir: &Path) -> Result<Vec<u8>> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(target, Into::into);
    let status = Command::new("cargo")
        .args(["build", "--release", "--target=wasm32-unknown-unknown"])
        .current_dir(dir)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_ENCODED_RUSTFLAGS", flags().join("\u{1f}"))
        .status()?;
    ensure!(status.success(), "cargo build failed");
    let name = dir.file_name().context("a folder")?.display().to_string();
    Ok(fs::read(target.join(format!(
        "wasm32-unknown-unknown/release/{name}.wasm"
    )))?)
}

/// The compiler's flags. Of several prefixes that fit it takes the last: the folder of a registry's sources is named
/// after the registry's address.
fn flags() -> Vec<String> {
    let mut flags = vec!["-Clink-arg=-zstack-size=131072".to_string()];
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    if let Some(home) = home {
        let mut remap = |from: &Path, to: &str| {
            flags.push(format!("--remap-path-prefix={}={to}", from.display()));
        };
        remap(&home, "/cargo");
        let registries = fs::read_dir(home.join("registry/src"));
        for registry in registries.into_iter().flatten().flatten() {
            remap(&registry.path(), "/crates");
        }
    }
    flags
}
