//! Documentation of a contract, from the custom section `package-docs` that WIT tools write: a version byte, then JSON.
//!
//! A component's own types carry no documentation, so without the section there is none. A section that does not parse
//! counts as missing: documentation is for readers and never a reason to refuse a component.

use crate::limits;
use crate::plan::{Shape, Type};
use crate::scan::Scan;
use serde_json::Value;
use std::cell::Cell;

/// The documentation of one package.
#[derive(Default)]
pub(crate) struct Docs {
    root: Value,
    /// `namespace:name` of the package that the section documents, and its version's suffix: `@1.0.0` or nothing.
    package: Option<(String, String)>,
    /// Bytes handed out; one text can be asked for many times by a hostile component.
    given: Cell<usize>,
}

impl Docs {
    /// Reads the section. It does not tell its package, which is taken to be that of the first export in one, or else of
    /// the first import.
    pub(crate) fn read(scan: &Scan<'_>) -> Docs {
        let root = scan
            .docs
            .filter(|data| data.len() <= limits::DOCS_SIZE)
            .and_then(|data| match data.split_first() {
                Some((0 | 1, json)) => serde_json::from_slice(json).ok(),
                _ => None,
            })
            .unwrap_or_default();
        let imports = scan.imports.iter().map(|(name, _)| name);
        let package = scan.exports.iter().chain(imports).find_map(|name| {
            let (package, rest) = name.split_once('/')?;
            let version = rest
                .split_once('@')
                .map(|(_, version)| format!("@{version}"))
                .unwrap_or_default();
            Some((package.to_owned(), version))
        });
        Docs {
            root,
            package,
            given: Cell::new(0),
        }
    }

    /// The documentation of an interface.
    pub(crate) fn interface(&self, name: &str) -> String {
        self.of_interface(name)
            .map(|item| self.text(item))
            .unwrap_or_default()
    }

    /// The documentation of a function.
    pub(crate) fn func(&self, interface: Option<&str>, name: &str) -> String {
        self.item(interface, "funcs", name)
            .map(|item| self.text(item))
            .unwrap_or_default()
    }

    /// The documentation of a resource.
    pub(crate) fn resource(&self, interface: Option<&str>, name: &str) -> String {
        self.item(interface, "types", name)
            .map(|item| self.text(item))
            .unwrap_or_default()
    }

    /// Puts the documentation of a type and its parts on it.
    pub(crate) fn put_on_type(&self, ty: &mut Type, interface: Option<&str>, name: &str) {
        let Some(item) = self.item(interface, "types", name) else {
            return;
        };
        ty.docs = self.text(item);
        let part = |name: &str| {
            item.get("items")
                .and_then(|items| items.get(name))
                .map(|item| self.text(item))
                .unwrap_or_default()
        };
        match &mut ty.shape {
            Shape::Record { fields } => fields
                .iter_mut()
                .for_each(|field| field.docs = part(&field.name)),
            Shape::Variant { cases, .. } => cases
                .iter_mut()
                .for_each(|case| case.docs = part(&case.name)),
            Shape::Enum { cases, .. } => cases
                .iter_mut()
                .for_each(|case| case.docs = part(&case.name)),
            Shape::Flags { flags } => flags
                .iter_mut()
                .for_each(|flag| flag.docs = part(&flag.name)),
            _ => {}
        }
    }

    fn item(&self, interface: Option<&str>, sort: &str, name: &str) -> Option<&Value> {
        self.of_interface(interface?)?.get(sort)?.get(name)
    }

    fn of_interface(&self, name: &str) -> Option<&Value> {
        let (package, version) = self.package.as_ref()?;
        let name = name.strip_prefix(package.as_str())?.strip_prefix('/')?;
        let name = name.strip_suffix(version.as_str())?;
        self.root.get("interfaces")?.get(name)
    }

    /// Functions were once documented by a bare string, everything else by an object.
    fn text(&self, item: &Value) -> String {
        let text = item
            .as_str()
            .or_else(|| item.get("docs")?.as_str())
            .unwrap_or_default()
            .trim();
        self.given.set(self.given.get() + text.len());
        if self.given.get() > limits::DOCS_SIZE {
            return String::new();
        }
        text.to_owned()
    }
}
