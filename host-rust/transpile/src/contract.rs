//! The contract: names and structure of what a component exports, as text that is the same for every component that
//! keeps the same contract. Documentation, the order of types and functions, and all of the implementation are left out.

use crate::plan::{Contract, Export, Func, Resource, Shape, Type};
use crate::steps::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the contract is read from.
pub(crate) struct Source<'a> {
    pub(crate) exports: &'a [Export],
    pub(crate) funcs: &'a [Func],
    pub(crate) types: &'a [Type],
    pub(crate) resources: &'a [Resource],
}

/// `namespace:name/interface@version`, taken apart.
struct InterfaceName<'a> {
    package: &'a str,
    interface: &'a str,
    version: &'a str,
}

fn parse(name: &str) -> Option<InterfaceName<'_>> {
    let (package, rest) = name.split_once('/')?;
    let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
    Some(InterfaceName {
        package,
        interface,
        version,
    })
}

/// One interface: types and functions by name.
#[derive(Default)]
struct Interface<'a> {
    types: BTreeMap<&'a str, TypeItem>,
    funcs: BTreeMap<&'a str, u32>,
}

enum TypeItem {
    Value(u32),
    Resource,
}

/// The contract, if an interface with a package name is exported. Its package is that of the first one.
pub(crate) fn contract(source: &Source<'_>) -> Option<Contract> {
    let mut interfaces: BTreeMap<&str, Interface<'_>> = BTreeMap::new();
    // What the component exports outside of any interface.
    let mut own = Interface::default();
    let mut exported = Vec::new();
    for export in source.exports {
        match export {
            Export::Instance { name, exports } => {
                exported.push(name.clone());
                let interface = interfaces.entry(name).or_default();
                exports.iter().for_each(|export| interface.add(export));
            }
            other => own.add(other),
        }
    }
    let first = exported.iter().find_map(|name| parse(name))?;
    let (package, version) = (first.package.to_owned(), first.version.to_owned());
    // Exports can use types of interfaces that are imported for their types only; their structure is promised too.
    for (index, ty) in source.types.iter().enumerate() {
        if let (Some(name), Some(interface)) = (&ty.name, &ty.interface) {
            let types = &mut interfaces.entry(interface).or_default().types;
            types.entry(name).or_insert(TypeItem::Value(index as u32));
        }
    }

    let mut packages: BTreeMap<(&str, &str), Vec<(&str, &str)>> = BTreeMap::new();
    let mut unpackaged = Vec::new();
    for &name in interfaces.keys() {
        match parse(name) {
            Some(parts) => packages
                .entry((parts.package, parts.version))
                .or_default()
                .push((parts.interface, name)),
            None => unpackaged.push((name, name)),
        }
    }
    let mut text = Text {
        source,
        text: String::new(),
        depth: 0,
        interface: None,
    };
    text.line(&format!("package {package}{};", at(&version)));
    text.interfaces(
        &packages
            .remove(&(package.as_str(), version.as_str()))
            .unwrap_or_default(),
        &interfaces,
    );
    for ((package, version), names) in &packages {
        text.open(&format!("package {package}{}", at(version)));
        text.interfaces(names, &interfaces);
        text.close();
    }
    text.interfaces(&unpackaged, &interfaces);
    if !own.types.is_empty() || !own.funcs.is_empty() {
        text.open("world root");
        text.items(&own);
        text.close();
    }
    let text = text.text;
    exported.sort();
    Some(Contract {
        package,
        version,
        interfaces: exported,
        hash: hex(&Sha256::digest(&text)),
        text,
    })
}

impl<'a> Interface<'a> {
    fn add(&mut self, export: &'a Export) {
        match export {
            Export::Type { name, ty } => drop(self.types.insert(name, TypeItem::Value(*ty))),
            Export::Resource { name, .. } => drop(self.types.insert(name, TypeItem::Resource)),
            Export::Func { name, func } => drop(self.funcs.insert(name, *func)),
            // A core module has no contract, and WIT has no interfaces in interfaces.
            Export::Instance { .. } | Export::Module { .. } => {}
        }
    }
}

fn at(version: &str) -> String {
    if version.is_empty() {
        String::new()
    } else {
        format!("@{version}")
    }
}

struct Text<'a> {
    source: &'a Source<'a>,
    text: String,
    depth: usize,
    /// The full name of the interface that is being written.
    interface: Option<&'a str>,
}

