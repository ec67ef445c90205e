//! Reads a contract: WIT text, a folder of it, a WIT package in Wasm, or a component.

use super::docs;
use super::from_resolve;
use super::model::Model;
use super::type_text::TooLong;
use crate::failure::{Failure, Result, refused};
use crate::input::Input;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use tenon_transpile::Options;
use wasmparser::{Parser, Payload};
use wit_parser::{PackageId, PackageMetadata, Resolve, WorldId, decoding};

/// The most WIT text that a package and its dependencies may have, in bytes.
const TEXT_SIZE: u64 = 16 << 20;

/// The most files of it.
const FILES: usize = 10_000;

/// A contract as wit-parser knows it.
pub(crate) struct Contract {
    /// How messages name it.
    pub(crate) name: String,
    resolve: Resolve,
    what: What,
    /// Of a component: the content of its section `package-docs`.
    docs: Option<Vec<u8>>,
}

enum What {
    Package(PackageId),
    Component(WorldId),
}

impl Contract {
    /// Reads a file or a folder; `-` is standard input.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return folder(path);
        }
        let input = Input::read(path)?;
        if input.bytes.starts_with(b"\0asm") {
            wasm(&input.name, &input.bytes)
        } else {
            text(&input.name, input.bytes)
        }
    }

    /// Takes the contract of a component.
    pub(crate) fn of_component(name: &str, bytes: &[u8]) -> Result<Self> {
        wasm(name, bytes)
    }

    /// Reads text.
    #[cfg(test)]
    pub(crate) fn of_text(name: &str, source: &str) -> Result<Self> {
        text(name, source.as_bytes().to_owned())
    }

    /// Whether it is a component, which shows one world and only what is used of what it imports.
    pub(crate) fn is_component(&self) -> bool {
        matches!(self.what, What::Component(_))
    }

    /// All of it.
    pub(crate) fn model(&self) -> Result<Model> {
        let model = match self.what {
            What::Package(id) => from_resolve::package(&self.resolve, id),
            What::Component(id) => from_resolve::world(&self.resolve, id),
        };
        let mut model = model.map_err(|TooLong| self.too_long())?;
        if let Some(section) = &self.docs {
            docs::apply(&mut model, section);
        }
        Ok(model)
    }

    /// One world of it: that of the name, or the only one.
    pub(crate) fn world(&self, name: Option<&str>) -> Result<Model> {
        let What::Package(id) = self.what else {
            return self.model();
        };
        let worlds = &self.resolve.packages[id].worlds;
        let found = match name {
            Some(name) => worlds.get(name),
            None if worlds.len() == 1 => worlds.values().next(),
            None => None,
        };
        let Some(world) = found else {
            let names: Vec<&str> = worlds.keys().map(String::as_str).collect();
            let what = match name {
                Some(name) => format!("{}: no world {name}", self.name),
                None => format!("{}: which world is it about?", self.name),
            };
            let found = match names.as_slice() {
                [] => "no world".to_owned(),
                names => names.join(", "),
            };
            return Err(Failure::new(what).found(found).help(
                "name a world with --world; a component is compared with one world of a package",
            ));
        };
        from_resolve::world(&self.resolve, *world).map_err(|TooLong| self.too_long())
    }

    fn too_long(&self) -> Failure {
        Failure::new(format!("{}: a type is too long to be compared", self.name))
            .note("fault", tenon_transpile::Kind::Limit)
            .help("give the parts of large types names of their own")
    }
}

/// A package in one file.
fn text(name: &str, bytes: Vec<u8>) -> Result<Contract> {
    if bytes.len() as u64 > TEXT_SIZE {
        return Err(too_much(name));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        Failure::new(format!("{name}: neither WIT nor WebAssembly"))
            .found(format!(
                "a byte that is no UTF-8 at {}",
                error.utf8_error().valid_up_to()
            ))
            .help("give a WIT file, a folder of such, or a component")
    })?;
    let mut resolve = Resolve::default();
    match guarded(name, || resolve.push_source(name, &text))? {
        Ok(id) => Ok(Contract {
            name: name.to_owned(),
            what: What::Package(id),
            resolve,
            docs: None,
        }),
        Err(error) => Err(not_wit(name, &resolve.render_error(&error))),
    }
}

/// Sees that a file is WIT by itself. It may be one of several of a package, which another one names.
pub(super) fn parse_alone(name: &str, text: &str) -> Result<()> {
    let parse = |text: &str| {
        let mut sources = wit_parser::SourceMap::default();
        sources.push_str(name, text);
        sources
            .parse()
            .map(|_| ())
            .map_err(|(sources, error)| error.render(&sources))
    };
    let Err(error) = guarded(name, || parse(text))? else {
        return Ok(());
    };
    if guarded(name, || parse(&format!("package a:b;\n{text}")))?.is_ok() {
        return Ok(());
    }
    Err(not_wit(name, &error))
}

