//! Component bytes to validated core modules and a plan.
//!
//! A core-WebAssembly engine knows nothing of components. [`transpile`] takes a component apart for one: it validates
//! the file, flattens the component and everything nested in it, and gives back core modules with the [`Plan`] that
//! tells how to instantiate them and how to call each exported function. The Rust command line and the Rust host use
//! it natively; the Go host runs the same crate compiled to WebAssembly (`wasm.rs`), so that hostile bytes meet a
//! sandbox first and both hosts decide alike.
//!
//! ```
//! let component = wat::parse_str(r#"
//!     (component
//!       (core module $m (func (export "add") (param i32 i32) (result i32)
//!         local.get 0 local.get 1 i32.add))
//!       (core instance $i (instantiate $m))
//!       (func (export "add") (param "a" u32) (param "b" u32) (result u32)
//!         (canon lift (core func $i "add"))))
//! "#).unwrap();
//! let transpiled = tenon_transpile::transpile(&component, &Default::default()).unwrap();
//! assert_eq!(transpiled.plan.funcs[0].name, "add");
//! assert_eq!(transpiled.modules.len(), 1);
//! ```

#![forbid(unsafe_op_in_unsafe_fn)]

mod accessors;
#[cfg(any(target_family = "wasm", test))]
mod alloc;
mod contract;
mod count;
mod docs;
mod elements;
mod entry;
mod error;
mod exports;
pub mod harden;
mod imports;
pub mod limits;
mod module;
mod names;
pub mod plan;
mod rewrite;
mod scan;
mod sections;
mod signature;
mod size;
mod state;
mod steps;
mod trampolines;
mod types;
mod unsupported;
mod validate;
#[cfg(target_family = "wasm")]
mod wasm;
pub mod wave;

pub use error::{Error, Kind};
pub use imports::explain as explain_import;
pub use plan::Plan;

use crate::contract::{Source, Texts};
use crate::docs::Docs;
use crate::exports::Exports;
use crate::imports::Imports;
use crate::scan::Scan;
use crate::steps::{Steps, hex};
use crate::types::TypeTable;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use wasmparser::Validator;
use wasmtime_environ::component::{ComponentTypesBuilder, Translator};
use wasmtime_environ::{ScopeVec, Tunables};

/// What can be asked of [`transpile`]. The default is for a host that runs the component itself, on an engine that can be
/// stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether the core modules are rewritten so that a host can stop them: [`harden::Gate`]. Then the plan has a
    /// [`plan::Gate`].
    pub gate: bool,
    /// Whether float instructions that wazero's compiler gets wrong are replaced: [`harden::Hardening::floats`].
    pub floats: bool,
    /// Elements that a table may have. A component with a table that starts with more is refused as [`Kind::Policy`].
    pub table_elements: u32,
    /// The component's SHA-256, where the host knows it. Then modules get no digest either: a host computes both much faster
    /// than this crate can inside an interpreter.
    pub digest: Option<[u8; 32]>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            gate: false,
            floats: false,
            table_elements: limits::TABLE_ELEMENTS,
            digest: None,
        }
    }
}

/// A component, taken apart.
#[derive(Clone, Debug)]
pub struct Transpiled {
    /// How to put it together.
    pub plan: Plan,
    /// The core modules, in the order of [`Plan::modules`].
    pub modules: Vec<Vec<u8>>,
}

/// The first bytes of a container.
pub const MAGIC: &[u8; 8] = b"TENONPLN";

impl Transpiled {
    /// The container: `TENONPLN`, the format as `u32`, the length of the plan's JSON as `u32`, the JSON, and the
    /// modules one after the other. Numbers are little endian.
    ///
    /// ```
    /// # let component = wat::parse_str("(component)").unwrap();
    /// let transpiled = tenon_transpile::transpile(&component, &Default::default()).unwrap();
    /// assert!(transpiled.encode().starts_with(b"TENONPLN\x04\0\0\0"));
    /// ```
    pub fn encode(&self) -> Vec<u8> {
        // A plan is numbers, strings and lists of such: serde_json has nothing to object to.
        let json = serde_json::to_vec(&self.plan).unwrap_or_default();
        let mut container =
            Vec::with_capacity(16 + json.len() + self.modules.iter().map(Vec::len).sum::<usize>());
        container.extend_from_slice(MAGIC);
        container.extend_from_slice(&plan::FORMAT.to_le_bytes());
        container.extend_from_slice(&(json.len() as u32).to_le_bytes());
        container.extend_from_slice(&json);
        self.modules
            .iter()
            .for_each(|module| container.extend_from_slice(module));
        container
    }
}

/// Takes a component apart.
///
/// The order of the steps is part of the safety: the translator accepts function bodies that are not valid and panics
/// on malformed input, so it only ever sees components that passed validation and the limits.
///
/// # Errors
///
/// [`Kind`] tells why a component is refused. There is no input that makes this function panic or run without bound;
/// a panic of the translator would come back as [`Kind::Internal`].
pub fn transpile(component: &[u8], options: &Options) -> Result<Transpiled, Error> {
    guard(|| take_apart(component, options))
}

fn take_apart(component: &[u8], options: &Options) -> Result<Transpiled, Error> {
    let scan = scan::scan(component)?;
    let hardened = options.gate || options.floats;
    let room = if hardened { validate::ROOM } else { 0 };
    let valid = validate::validate(component, &scan, room)?;
    let imported_resources = names::check(&scan, valid.types.as_ref())?;
    count::check(component, validate::ENGINE, imported_resources)?;
    let metadata = metadata(&scan)?;
    let mut transpiled = translate(component, &scan, &valid, options)?;
    transpiled.plan.metadata = metadata;
    Ok(transpiled)
}

