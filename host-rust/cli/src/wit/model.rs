//! A contract as it is compared: names, order and types as text, apart from where it was read from.

use std::collections::BTreeMap;

/// What wit-parser calls the world of a component.
pub(crate) const NAMELESS: &str = "root";

/// A WIT package, or what a component shows of one.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Namespace and name, as in `tenon:redact`; empty for a component that exports no interface of a package.
    pub(crate) package: String,
    /// The package's version.
    pub(crate) version: Option<semver::Version>,
    /// What is said about the package.
    pub(crate) note: Note,
    /// Whether documentation is known at all: most components carry none.
    pub(crate) documented: bool,
    /// Interfaces by name; those of other packages as `wasi:io/streams@0.2`, with the part of the version that
    /// compatible ones share.
    pub(crate) interfaces: BTreeMap<String, Interface>,
    /// Worlds by name.
    pub(crate) worlds: BTreeMap<String, World>,
    /// Full names of foreign interfaces that exports refer to, by their name among the interfaces.
    pub(crate) dependencies: BTreeMap<String, String>,
}

impl Model {
    /// An interface's name for people: `tenon:redact/redactor`.
    pub(crate) fn path(&self, key: &str) -> String {
        match key.contains(':') || self.package.is_empty() {
            true => key.to_owned(),
            false => format!("{}/{key}", self.package),
        }
    }

    /// Whether a type, given by interface and name, is in it.
    pub(crate) fn has_type(&self, (interface, name): &(String, String)) -> bool {
        let interface = self.interfaces.get(interface);
        interface.is_some_and(|interface| interface.types.contains_key(name))
    }

    /// Calls the one world of another model as that of this one is called, where that is a component's without a name.
    pub(crate) fn name_world_as(&mut self, other: &mut Model) {
        let only = |model: &Model| model.worlds.keys().next().cloned();
        match (only(self), only(other)) {
            (Some(mine), Some(its)) if its == NAMELESS => other.rename_world(&its, &mine),
            (Some(mine), Some(its)) if mine == NAMELESS => self.rename_world(&mine, &its),
            _ => {}
        }
    }

    fn rename_world(&mut self, from: &str, to: &str) {
        if let Some(world) = self.worlds.remove(from) {
            self.worlds.insert(to.to_owned(), world);
        }
        let prefix = format!("{from}.");
        let rename = |key: &str| match key.strip_prefix(&prefix) {
            Some(rest) => format!("{to}.{rest}"),
            None => key.to_owned(),
        };
        let interfaces = std::mem::take(&mut self.interfaces).into_iter();
        self.interfaces = interfaces.map(|(key, it)| (rename(&key), it)).collect();
        for world in self.worlds.values_mut() {
            let exports = std::mem::take(&mut world.exports).into_iter();
            world.exports = exports.map(|(key, it)| (rename(&key), it)).collect();
            let imports = std::mem::take(&mut world.imports).into_iter();
            world.imports = imports.map(|(key, it)| (rename(&key), it)).collect();
        }
    }

    /// Leaves out imports that another model does not have: a kernel need not use all that its world offers.
    pub(crate) fn forget_imports_but_of(&mut self, other: &Model) {
        for (name, world) in &mut self.worlds {
            if let Some(used) = other.worlds.get(name) {
                world
                    .imports
                    .retain(|key, _| used.imports.contains_key(key));
                world.own_imports.keep_what_is_in(&used.own_imports);
            }
        }
        self.interfaces.retain(|key, interface| {
            if interface.exported || !interface.imported {
                return true;
            }
            let Some(used) = other.interfaces.get(key) else {
                return false;
            };
            interface.keep_what_is_in(used);
            true
        });
    }

    /// The package with its version.
    pub(crate) fn full_name(&self) -> String {
        match &self.version {
            _ if self.package.is_empty() => "no package".to_owned(),
            Some(version) => format!("{}@{version}", self.package),
            None => self.package.clone(),
        }
    }
}

/// What is said about an item, and where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Note {
    /// The documentation, without the white space around it.
    pub(crate) docs: String,
    /// Since which version it is deprecated.
    pub(crate) deprecated: Option<String>,
    /// Where it stands, if it was read from text.
    pub(crate) place: Option<Place>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The path as it was given.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: u32,
}

/// Functions and types.
#[derive(Debug, Default)]
pub(crate) struct Interface {
    pub(crate) note: Note,
    /// Whether kernels import it, so that hosts have to provide what is in it.
    pub(crate) imported: bool,
    /// Whether kernels export it, or it is nobody's import.
    pub(crate) exported: bool,
    pub(crate) types: BTreeMap<String, TypeItem>,
    /// Functions as components name them: `redact`, `[method]blob.read`.
    pub(crate) funcs: BTreeMap<String, Func>,
}

impl World {
    /// What is said about it, or about the package that it shows.
    pub(crate) fn note_or<'a>(&'a self, package: &'a Note) -> &'a Note {
        self.note.as_ref().unwrap_or(package)
    }
}

impl Interface {
    fn keep_what_is_in(&mut self, other: &Interface) {
        self.types.retain(|name, _| other.types.contains_key(name));
        self.funcs.retain(|name, _| other.funcs.contains_key(name));
    }
}

/// A named type.
#[derive(Debug)]
pub(crate) struct TypeItem {
    pub(crate) note: Note,
    pub(crate) shape: Shape,
    /// Interface and name of the type that this is another name of.
    pub(crate) origin: Option<(String, String)>,
}

/// What a type is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Record(Vec<Part>),
    Variant(Vec<Part>),
    Enum(Vec<Part>),
    Flags(Vec<Part>),
    Resource,
    /// Anything else, as text.
    Other(String),
}

impl Shape {
    /// What WIT calls it.
    pub(crate) fn word(&self) -> &str {
        match self {
            Shape::Record(_) => "record",
            Shape::Variant(_) => "variant",
            Shape::Enum(_) => "enum",
            Shape::Flags(_) => "flags",
            Shape::Resource => "resource",
            Shape::Other(text) => text,
        }
    }
}

/// A field, case, flag or parameter.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// Its type as text; `None` for a case without one, and for flags.
    pub(crate) ty: Option<String>,
    pub(crate) note: Note,
}

impl PartialEq for Part {
    fn eq(&self, other: &Part) -> bool {
        self.name == other.name && self.ty == other.ty
    }
}

impl Eq for Part {}

/// A function.
#[derive(Debug)]
pub(crate) struct Func {
    pub(crate) note: Note,
    /// `func`, `static func`, `async func` and so on.
    pub(crate) kind: &'static str,
    pub(crate) params: Vec<Part>,
    pub(crate) result: Option<String>,
}

/// What a kernel exports and imports.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// `None` where it is a component's, which keeps neither name nor documentation of its world.
    pub(crate) note: Option<Note>,
    /// Imported interfaces that need something from a host: by name, with the full name.
    pub(crate) imports: BTreeMap<String, (String, Note)>,
    /// Exported interfaces.
    pub(crate) exports: BTreeMap<String, Note>,
    /// Functions that are imported outside of any interface.
    pub(crate) own_imports: Interface,
    /// Types of the world, and functions that are exported outside of any interface.
    pub(crate) own_exports: Interface,
}
