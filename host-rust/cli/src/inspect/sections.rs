//! The custom sections of a component and of the core modules in it.

use serde::Serialize;
use wasmparser::{Parser, Payload};

/// A custom section.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Section {
    /// Its name.
    pub(crate) name: String,
    /// Its content's bytes.
    pub(crate) size: usize,
    /// How deep the module or component that holds it is nested; 0 is the file itself.
    pub(crate) depth: usize,
}

/// Every custom section in the order of the file, which has passed validation.
pub(crate) fn list(component: &[u8]) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) => sections.push(Section {
                name: section.name().to_owned(),
                size: section.data().len(),
                depth,
            }),
            _ => {}
        }
    }
    sections
}
