//! What differs between two contracts.
//!
//! The question is whether kernels of the new one can stand in for those of the old one: callers of what they export, and
//! hosts that grant what they import, are as they were compiled. The hosts ask the same of a kernel before it serves
//! (`Contract.Check` in Go), and what is no major step here is accepted there.

use super::model::{Func, Interface, Model, Note, Part, Place, Shape, TypeItem, World};
use super::parts;
use super::rules::{Rule, Step};
use serde::Serialize;
use std::collections::BTreeMap;

/// Whom a difference meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// Callers of kernels.
    Export,
    /// Hosts, which grant imports.
    Import,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) rule: Rule,
    /// The step that it asks for.
    pub(crate) step: Step,
    pub(crate) side: Side,
    /// What differs, as in `tenon:redact/redactor#redact.text`.
    pub(crate) path: String,
    /// What was and what is, in a few words.
    pub(crate) message: String,
    /// Where it was, if that was text.
    pub(crate) was: Option<Place>,
    /// Where it is or was taken from, if that is text.
    pub(crate) is: Option<Place>,
}

/// All differences, by path in the order of names.
pub(crate) fn compare(old: &Model, new: &Model) -> Vec<Difference> {
    let mut comparer = Comparer {
        old,
        new,
        found: Vec::new(),
        side: Side::Export,
    };
    comparer.package();
    comparer.worlds();
    comparer.interfaces();
    comparer.found
}

pub(super) struct Comparer<'a> {
    old: &'a Model,
    new: &'a Model,
    found: Vec<Difference>,
    side: Side,
}

/// Two notes: of what was, and of what is or surrounds it.
pub(super) type Notes<'a> = (&'a Note, &'a Note);

