//! The contract: names and structure of what a component exports, as text that is the same for every component that
//! keeps the same contract. Documentation, the order of types and functions, and all of the implementation are left out.

use crate::error::Error;
use crate::limits;
use crate::plan::{Case, Contract, Export, Func, Resource, Shape, Type};
use crate::steps::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

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
pub(crate) fn contract(source: &Source<'_>) -> Result<Option<Contract>, Error> {
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
    let Some(first) = exported.iter().find_map(|name| parse(name)) else {
        return Ok(None);
    };
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
    text.put(&format!("package {package}{};\n", at(&version)));
    text.interfaces(
        &packages
            .remove(&(package.as_str(), version.as_str()))
            .unwrap_or_default(),
        &interfaces,
    );
    for ((package, version), names) in &packages {
        text.open("package ", &format!("{package}{}", at(version)));
        text.interfaces(names, &interfaces);
        text.close();
    }
    text.interfaces(&unpackaged, &interfaces);
    if !own.types.is_empty() || !own.funcs.is_empty() {
        text.open("world ", "root");
        text.items(&own);
        text.close();
    }
    let text = text.finish()?;
    exported.sort();
    Ok(Some(Contract {
        package,
        version,
        interfaces: exported,
        hash: hex(&Sha256::digest(&text)),
        text,
    }))
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

/// Writes the text; what goes beyond the limit is dropped, and [`Text::finish`] tells.
struct Text<'a> {
    source: &'a Source<'a>,
    text: String,
    depth: usize,
    /// The full name of the interface that is being written.
    interface: Option<&'a str>,
}

impl<'a> Text<'a> {
    /// The text, unless it is too long.
    fn finish(self) -> Result<String, Error> {
        if self.text.len() > limits::CONTRACT_SIZE {
            return Err(Error::limit(
                "the contract's text is too long",
                limits::CONTRACT_SIZE,
            ));
        }
        Ok(self.text)
    }

    fn put(&mut self, text: &str) {
        if self.text.len() <= limits::CONTRACT_SIZE {
            self.text.push_str(text);
        }
    }

    /// A name as WIT writes it: words of the language take a percent sign.
    fn id(&mut self, name: &str) {
        if WORDS.contains(&name) {
            self.put("%");
        }
        self.put(name);
    }

    fn indent(&mut self) {
        (0..self.depth).for_each(|_| self.put("  "));
    }

    /// The beginning of a block; its name may be empty.
    fn open(&mut self, word: &str, name: &str) {
        self.indent();
        self.put(word);
        self.id(name);
        self.put(" {\n");
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.indent();
        self.put("}\n");
    }

    /// Parts with commas between them.
    fn list<T>(&mut self, parts: impl Iterator<Item = T>, mut part: impl FnMut(&mut Self, T)) {
        for (index, item) in parts.enumerate() {
            if index > 0 {
                self.put(", ");
            }
            part(self, item);
        }
    }

    /// Interfaces by name, given as their names in their package and in full.
    fn interfaces(
        &mut self,
        names: &[(&'a str, &'a str)],
        interfaces: &BTreeMap<&str, Interface<'_>>,
    ) {
        for (short, full) in names {
            self.interface = Some(full);
            self.open("interface ", short);
            self.items(&interfaces[full]);
            self.close();
        }
        self.interface = None;
    }

    /// Types, then functions; a resource's functions stand with it.
    fn items(&mut self, interface: &Interface<'_>) {
        let mut methods: BTreeMap<&str, Vec<(&str, u32)>> = BTreeMap::new();
        let mut funcs = Vec::new();
        for (name, func) in &interface.funcs {
            match resource_of(name).filter(|resource| interface.types.contains_key(resource)) {
                Some(resource) => methods.entry(resource).or_default().push((name, *func)),
                None => funcs.push((name, *func)),
            }
        }
        for (name, item) in &interface.types {
            match item {
                TypeItem::Value(ty) => self.type_definition(name, *ty),
                TypeItem::Resource => {
                    self.resource(name, methods.get(name).map_or(&[], Vec::as_slice))
                }
            }
        }
        for (name, func) in funcs {
            self.indent();
            self.id(name);
            self.put(": func");
            self.signature(func, 0);
        }
    }

    fn resource(&mut self, resource: &str, methods: &[(&str, u32)]) {
        if methods.is_empty() {
            self.indent();
            self.put("resource ");
            self.id(resource);
            self.put(";\n");
            return;
        }
        self.open("resource ", resource);
        for (name, func) in methods {
            self.indent();
            let method = name.split_once('.').map_or("", |(_, method)| method);
            if name.starts_with("[constructor]") {
                self.put("constructor");
                self.signature(*func, 0);
            } else {
                self.id(method);
                let is_static = name.starts_with("[static]");
                self.put(if is_static { ": static func" } else { ": func" });
                // The first parameter of a method is the resource itself.
                self.signature(*func, usize::from(!is_static));
            }
        }
        self.close();
    }

    /// Parameters, result and the end of the line.
    fn signature(&mut self, func: u32, skip: usize) {
        let func = &self.source.funcs[func as usize];
        self.put("(");
        self.list(func.params.iter().skip(skip), |text, param| {
            text.field(&param.name, param.ty)
        });
        self.put(")");
        if let Some(result) = func.result {
            self.put(" -> ");
            self.name(result);
        }
        self.put(";\n");
    }

