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
        let text = with_deprecation(text, item.get("stability"));
        self.given.set(self.given.get() + text.len());
        if self.given.get() > limits::DOCS_SIZE {
            return String::new();
        }
        text
    }
}

/// The text with the paragraph that says `@deprecated(version = …)`, in the form that Go's tools know. A text that has
/// such a paragraph of its own says more than the version, and is left as it is.
fn with_deprecation(text: &str, stability: Option<&Value>) -> String {
    let deprecated = || {
        let stability = stability?;
        let gate = stability
            .get("stable")
            .or_else(|| stability.get("unstable"))?;
        let version = gate.get("deprecated")?.as_str()?;
        let known =
            |character: char| character.is_ascii_alphanumeric() || "+-.".contains(character);
        (version.len() <= limits::VERSION_SIZE && version.chars().all(known)).then_some(version)
    };
    let said = text.lines().any(|line| line.starts_with("Deprecated:"));
    match deprecated() {
        Some(version) if !said => format!("{text}\n\nDeprecated: since version {version}.")
            .trim_start()
            .to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_deprecation_is_a_paragraph_of_its_own() {
        let stable = json!({"stable": {"since": "1.0.0", "deprecated": "1.2.0"}});
        let unstable = json!({"unstable": {"feature": "x", "deprecated": "2.0.0-rc.1+b"}});
        let plain = json!({"stable": {"since": "1.0.0"}});
        for (text, stability, expected) in [
            (
                "Adds.",
                Some(&stable),
                "Adds.\n\nDeprecated: since version 1.2.0.",
            ),
            ("", Some(&stable), "Deprecated: since version 1.2.0."),
            (
                "Adds.",
                Some(&unstable),
                "Adds.\n\nDeprecated: since version 2.0.0-rc.1+b.",
            ),
            ("Adds.", Some(&plain), "Adds."),
            ("Adds.", None, "Adds."),
            (
                "Adds.\n\nDeprecated: use sum.",
                Some(&stable),
                "Adds.\n\nDeprecated: use sum.",
            ),
        ] {
            assert_eq!(with_deprecation(text, stability), expected);
        }
    }

    #[test]
    fn a_forged_deprecation_is_none() {
        for stability in [
            json!("stable"),
            json!({"stable": null}),
            json!({"stable": {"deprecated": 1}}),
            json!({"stable": {"deprecated": "1.0.0\nuse evil"}}),
            json!({"stable": {"deprecated": "1".repeat(10_000)}}),
        ] {
            assert_eq!(with_deprecation("Adds.", Some(&stability)), "Adds.");
        }
    }
}
