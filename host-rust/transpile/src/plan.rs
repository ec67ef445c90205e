//! The plan as data: what it takes to instantiate a component and to call it, with nothing left to look up by name.
//!
//! The plan is serialised as JSON for the Go host (`host-go/internal/plan` reads it). It is a cache format, not an
//! interchange format: a reader that meets another [`FORMAT`] transpiles the component again.

mod import;
mod interface;

pub use import::*;
pub use interface::*;

use serde::Serialize;

/// The version of this format.
pub const FORMAT: u32 = 4;

/// What made a plan: part of every cache key, since another transpile may plan differently.
pub const TOOL: &str = concat!("tenon-transpile ", env!("CARGO_PKG_VERSION"));

/// A component, flattened.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// [`FORMAT`].
    pub format: u32,
    /// [`TOOL`].
    pub tool: String,
    /// The component this plan is of.
    pub component: ComponentId,
    /// The JSON of the custom section `tenon:kernel`.
    pub metadata: Option<serde_json::Value>,
    /// What the component's exports promise; `None` when it exports no interface with a package name.
    pub contract: Option<Contract>,
    /// The core modules, in the order of their bytes in the container.
    pub modules: Vec<Module>,
    /// The number of component instances; each has a flags global.
    pub instances: u32,
    /// All types, each after those it refers to.
    pub types: Vec<Type>,
    /// Exported functions.
    pub funcs: Vec<Func>,
    /// Exports, as a tree.
    pub exports: Vec<Export>,
    /// Imports, as a tree.
    pub imports: Vec<Import>,
    /// Imported functions.
    pub import_funcs: Vec<ImportFunc>,
    /// The functions and types that are imported outside of any interface as canonical WIT, in the form of
    /// [`Contract::text`]; empty when there are none.
    pub import_text: String,
    /// How to instantiate, in order.
    pub steps: Vec<Step>,
    /// Functions that the host supplies to core modules.
    pub trampolines: Vec<Trampoline>,
    /// Resource types, those that the host defines first.
    pub resources: Vec<Resource>,
    /// Handle tables: a resource as seen by one component instance.
    pub tables: Vec<Table>,
    /// How many slots the steps fill.
    pub slots: Slots,
    /// The counters by which a host stops the core modules; `None` when they are not hardened, or when there are none.
    pub gate: Option<Gate>,
    /// The kernel SDK's panic buffer.
    pub panic: Option<PanicBuffer>,
    /// Whether and how the state of an instance can be copied into another.
    pub clone: CloneInfo,
    /// The proposals beyond WebAssembly 1.0 in use, by the names of `-C target-feature`, sorted.
    pub features: Vec<String>,
}

/// Identity of a component.
#[derive(Clone, Debug, Serialize)]
pub struct ComponentId {
    /// SHA-256 of the bytes, in hexadecimal.
    pub digest: String,
    /// Number of bytes.
    pub size: u64,
}

/// Names and structure of the exported interfaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contract {
    /// Namespace and name, as `tenon:redact`.
    pub package: String,
    /// Semantic version, as `1.0.0`; empty when the package has none.
    pub version: String,
    /// Full names of the exported interfaces, sorted.
    pub interfaces: Vec<String>,
    /// SHA-256 of `text`, in hexadecimal. Two components with the same hash can stand in for each other.
    pub hash: String,
    /// WIT without documentation; interfaces, types and functions in the order of their names.
    pub text: String,
}

/// One core module of the container.
#[derive(Clone, Debug, Serialize)]
pub struct Module {
    /// Number of bytes.
    pub size: u64,
    /// SHA-256 of the bytes, in hexadecimal; empty where the host computes it: [`Options::digest`](crate::Options::digest).
    pub digest: String,
    /// Whether the translator made this module to connect two nested components.
    pub adapter: bool,
}

/// A value type of core WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CoreType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// Function reference.
    FuncRef,
    /// Host reference.
    ExternRef,
}

/// A signature of core WebAssembly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CoreSignature {
    /// Parameter types.
    pub params: Vec<CoreType>,
    /// Result types.
    pub results: Vec<CoreType>,
}

/// A core function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CoreFunc {
    /// The export of a core instance.
    Export {
        /// Number of the core instance.
        instance: u32,
        /// Name of the export.
        export: String,
    },
    /// A function of the host.
    Trampoline {
        /// Index into [`Plan::trampolines`].
        trampoline: u32,
    },
}

