//! A first look at the file, before anything is allocated for its contents: is it a component, is it whole, is it
//! within the limits, and what are its parts.

use crate::error::{Error, Kind};
use crate::{imports, limits};
use std::ops::Range;
use wasmparser::{Chunk, Parser, Payload, WasmFeatures};

/// What the first look finds.
#[derive(Default)]
pub(crate) struct Scan<'a> {
    /// The file.
    bytes: &'a [u8],
    /// Names of the component's own imports.
    pub(crate) imports: Vec<(&'a str, usize)>,
    /// Names of the component's own exports.
    pub(crate) exports: Vec<&'a str>,
    /// The custom section `tenon:kernel`, and where it starts.
    pub(crate) metadata: Option<(&'a [u8], usize)>,
    /// The custom section `package-docs`.
    pub(crate) docs: Option<&'a [u8]>,
    /// Nested core modules and components, outer ones first.
    parts: Vec<(Range<usize>, String)>,
}

impl Scan<'_> {
    /// The innermost part that holds a byte.
    pub(crate) fn place(&self, offset: usize) -> Option<&str> {
        self.parts
            .iter()
            .rev()
            .find(|(range, _)| range.contains(&offset))
            .map(|(_, path)| path.as_str())
    }

    /// Where a stretch of the file begins; `None` for bytes that are not in it.
    pub(crate) fn offset_of(&self, stretch: &[u8]) -> Option<usize> {
        let file = self.bytes.as_ptr_range();
        let start = stretch.as_ptr();
        file.contains(&start)
            .then(|| start as usize - file.start as usize)
    }

    /// The error of a part that begins at a byte of the file.
    pub(crate) fn in_part(&self, error: Error, start: usize) -> Error {
        let at = start + error.offset.unwrap_or_default() as usize;
        let path = self.place(at).map(str::to_owned);
        Error { path, ..error }.at(at)
    }
}

/// A component definition that is being read.
#[derive(Default)]
struct Level {
    parser: Option<Parser>,
    path: String,
    components: usize,
    modules: usize,
}

/// Looks a file over. Sections that do not parse are left to validation, which tells more about them.
pub(crate) fn scan(bytes: &[u8]) -> Result<Scan<'_>, Error> {
    if bytes.len() > limits::INPUT_SIZE {
        return Err(Error::limit(
            &format!("the component has {} bytes", bytes.len()),
            limits::INPUT_SIZE,
        ));
    }
    check_header(bytes)?;

    let mut scan = Scan {
        bytes,
        ..Scan::default()
    };
    let mut stack: Vec<Level> = vec![Level::default()];
    let mut definitions = 0;
    let mut parser = Parser::new(0);
    parser.set_features(WasmFeatures::all());
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let payload = match parser.parse(rest, rest.is_empty()) {
            Ok(Chunk::Parsed { consumed, payload }) => {
                at += consumed;
                payload
            }
            Ok(Chunk::NeedMoreData(_)) => return Err(truncated(bytes.len())),
            Err(_) => return Ok(scan),
        };
        let depth = stack.len();
        let level = stack
            .last_mut()
            .ok_or_else(|| Error::internal("no component is open"))?;
        match payload {
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                if unchecked_range.end > bytes.len() {
                    return Err(truncated(bytes.len()));
                }
                definitions += 1;
                scan.parts.push((
                    unchecked_range.clone(),
                    format!("{}core module {}", level.path, level.modules),
                ));
                level.modules += 1;
                at = unchecked_range.end;
            }
            Payload::ComponentSection {
                parser: inner,
                unchecked_range,
            } => {
                if unchecked_range.end > bytes.len() {
                    return Err(truncated(bytes.len()));
                }
                definitions += 1;
                let path = format!("{}component {}", level.path, level.components);
                level.components += 1;
                if depth >= limits::NESTING {
                    return Err(
                        Error::limit("components are nested too deep", limits::NESTING).at(at),
                    );
                }
                scan.parts.push((unchecked_range, path.clone()));
                let outer = std::mem::replace(&mut parser, inner);
                stack.push(Level {
                    parser: Some(outer),
                    path: format!("{path} / "),
                    ..Level::default()
                });
            }
            Payload::End(_) => match stack.pop().and_then(|level| level.parser) {
                Some(outer) => parser = outer,
                None => return Ok(scan),
            },
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section.into_iter_with_offsets() {
                    let Ok((offset, import)) = import else {
                        return Ok(scan);
                    };
                    scan.imports.push((import.name.name, offset));
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let Ok(export) = export else { return Ok(scan) };
                    scan.exports.push(export.name.name);
                }
            }
            Payload::CustomSection(section) if depth == 1 => match section.name() {
                "tenon:kernel" => scan.metadata = Some((section.data(), section.data_offset())),
                "package-docs" => scan.docs = Some(section.data()),
                _ => {}
            },
            _ => {}
        }
        if definitions > limits::DEFINITIONS {
            return Err(Error::limit(
                "too many component and core module definitions",
                limits::DEFINITIONS,
            )
            .at(at));
        }
    }
}

const MAGIC: &[u8] = b"\0asm";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

fn check_header(bytes: &[u8]) -> Result<(), Error> {
    if bytes.starts_with(COMPONENT) {
        return Ok(());
    }
    if bytes.starts_with(MODULE) {
        return Err(core_module(bytes));
    }
    if bytes.is_empty() {
        return Err(Error::new(Kind::Malformed, "the file is empty").at(0).help(
            "Build a component with `tenon build <crate directory>` and give the file it writes.",
        ));
    }
    if COMPONENT.starts_with(bytes) || MODULE.starts_with(bytes) {
        return Err(truncated(bytes.len()));
    }
    if bytes.starts_with(MAGIC) {
        return Err(Error::new(Kind::Malformed, "the file is WebAssembly of a version that is not known")
            .at(4)
            .help("Components have version 13, layer 1. Build the component with current tools: `tenon build <crate directory>`."));
    }
    let what = match bytes {
        [b'(', ..] => "the file is WebAssembly text or some other text, not a binary component",
        [0x7f, b'E', b'L', b'F', ..] => "the file is a native ELF binary, not WebAssembly",
        _ => "the file is not WebAssembly: it does not begin with the bytes 00 61 73 6d",
    };
    Err(Error::new(Kind::Malformed, what).at(0).help(
        "Build a component with `tenon build <crate directory>` and give the file it writes.",
    ))
}

/// A core module instead of a component; its imports may tell how it was built.
fn core_module(bytes: &[u8]) -> Error {
    let error = Error::new(
        Kind::Malformed,
        "the file is a core WebAssembly module, not a component",
    )
    .at(4);
    let mut help = String::from(
        "A core module has no typed interface. Run `tenon build <crate directory>`, which builds the crate and wraps it as a component.",
    );
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(Payload::ImportSection(section)) = payload else {
            if payload.is_err() {
                break;
            }
            continue;
        };
        let cure = section
            .into_imports()
            .map_while(Result::ok)
            .find_map(|import| imports::explain(import.module).map(|cure| (import.module, cure)));
        if let Some((name, cure)) = cure {
            help = format!("{help} Note that it imports `{name}`: {cure}");
        }
        break;
    }
    error.help(help)
}

fn truncated(len: usize) -> Error {
    Error::new(Kind::Malformed, "the file ends in the middle of a section")
        .at(len)
        .help("The file is cut short. Copy or build it again, and compare its size and digest with the original.")
}