/// Turns a panic into an error. In the WebAssembly form a panic is a trap, and the instance is thrown away anyhow.
fn guard<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(Error::internal(
                message.unwrap_or("a panic without a message"),
            ))
        }
    }
}

/// The JSON of the custom section `tenon:kernel`.
fn metadata(scan: &Scan<'_>) -> Result<Option<serde_json::Value>, Error> {
    let Some((json, offset)) = scan.metadata else {
        return Ok(None);
    };
    if json.len() > limits::METADATA_SIZE {
        return Err(Error::limit(
            "the section tenon:kernel is too large",
            limits::METADATA_SIZE,
        )
        .at(offset));
    }
    let malformed = |what: String| {
        Error::new(Kind::Malformed, format!("the section tenon:kernel {what}"))
            .at(offset)
            .in_path("custom section tenon:kernel")
            .help("Build the component again with `tenon build`, which writes this section.")
    };
    let value: serde_json::Value =
        serde_json::from_slice(json).map_err(|error| malformed(format!("is not JSON: {error}")))?;
    for name in ["kernel", "version"] {
        let fits =
            |text: &str| text.len() <= limits::METADATA_NAME && !text.chars().any(char::is_control);
        if !value[name].as_str().is_none_or(fits) {
            return Err(malformed(format!(
                "has a `{name}` that is no line of at most {} bytes",
                limits::METADATA_NAME
            )));
        }
    }
    Ok(Some(value))
}

/// Flattens a valid component.
fn translate(
    component: &[u8],
    scan: &Scan<'_>,
    valid: &validate::Valid,
    options: &Options,
) -> Result<Transpiled, Error> {
    let types = valid.types.as_ref();
    let mut tunables = Tunables::default_u32();
    tunables.concurrency_support = false;
    let scope = ScopeVec::new();
    let mut validator = Validator::new_with_features(validate::TRANSLATOR);
    let mut translated = ComponentTypesBuilder::new(&validator);
    // What is valid and still refused here is a corner of the component model that the translator leaves out, such as
    // exporting a component from the root.
    let (translation, modules) =
        Translator::new(&tunables, &mut validator, &mut translated, &scope)
            .translate(component)
            .map_err(|error| unsupported::not_flattened(&error.to_string(), scan, types))?;
    let root = &translation.component;

    let mut steps = Steps::new(&modules, &scope, options, (scan, valid))?;
    steps.plan(root)?;

    let docs = Docs::read(scan);
    let mut table = TypeTable::new(types, &translated, &docs);
    for name in &scan.exports {
        if let Some(item) = types.component_item_for_export(name) {
            table.learn_names(name, item.ty, None);
        }
    }
    for (name, _) in &scan.imports {
        if let Some(item) = types.component_item_for_import(name) {
            table.learn_names(name, item.ty, None);
        }
    }
    let mut resources = steps::resources(root, &docs);
    let mut exports = Exports {
        component: root,
        translated: &translated,
        steps: &steps,
        types: &mut table,
        docs: &docs,
        resources: &mut resources,
        funcs: Vec::new(),
    };
    let mut export_tree = exports.read(scan)?;
    let mut funcs = exports.funcs;
    // Imports come after, so that the contract can tell what exports refer to.
    let promised = table.len();
    let mut imports = Imports {
        component: root,
        types: &mut table,
        docs: &docs,
        funcs: Vec::new(),
    };
    let mut import_tree = imports.read(scan)?;
    let import_funcs = imports.funcs;
    let trampolines = trampolines::trampolines(&translation, &translated, &table, &import_funcs)?;
    let clone = state::clone_info(&steps, &trampolines, &resources);
    let types = table.finish();
    // An entry runs by itself: where core modules call the host, calls need more.
    let adapters = steps.modules.iter().any(|module| module.adapter);
    if trampolines.is_empty() && resources.is_empty() && !adapters {
        entry::add(&mut steps, &mut funcs, &types)?;
    }
    steps.seal();
    let contract = contract::contract(
        &Source::exports(&funcs, &types[..promised], &resources),
        &export_tree,
    )?;
    let mut texts = Texts::new(Source::exports(&funcs, &types, &resources));
    texts.put_on_exports(&mut export_tree)?;
    let mut texts = texts.then(Source::imports(&import_funcs, &types, &resources));
    texts.put_on_imports(&mut import_tree)?;
    let import_text = texts.world(&import_tree)?;
    let features: BTreeSet<_> = steps
        .facts()
        .flat_map(|facts| facts.features.iter().copied())
        .collect();

    Ok(Transpiled {
        plan: Plan {
            format: plan::FORMAT,
            tool: plan::TOOL.to_owned(),
            component: plan::ComponentId {
                digest: match options.digest {
                    Some(digest) => hex(&digest),
                    None => hex(&Sha256::digest(component)),
                },
                size: component.len() as u64,
            },
            metadata: None,
            contract,
            instances: root.num_runtime_component_instances,
            exports: export_tree,
            imports: import_tree,
            import_funcs,
            import_text,
            trampolines,
            tables: steps::tables(&translated),
            slots: plan::Slots {
                memories: root.num_runtime_memories,
                reallocs: root.num_runtime_reallocs,
                post_returns: root.num_runtime_post_returns,
            },
            gate: steps.gate(),
            panic: state::panic_buffer(&steps),
            clone,
            features: features.into_iter().map(str::to_owned).collect(),
            types,
            funcs,
            resources,
            modules: std::mem::take(&mut steps.modules),
            steps: std::mem::take(&mut steps.steps),
        },
        modules: std::mem::take(&mut steps.bytes),
    })
}