impl<'a> Text<'a> {
    fn line(&mut self, line: &str) {
        let indent = "  ".repeat(self.depth);
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{indent}{line}");
    }

    fn open(&mut self, head: &str) {
        self.line(&format!("{head} {{"));
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.line("}");
    }

    /// Interfaces by name, given as their names in their package and in full.
    fn interfaces(
        &mut self,
        names: &[(&'a str, &'a str)],
        interfaces: &BTreeMap<&str, Interface<'_>>,
    ) {
        for (short, full) in names {
            self.interface = Some(full);
            self.open(&format!("interface {}", id(short)));
            self.items(&interfaces[full]);
            self.close();
        }
        self.interface = None;
    }

    /// Types, then functions; a resource's functions stand with it.
    fn items(&mut self, interface: &Interface<'_>) {
        for (name, item) in &interface.types {
            match item {
                TypeItem::Value(ty) => self.type_definition(name, *ty),
                TypeItem::Resource => self.resource(name, &interface.funcs),
            }
        }
        for (name, func) in &interface.funcs {
            let with_resource =
                resource_of(name).is_some_and(|resource| interface.types.contains_key(resource));
            if !with_resource {
                let signature = self.signature(*func, 0);
                self.line(&format!("{}: func{signature};", id(name)));
            }
        }
    }

    fn resource(&mut self, resource: &str, funcs: &BTreeMap<&str, u32>) {
        let methods: Vec<_> = funcs
            .iter()
            .filter(|(name, _)| resource_of(name) == Some(resource))
            .collect();
        if methods.is_empty() {
            return self.line(&format!("resource {};", id(resource)));
        }
        self.open(&format!("resource {}", id(resource)));
        for (name, func) in methods {
            let method = name.rsplit_once('.').map_or("", |(_, method)| method);
            let line = if name.starts_with("[constructor]") {
                format!("constructor{};", self.signature(*func, 0))
            } else if name.starts_with("[static]") {
                format!("{}: static func{};", id(method), self.signature(*func, 0))
            } else {
                // The first parameter is the resource itself.
                format!("{}: func{};", id(method), self.signature(*func, 1))
            };
            self.line(&line);
        }
        self.close();
    }

    fn signature(&self, func: u32, skip: usize) -> String {
        let func = &self.source.funcs[func as usize];
        let params = func
            .params
            .iter()
            .skip(skip)
            .map(|param| format!("{}: {}", id(&param.name), self.name(param.ty)));
        let params = params.collect::<Vec<_>>().join(", ");
        let result = func
            .result
            .map(|ty| format!(" -> {}", self.name(ty)))
            .unwrap_or_default();
        format!("({params}){result}")
    }

    fn type_definition(&mut self, name: &str, ty: u32) {
        let name = id(name);
        match &self.source.types[ty as usize].shape {
            Shape::Record { fields } => {
                self.open(&format!("record {name}"));
                for field in fields {
                    let line = format!("{}: {},", id(&field.name), self.name(field.ty));
                    self.line(&line);
                }
                self.close();
            }
            Shape::Variant { cases, .. } => {
                self.open(&format!("variant {name}"));
                for case in cases {
                    let payload = case
                        .ty
                        .map(|ty| format!("({})", self.name(ty)))
                        .unwrap_or_default();
                    self.line(&format!("{}{payload},", id(&case.name)));
                }
                self.close();
            }
            Shape::Enum { cases, .. } => self.labels(
                &format!("enum {name}"),
                cases.iter().map(|case| case.name.as_str()),
            ),
            Shape::Flags { flags } => self.labels(
                &format!("flags {name}"),
                flags.iter().map(|flag| flag.name.as_str()),
            ),
            shape => {
                let line = format!("type {name} = {};", self.structure(shape));
                self.line(&line);
            }
        }
    }