impl Comparer<'_> {
    pub(super) fn add(&mut self, rule: Rule, path: &str, notes: Notes<'_>, message: String) {
        self.add_step(rule, rule.step(), path, notes, message);
    }

    fn add_step(&mut self, rule: Rule, step: Step, path: &str, notes: Notes<'_>, message: String) {
        self.found.push(Difference {
            rule,
            step,
            side: self.side,
            path: path.to_owned(),
            message,
            was: notes.0.place.clone(),
            is: notes.1.place.clone(),
        });
    }

    /// Documentation and deprecation of an item that is on both sides.
    pub(super) fn notes(&mut self, path: &str, old: &Note, new: &Note) {
        if !(self.old.documented && self.new.documented) {
            return;
        }
        if old.docs != new.docs {
            let what = match (old.docs.is_empty(), new.docs.is_empty()) {
                (true, _) => "is documented",
                (_, true) => "is not documented any more",
                _ => "has other words",
            };
            self.add(Rule::DocsChanged, path, (old, new), what.into());
        }
        let message = match (&old.deprecated, &new.deprecated) {
            (old, new) if old == new => return,
            (None, Some(version)) => format!("is deprecated since {version}"),
            (Some(_), Some(version)) => format!("is said to be deprecated since {version}"),
            _ => "is not deprecated any more".into(),
        };
        self.add(Rule::DeprecationChanged, path, (old, new), message);
    }

    fn package(&mut self) {
        let (old, new) = (self.old, self.new);
        let notes = (&old.note, &new.note);
        if old.package != new.package {
            let name = |model: &Model| match model.package.as_str() {
                "" => "no package".to_owned(),
                name => name.to_owned(),
            };
            let message = format!("was {}", name(old));
            self.add(Rule::PackageRenamed, &name(new), notes, message);
        }
        self.notes(&new.package, &old.note, &new.note);
        for (key, was) in &old.dependencies {
            let tracked = |full: &str| {
                full.rsplit_once('@')
                    .map_or("", |(_, version)| version)
                    .to_owned()
            };
            if let Some(is) = new.dependencies.get(key)
                && was != is
            {
                let message = format!("was {}, is {}", tracked(was), tracked(is));
                self.add(Rule::DependencyVersionChanged, key, notes, message);
            }
        }
    }

    fn worlds(&mut self) {
        let (old, new) = (self.old, self.new);
        for (name, was) in &old.worlds {
            let path = new.path(name);
            match new.worlds.get(name) {
                Some(is) => self.world(&path, was, is),
                None => self.add(
                    Rule::WorldRemoved,
                    &path,
                    (was.note_or(&old.note), &new.note),
                    "the world is gone".into(),
                ),
            }
        }
        for (name, is) in &new.worlds {
            if !old.worlds.contains_key(name) {
                let path = new.path(name);
                self.add(
                    Rule::WorldAdded,
                    &path,
                    (&old.note, is.note_or(&new.note)),
                    "a new world".into(),
                );
            }
        }
    }

    fn world(&mut self, path: &str, old: &World, new: &World) {
        if let (Some(old), Some(new)) = (&old.note, &new.note) {
            self.notes(path, old, new);
        }
        let around = (old.note_or(&self.old.note), new.note_or(&self.new.note));
        for (key, was) in &old.exports {
            if !new.exports.contains_key(key) {
                let message = format!("does not export {} any more", self.new.path(key));
                self.add(Rule::ExportRemoved, path, (was, around.1), message);
            }
        }
        for (key, is) in &new.exports {
            if !old.exports.contains_key(key) {
                let message = format!("exports {}, too", self.new.path(key));
                self.add(Rule::ExportAdded, path, (around.0, is), message);
            }
        }
        self.interface(path, &old.own_exports, &new.own_exports);
        self.side = Side::Import;
        for (key, (full, was)) in &old.imports {
            match new.imports.get(key) {
                None => {
                    let message = format!("does not import {} any more", self.new.path(key));
                    self.add(Rule::ImportRemoved, path, (was, around.1), message);
                }
                Some((now, is)) if full != now => {
                    let (notes, message) = ((was, is), format!("imports {now}, was {full}"));
                    if key.contains(':') {
                        self.add(Rule::ImportVersionChanged, path, notes, message);
                    } else if self.across_pre_releases() {
                        let rule = Rule::ImportVersionChanged;
                        self.add_step(rule, Step::Major, path, notes, message);
                    } // Else the package's own version moves with the package.
                }
                Some(_) => {}
            }
        }
        for (key, (_, is)) in &new.imports {
            if !old.imports.contains_key(key) {
                let message = format!("imports {}, too", self.new.path(key));
                self.add(Rule::ImportAdded, path, (around.0, is), message);
            }
        }
        self.side = Side::Export;
        self.interface(path, &old.own_imports, &new.own_imports);
    }

    /// Whether one of the packages is a pre-release, whose grants serve no other version.
    fn across_pre_releases(&self) -> bool {
        let versions = [&self.old.version, &self.new.version];
        let mut versions = versions.into_iter().flatten();
        versions.any(|version| !version.pre.is_empty())
    }

    fn interfaces(&mut self) {
        let (old, new) = (self.old, self.new);
        for (key, was) in &old.interfaces {
            let path = new.path(key);
            match new.interfaces.get(key) {
                Some(is) => {
                    self.notes(&path, &was.note, &is.note);
                    self.interface(&path, was, is);
                }
                None if key.contains(':') => {} // Whoever refers to it says so.
                None => self.whole(&path, was, &new.note, false),
            }
        }
        for (key, is) in &new.interfaces {
            if !old.interfaces.contains_key(key) && !key.contains(':') {
                self.whole(&new.path(key), is, &old.note, true);
            }
        }
    }

    /// An interface that is on one side only.
    fn whole(&mut self, path: &str, interface: &Interface, other: &Note, added: bool) {
        self.side = side_of(interface.exported);
        if added {
            let step = match interface.imported {
                true => Step::Major,
                false => Step::Minor,
            };
            let notes = (other, &interface.note);
            self.add_step(
                Rule::InterfaceAdded,
                step,
                path,
                notes,
                "a new interface".into(),
            );
        } else {
            let step = match interface.exported {
                true => Step::Major,
                false => Step::Minor,
            };
            let notes = (&interface.note, other);
            self.add_step(
                Rule::InterfaceRemoved,
                step,
                path,
                notes,
                "the interface is gone".into(),
            );
        }
        self.side = Side::Export;
    }

    /// Types and functions. What hosts grant may become less, and what callers call may become more.
    fn interface(&mut self, path: &str, old: &Interface, new: &Interface) {
        let exported = old.exported;
        let imported = old.imported && new.imported;
        let more = if imported { Step::Major } else { Step::Minor };
        let less = if exported { Step::Major } else { Step::Minor };
        self.side = side_of(exported);
        for (name, was) in &old.types {
            let path = format!("{path}#{name}");
            match new.types.get(name) {
                Some(is) => self.type_item(&path, was, is),
                None => {
                    let rule = by_kind(was, Rule::ResourceRemoved, Rule::TypeRemoved);
                    let message = format!("the {} is gone", kind_word(&was.shape));
                    self.add_step(rule, less, &path, (&was.note, &new.note), message);
                }
            }
        }
        for (name, was) in &old.funcs {
            let path = format!("{path}#{}", shown(name));
            match new
                .funcs
                .get(name)
                .map(|is| (name, is))
                .or_else(|| same_name(&new.funcs, name))
            {
                Some((_, is)) => self.func(&path, was, is),
                None => {
                    let message = format!("{} is gone", signature(was));
                    self.add_step(
                        Rule::FunctionRemoved,
                        less,
                        &path,
                        (&was.note, &new.note),
                        message,
                    );
                }
            }
        }
        self.side = side_of(!imported);
        for (name, is) in &new.types {
            if !old.types.contains_key(name) {
                let rule = by_kind(is, Rule::ResourceAdded, Rule::TypeAdded);
                let message = format!("a new {}", kind_word(&is.shape));
                let path = format!("{path}#{name}");
                self.add_step(rule, more, &path, (&old.note, &is.note), message);
            }
        }
        for (name, is) in &new.funcs {
            if !old.funcs.contains_key(name) && same_name(&old.funcs, name).is_none() {
                let path = format!("{path}#{}", shown(name));
                let message = format!("a new {}", signature(is));
                self.add_step(
                    Rule::FunctionAdded,
                    more,
                    &path,
                    (&old.note, &is.note),
                    message,
                );
            }
        }
        self.side = Side::Export;
    }

    fn func(&mut self, path: &str, old: &Func, new: &Func) {
        let notes = (&old.note, &new.note);
        self.notes(path, &old.note, &new.note);
        if old.kind != new.kind {
            let message = format!("was {}, is {}", old.kind, new.kind);
            self.add(Rule::FunctionKindChanged, path, notes, message);
        }
        self.parts(path, &parts::PARAMETERS, (&old.params, &new.params), notes);
        if old.result != new.result {
            let text = |result: &Option<String>| result.clone().unwrap_or_else(|| "nothing".into());
            let message = format!(
                "answered with {}, answers with {}",
                text(&old.result),
                text(&new.result)
            );
            self.add(Rule::ResultChanged, path, notes, message);
        }
    }

    fn type_item(&mut self, path: &str, old: &TypeItem, new: &TypeItem) {
        self.notes(path, &old.note, &new.note);
        if let (Some(was), Some(is)) = (&old.origin, &new.origin)
            && was == is
            && self.old.has_type(was)
            && self.new.has_type(is)
        {
            return; // It is compared where it is defined.
        }
        let notes = (&old.note, &new.note);
        let (rules, was, is) = match (&old.shape, &new.shape) {
            (Shape::Record(was), Shape::Record(is)) => (&parts::FIELDS, was, is),
            (Shape::Variant(was), Shape::Variant(is)) => (&parts::CASES, was, is),
            (Shape::Enum(was), Shape::Enum(is)) => (&parts::ENUM_CASES, was, is),
            (Shape::Flags(was), Shape::Flags(is)) => (&parts::FLAGS, was, is),
            (was, is) => {
                if was != is {
                    let message = format!("was {}, is {}", was.word(), is.word());
                    self.add(Rule::TypeChanged, path, notes, message);
                }
                return;
            }
        };
        self.parts(path, rules, (was, is), notes);
    }
}

