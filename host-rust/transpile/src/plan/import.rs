//! What a component asks of its host.

#[cfg(doc)]
use super::Plan;
use super::{Encoding, Param, Spill, TypeIndex};
use serde::Serialize;

/// An import of the component, or an item of an instance that it imports.
#[derive(Clone, Debug, Serialize)]
pub struct Import {
    /// Full name; within an instance the item's own.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub item: ImportItem,
    /// For an import that is known to come about by mistake, why it is there and how to be rid of it
    /// ([`explain_import`](crate::explain_import)). Only the component's own imports that need a grant have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<&'static str>,
}

/// What an [`Import`] is.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ImportItem {
    /// An interface.
    Instance {
        /// Documentation.
        docs: String,
        /// The interface as canonical WIT, in the form of [`Contract::text`](super::Contract::text).
        text: String,
        /// What is in it.
        exports: Vec<Import>,
    },
    /// A function.
    Func {
        /// Index into [`Plan::import_funcs`].
        func: u32,
    },
    /// A type of values.
    Type {
        /// Index into [`Plan::types`]; `None` for a type that no function refers to.
        #[serde(rename = "type")]
        ty: Option<TypeIndex>,
    },
    /// A resource type, which the host defines.
    Resource {
        /// Index into [`Plan::resources`].
        resource: u32,
    },
    /// A core module.
    Module,
    /// A component.
    Component,
}

/// A function that the component imports, whether its code calls it or not.
#[derive(Clone, Debug, Serialize)]
pub struct ImportFunc {
    /// The names that lead to it: those of the instances it is in, outer ones first, then its own.
    pub path: Vec<String>,
    /// Name, as `write` or `[method]blob.read`.
    pub name: String,
    /// The interface it is in; `None` for a function imported by itself.
    pub interface: Option<String>,
    /// Documentation.
    pub docs: String,
    /// Parameters in order.
    pub params: Vec<Param>,
    /// Type of the result.
    pub result: Option<TypeIndex>,
}

/// How core code calls an imported function: the options of a `canon lower`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LowerImport {
    /// Index into [`Plan::import_funcs`].
    pub import: u32,
    /// Slot of the memory for strings, lists and what spills.
    pub memory: Option<u32>,
    /// Slot of the allocator for strings and lists of the result.
    pub realloc: Option<u32>,
    /// Encoding of strings.
    pub encoding: Encoding,
    /// Layout of the parameters in memory, when there are more than 16 flat ones: the first core parameter is then
    /// their address.
    pub spill_params: Option<Spill>,
    /// Whether the last core parameter is the address to store the result at.
    pub spill_result: bool,
    /// The component instance that calls.
    pub component_instance: u32,
}