    fn labels<'s>(&mut self, head: &str, labels: impl Iterator<Item = &'s str>) {
        self.open(head);
        labels.for_each(|label| self.line(&format!("{},", id(label))));
        self.close();
    }

    /// How a type is referred to: with its interface where that is another one.
    fn name(&self, ty: u32) -> String {
        let ty = &self.source.types[ty as usize];
        match (&ty.name, &ty.interface) {
            (Some(name), Some(interface)) if self.interface != Some(interface) => {
                format!("{interface}.{}", id(name))
            }
            (Some(name), _) => id(name),
            (None, _) => self.structure(&ty.shape),
        }
    }

    fn structure(&self, shape: &Shape) -> String {
        match shape {
            Shape::Bool => "bool".into(),
            Shape::S8 => "s8".into(),
            Shape::U8 => "u8".into(),
            Shape::S16 => "s16".into(),
            Shape::U16 => "u16".into(),
            Shape::S32 => "s32".into(),
            Shape::U32 => "u32".into(),
            Shape::S64 => "s64".into(),
            Shape::U64 => "u64".into(),
            Shape::F32 => "f32".into(),
            Shape::F64 => "f64".into(),
            Shape::Char => "char".into(),
            Shape::String => "string".into(),
            Shape::List { element } => format!("list<{}>", self.name(*element)),
            Shape::Tuple { fields } => {
                format!(
                    "tuple<{}>",
                    fields
                        .iter()
                        .map(|field| self.name(field.ty))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
            Shape::Option { element, .. } => format!("option<{}>", self.name(*element)),
            Shape::Result {
                ok: None,
                err: None,
                ..
            } => "result".into(),
            Shape::Result {
                ok: Some(ok),
                err: None,
                ..
            } => format!("result<{}>", self.name(*ok)),
            Shape::Result {
                ok, err: Some(err), ..
            } => {
                format!(
                    "result<{}, {}>",
                    ok.map_or("_".into(), |ok| self.name(ok)),
                    self.name(*err)
                )
            }
            Shape::Own { resource } => self.resource_name(*resource),
            Shape::Borrow { resource } => format!("borrow<{}>", self.resource_name(*resource)),
            // Without a name these have no WIT; the component model allows them as parts of a function's type.
            Shape::Record { fields } => {
                let fields = fields
                    .iter()
                    .map(|field| format!("{}: {}", id(&field.name), self.name(field.ty)));
                format!("record {{ {} }}", fields.collect::<Vec<_>>().join(", "))
            }
            Shape::Variant { cases, .. } => {
                let cases = cases.iter().map(|case| {
                    format!(
                        "{}{}",
                        id(&case.name),
                        case.ty
                            .map(|ty| format!("({})", self.name(ty)))
                            .unwrap_or_default()
                    )
                });
                format!("variant {{ {} }}", cases.collect::<Vec<_>>().join(", "))
            }
            Shape::Enum { cases, .. } => list("enum", cases.iter().map(|case| case.name.as_str())),
            Shape::Flags { flags } => list("flags", flags.iter().map(|flag| flag.name.as_str())),
        }
    }

    fn resource_name(&self, resource: u32) -> String {
        let name = self
            .source
            .resources
            .get(resource as usize)
            .and_then(|resource| resource.name.as_deref());
        name.map_or_else(|| format!("resource {resource}"), id)
    }
}

fn list<'s>(kind: &str, names: impl Iterator<Item = &'s str>) -> String {
    format!(
        "{kind} {{ {} }}",
        names.map(id).collect::<Vec<_>>().join(", ")
    )
}

/// The resource that a function belongs to, by its name: `[method]blob.read` belongs to `blob`.
fn resource_of(func: &str) -> Option<&str> {
    let rest = ["[method]", "[static]", "[constructor]"]
        .iter()
        .find_map(|prefix| func.strip_prefix(prefix))?;
    Some(rest.split_once('.').map_or(rest, |(resource, _)| resource))
}

/// A name as WIT writes it: words of the language take a percent sign.
fn id(name: &str) -> String {
    const WORDS: &[&str] = &[
        "as",
        "async",
        "bool",
        "borrow",
        "char",
        "constructor",
        "enum",
        "error-context",
        "export",
        "f32",
        "f64",
        "flags",
        "from",
        "func",
        "future",
        "import",
        "include",
        "interface",
        "list",
        "map",
        "option",
        "own",
        "package",
        "record",
        "resource",
        "result",
        "s16",
        "s32",
        "s64",
        "s8",
        "static",
        "stream",
        "string",
        "tuple",
        "type",
        "u16",
        "u32",
        "u64",
        "u8",
        "use",
        "variant",
        "with",
        "world",
    ];
    if WORDS.contains(&name) {
        format!("%{name}")
    } else {
        name.to_owned()
    }
}