fn side_of(exported: bool) -> Side {
    if exported { Side::Export } else { Side::Import }
}

fn by_kind(item: &TypeItem, resource: Rule, other: Rule) -> Rule {
    match item.shape {
        Shape::Resource => resource,
        _ => other,
    }
}

fn kind_word(shape: &Shape) -> &str {
    match shape {
        Shape::Other(_) => "type",
        shape => shape.word(),
    }
}

/// `[method]blob.read` as people call it: `blob.read`; a constructor is `blob.constructor`.
fn shown(name: &str) -> String {
    match name.strip_prefix('[').and_then(|name| name.split_once(']')) {
        Some(("constructor", resource)) => format!("{resource}.constructor"),
        Some((_, method)) => method.to_owned(),
        None => name.to_owned(),
    }
}

/// A function that people would call the same, though it is of another kind.
fn same_name<'a>(funcs: &'a BTreeMap<String, Func>, name: &str) -> Option<(&'a String, &'a Func)> {
    let wanted = shown(name);
    funcs.iter().find(|(name, _)| shown(name) == wanted)
}

fn signature(func: &Func) -> String {
    let params: Vec<String> = func.params.iter().map(parameter).collect();
    let result = func.result.as_ref();
    let result = result.map_or_else(String::new, |ty| format!(" -> {ty}"));
    format!("{}({}){result}", func.kind, params.join(", "))
}

fn parameter(part: &Part) -> String {
    format!("{}: {}", part.name, part.ty.as_deref().unwrap_or_default())
}
