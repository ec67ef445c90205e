//! What a component asks of its host, as a tree.

use super::signature;
use serde::Serialize;
use tenon_transpile::plan::{Import, ImportItem, Plan};

/// An import, or an item of an interface that is imported.
#[derive(Serialize)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    /// `instance` (an interface), `func`, `resource`, `type`, `module` or `component`.
    pub(super) kind: &'static str,
    /// Whether a host has to supply it; types need nothing.
    pub(super) needs_grant: bool,
    /// A function's type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signature: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) docs: &'a str,
    /// Why it is there by mistake, and how to be rid of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cure: Option<&'static str>,
    /// What is in an interface.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) items: Vec<Wanted<'a>>,
}

/// All imports in the order of the component.
pub(super) fn tree<'a>(plan: &'a Plan, imports: &'a [Import]) -> Vec<Wanted<'a>> {
    imports.iter().map(|import| wanted(plan, import)).collect()
}

fn wanted<'a>(plan: &'a Plan, import: &'a Import) -> Wanted<'a> {
    let mut wanted = Wanted {
        name: &import.name,
        kind: "",
        needs_grant: import.needs_grant(),
        signature: None,
        docs: "",
        cure: import.cure,
        items: Vec::new(),
    };
    wanted.kind = match &import.item {
        ImportItem::Instance { docs, exports, .. } => {
            wanted.docs = docs;
            wanted.items = tree(plan, exports);
            "instance"
        }
        ImportItem::Func { func } => {
            if let Some(func) = plan.import_funcs.get(*func as usize) {
                wanted.docs = &func.docs;
                wanted.signature = Some(signature::function(plan, &func.params, func.result));
            }
            "func"
        }
        ImportItem::Resource { resource } => {
            if let Some(resource) = plan.resources.get(*resource as usize) {
                wanted.docs = &resource.docs;
            }
            "resource"
        }
        ImportItem::Type { .. } => "type",
        ImportItem::Module => "module",
        ImportItem::Component => "component",
    };
    wanted
}