    fn field(&mut self, name: &str, ty: u32) {
        self.id(name);
        self.put(": ");
        self.name(ty);
    }

    fn case(&mut self, case: &Case) {
        self.id(&case.name);
        if let Some(ty) = case.ty {
            self.put("(");
            self.name(ty);
            self.put(")");
        }
    }

    fn type_definition(&mut self, name: &str, ty: u32) {
        match &self.source.types[ty as usize].shape {
            Shape::Record { fields } => {
                self.block("record ", name, fields, |text, field| {
                    text.field(&field.name, field.ty)
                });
            }
            Shape::Variant { cases, .. } => self.block("variant ", name, cases, Self::case),
            Shape::Enum { cases, .. } => {
                self.block("enum ", name, cases, |text, case| text.id(&case.name))
            }
            Shape::Flags { flags } => {
                self.block("flags ", name, flags, |text, flag| text.id(&flag.name))
            }
            shape => {
                self.indent();
                self.put("type ");
                self.id(name);
                self.put(" = ");
                self.structure(shape);
                self.put(";\n");
            }
        }
    }

    fn block<T>(
        &mut self,
        word: &str,
        name: &str,
        parts: &[T],
        mut part: impl FnMut(&mut Self, &T),
    ) {
        self.open(word, name);
        for item in parts {
            self.indent();
            part(self, item);
            self.put(",\n");
        }
        self.close();
    }

    /// How a type is referred to: with its interface where that is another one.
    fn name(&mut self, ty: u32) {
        let ty = &self.source.types[ty as usize];
        let Some(name) = &ty.name else {
            return self.structure(&ty.shape);
        };
        if let Some(interface) = &ty.interface
            && self.interface != Some(interface)
        {
            self.put(interface);
            self.put(".");
        }
        self.id(name);
    }

    fn structure(&mut self, shape: &Shape) {
        match shape {
            Shape::Bool => self.put("bool"),
            Shape::S8 => self.put("s8"),
            Shape::U8 => self.put("u8"),
            Shape::S16 => self.put("s16"),
            Shape::U16 => self.put("u16"),
            Shape::S32 => self.put("s32"),
            Shape::U32 => self.put("u32"),
            Shape::S64 => self.put("s64"),
            Shape::U64 => self.put("u64"),
            Shape::F32 => self.put("f32"),
            Shape::F64 => self.put("f64"),
            Shape::Char => self.put("char"),
            Shape::String => self.put("string"),
            Shape::List { element } => self.of("list", &[*element]),
            Shape::Tuple { fields } => self.of(
                "tuple",
                &fields.iter().map(|field| field.ty).collect::<Vec<_>>(),
            ),
            Shape::Option { element, .. } => self.of("option", &[*element]),
            Shape::Result {
                ok: None,
                err: None,
                ..
            } => self.put("result"),
            Shape::Result {
                ok: Some(ok),
                err: None,
                ..
            } => self.of("result", &[*ok]),
            Shape::Result {
                ok: Some(ok),
                err: Some(err),
                ..
            } => self.of("result", &[*ok, *err]),
            Shape::Result {
                ok: None,
                err: Some(err),
                ..
            } => {
                self.put("result<_, ");
                self.name(*err);
                self.put(">");
            }
            Shape::Own { resource } => self.resource_name(*resource),
            Shape::Borrow { resource } => {
                self.put("borrow<");
                self.resource_name(*resource);
                self.put(">");
            }
            // Without a name these have no WIT; the component model allows them as parts of a function's type.
            Shape::Record { fields } => {
                self.put("record { ");
                self.list(fields.iter(), |text, field| {
                    text.field(&field.name, field.ty)
                });
                self.put(" }");
            }
            Shape::Variant { cases, .. } => {
                self.put("variant { ");
                self.list(cases.iter(), Self::case);
                self.put(" }");
            }
            Shape::Enum { cases: labels, .. } | Shape::Flags { flags: labels } => {
                self.put(if matches!(shape, Shape::Enum { .. }) {
                    "enum { "
                } else {
                    "flags { "
                });
                self.list(labels.iter(), |text, label| text.id(&label.name));
                self.put(" }");
            }
        }
    }

    fn of(&mut self, word: &str, types: &[u32]) {
        self.put(word);
        self.put("<");
        self.list(types.iter(), |text, ty| text.name(*ty));
        self.put(">");
    }

    fn resource_name(&mut self, resource: u32) {
        match self
            .source
            .resources
            .get(resource as usize)
            .and_then(|resource| resource.name.as_deref())
        {
            Some(name) => self.id(name),
            None => self.put(&format!("resource {resource}")),
        }
    }
}

/// The resource that a function belongs to, by its name: `[method]blob.read` belongs to `blob`.
fn resource_of(func: &str) -> Option<&str> {
    let rest = ["[method]", "[static]", "[constructor]"]
        .iter()
        .find_map(|prefix| func.strip_prefix(prefix))?;
    Some(rest.split_once('.').map_or(rest, |(resource, _)| resource))
}

/// The words of WIT.
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