/// One step of instantiation.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Step {
    /// Makes the next core instance. Its imports are named by where they come from: `i<k>` and the export for core
    /// instance `k`, `t` and `<i>` for trampoline `i`, `f` and `<c>` for the flags global of component instance `c`.
    Instantiate {
        /// Index into [`Plan::modules`].
        module: u32,
    },
    /// Makes the next core instance, of a core module that the component imports.
    InstantiateImport {
        /// The names that lead to the module, outer ones first.
        path: Vec<String>,
    },
    /// Fills a memory slot.
    Memory {
        /// The slot.
        slot: u32,
        /// Number of the core instance.
        instance: u32,
        /// Name of the export.
        export: String,
    },
    /// Fills an allocator slot.
    Realloc {
        /// The slot.
        slot: u32,
        /// The function.
        #[serde(flatten)]
        func: CoreFunc,
    },
    /// Fills a post-return slot.
    PostReturn {
        /// The slot.
        slot: u32,
        /// The function.
        #[serde(flatten)]
        func: CoreFunc,
    },
    /// Makes a resource type known.
    Resource {
        /// Index into [`Plan::resources`].
        resource: u32,
        /// Called with the representation of each dropped own handle.
        destructor: Option<CoreFunc>,
        /// The component instance that defines it.
        component_instance: u32,
    },
}

/// A function that the host supplies.
#[derive(Clone, Debug, Serialize)]
pub struct Trampoline {
    /// What it does.
    #[serde(flatten)]
    pub work: Work,
    /// Signature.
    pub core: CoreSignature,
}

/// What a [`Trampoline`] does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Work {
    /// Calls a function that the component imports.
    LowerImport(LowerImport),
    /// `resource.new`
    ResourceNew(ResourceUse),
    /// `resource.rep`
    ResourceRep(ResourceUse),
    /// `resource.drop`
    ResourceDrop(ResourceUse),
    /// Moves an own handle. Parameters: the handle, its [`Table`], the table to move it to; result: the new handle.
    ResourceTransferOwn,
    /// Lends a handle; parameters and result as for `ResourceTransferOwn`.
    ResourceTransferBorrow,
    /// Copies a string from one memory into another.
    Transcode {
        /// What from and to, as `utf8-to-utf16`.
        transcode: String,
        /// Slot of the memory to read.
        from: u32,
        /// Slot of the memory to write.
        to: u32,
    },
    /// Traps. Parameter: the reason's number in the translator.
    Trap,
    /// Begins a call between component instances, for the accounting of borrows.
    EnterSyncCall,
    /// Ends such a call.
    ExitSyncCall,
    /// Something that no host runs yet; `name` tells what.
    Other {
        /// The translator's name for it.
        name: String,
    },
}

/// Which resource a canonical built-in is about, and who calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceUse {
    /// Index into [`Plan::resources`].
    pub resource: u32,
    /// Index into [`Plan::tables`].
    pub table: u32,
    /// The calling component instance.
    pub component_instance: u32,
}

/// A resource type.
#[derive(Clone, Debug, Serialize)]
pub struct Resource {
    /// The name it is imported or exported under.
    pub name: Option<String>,
    /// The interface that names it.
    pub interface: Option<String>,
    /// The names that lead to it among the imports, outer ones first; `None` for one that the component defines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<Vec<String>>,
    /// The component instance that defines it; 0 for one that is imported.
    pub component_instance: u32,
    /// Documentation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub docs: String,
}

/// The handles to a resource that one component instance holds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Table {
    /// Index into [`Plan::resources`]; `None` for a table that belongs to a type only and never exists.
    pub resource: Option<u32>,
    /// The component instance that holds them.
    pub component_instance: u32,
}

/// How many slots of each sort the steps fill.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Slots {
    /// Memories.
    pub memories: u32,
    /// Allocators.
    pub reallocs: u32,
    /// Post-return functions.
    pub post_returns: u32,
}

/// Where the counters of [`harden`](crate::harden::harden) are: globals that one core instance exports, and that all
/// others share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// Number of the core instance.
    pub instance: u32,
    /// Export of the countdown, an `i64`.
    pub countdown: &'static str,
    /// Export of the stack's counter, an `i32`.
    pub stack: &'static str,
}

/// Where the kernel SDK leaves the message of a panic: a `u32` length in little endian, then that many bytes of UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PanicBuffer {
    /// Number of the core instance.
    pub instance: u32,
    /// Name of the memory's export.
    pub memory: String,
    /// Address of the length.
    pub address: u32,
    /// Bytes of the whole buffer, the length included; it lies within the memory's initial size.
    pub size: u32,
}

/// What an instance's state consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CloneInfo {
    /// Whether `globals` and `memories` are all of the state that can differ between two instances.
    pub safe: bool,
    /// Why not.
    pub reason: String,
    /// Mutable globals by core instance.
    pub globals: Vec<CloneGlobals>,
    /// Memories.
    pub memories: Vec<CloneMemory>,
}

/// The mutable globals that a core instance defines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CloneGlobals {
    /// Number of the core instance.
    pub instance: u32,
    /// Names of their exports.
    pub exports: Vec<String>,
}

/// A memory that a core instance defines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CloneMemory {
    /// Number of the core instance.
    pub instance: u32,
    /// Name of its export.
    pub export: String,
}