/// A package in the files of a folder, with its dependencies in `deps`.
fn folder(path: &Path) -> Result<Contract> {
    let name = path.display().to_string();
    measure(path)?;
    let mut resolve = Resolve::default();
    match guarded(&name, || resolve.push_dir(path))? {
        Ok((id, _)) => Ok(Contract {
            name,
            what: What::Package(id),
            resolve,
            docs: None,
        }),
        Err(error) => Err(not_wit(&name, &resolve.render_error(&error))),
    }
}

fn not_wit(name: &str, error: &str) -> Failure {
    Failure::new(format!("{name}: not a WIT package"))
        .found(error)
        .help("correct the text; the packages that it uses belong into its folder deps/")
}

fn too_much(name: &str) -> Failure {
    Failure::new(format!("{name}: too much text for a WIT package"))
        .found(format!(
            "more than {TEXT_SIZE} bytes, or more than {FILES} files"
        ))
        .note("fault", tenon_transpile::Kind::Limit)
        .help("give the folder of one package")
}

/// Refuses a folder of which wit-parser would read too much, or wait for what is no file.
fn measure(path: &Path) -> Result<()> {
    let mut folders = vec![path.to_owned()];
    let mut left = TEXT_SIZE;
    let mut files = 0;
    let deps = path.join("deps");
    if deps.is_dir() {
        folders.push(deps);
    }
    let mut at = 0;
    while let Some(folder) = folders.get(at).cloned() {
        at += 1;
        for file in entries(&folder)? {
            let meta = std::fs::metadata(&file).map_err(|error| unreadable(&file, &error))?;
            if meta.is_dir() {
                if at == 2 && folder.ends_with("deps") {
                    folders.push(file);
                }
                continue;
            }
            let extension = file.extension().and_then(|extension| extension.to_str());
            if !matches!(extension, Some("wit" | "wasm" | "wat")) {
                continue;
            }
            if !meta.is_file() {
                return Err(Failure::new(format!("{}: not a file", file.display()))
                    .help("take it out of the folder, or give the WIT files that count"));
            }
            files += 1;
            left = left
                .checked_sub(meta.len())
                .filter(|_| files <= FILES)
                .ok_or_else(|| too_much(&path.display().to_string()))?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths = Vec::new();
    for entry in read.take(FILES * 2) {
        paths.push(entry.map_err(|error| unreadable(folder, &error))?.path());
    }
    Ok(paths)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: cannot be read", path.display()))
        .found(error)
        .help("make it readable for this user")
}

/// A component, or a WIT package in Wasm.
fn wasm(name: &str, bytes: &[u8]) -> Result<Contract> {
    let scan = Scan::of(bytes);
    // The hosts' own check comes first: what they refuse is no kernel, and its bounds hold here.
    if !scan.wit_package {
        tenon_transpile::transpile(bytes, &Options::default())
            .map_err(|error| refused(name, &error))?;
    }
    let decoded = guarded(name, || decoding::decode(&scan.bytes))?.map_err(|error| {
        Failure::new(format!("{name}: its WIT cannot be read"))
            .found(format!("{error:#}"))
            .help("give a component that a current tool chain has made, or its WIT")
    })?;
    let (resolve, what) = match decoded {
        decoding::DecodedWasm::WitPackage(resolve, id) => (resolve, What::Package(id)),
        decoding::DecodedWasm::Component(resolve, id) => (resolve, What::Component(id)),
    };
    Ok(Contract {
        name: name.to_owned(),
        resolve,
        what,
        docs: scan.docs,
    })
}

/// wit-parser asserts what hostile bytes may break.
fn guarded<T>(name: &str, work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        Failure::new(format!("{name}: its WIT cannot be read"))
            .found("the parser gave up")
            .note("fault", tenon_transpile::Kind::Internal)
            .help("report this file to the project, if it comes from a tool chain")
    })
}

/// What a Wasm file says besides its types.
struct Scan<'a> {
    /// The bytes without the name `package-docs`: that of a kernel tells of a package, where wit-parser expects the one
    /// that it makes up for the component.
    bytes: Cow<'a, [u8]>,
    docs: Option<Vec<u8>>,
    wit_package: bool,
}

impl<'a> Scan<'a> {
    fn of(bytes: &'a [u8]) -> Scan<'a> {
        let mut scan = Scan {
            bytes: Cow::Borrowed(bytes),
            docs: None,
            wit_package: false,
        };
        let mut names = Vec::new();
        let mut depth = 0;
        // A file that is malformed further on is refused later.
        for payload in Parser::new(0)
            .parse_all(bytes)
            .map_while(std::result::Result::ok)
        {
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::CustomSection(section) => match section.name() {
                    "wit-component-encoding" if depth == 0 => scan.wit_package = true,
                    PackageMetadata::SECTION_NAME => {
                        names.push(section.data_offset() - PackageMetadata::SECTION_NAME.len());
                        if depth == 0 && scan.docs.is_none() {
                            scan.docs = Some(section.data().to_owned());
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        if scan.wit_package {
            scan.docs = None; // It is the package's own, which wit-parser reads.
        } else if !names.is_empty() {
            let bytes = scan.bytes.to_mut();
            names.iter().for_each(|at| bytes[*at] = b'-');
        }
        scan
    }
}
