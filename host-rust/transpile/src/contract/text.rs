//! Writing a contract as WIT.

use super::{Interface, Source, TypeItem};
use crate::plan::{Case, Shape};
use std::collections::BTreeMap;

/// Writes the text; what goes beyond the limit is dropped, and [`Text::finish`] tells.
pub(super) struct Text<'a> {
    source: &'a Source<'a>,
    text: String,
    limit: usize,
    depth: usize,
    /// The full name of the interface that is being written.
    interface: Option<&'a str>,
}

impl<'a> Text<'a> {
    /// An empty text.
    pub(super) fn new(source: &'a Source<'a>, limit: usize) -> Text<'a> {
        Text {
            source,
            text: String::new(),
            limit,
            depth: 0,
            interface: None,
        }
    }

    /// The text; `None` when it is too long.
    pub(super) fn finish(self) -> Option<String> {
        (!self.full()).then_some(self.text)
    }

    pub(super) fn put(&mut self, text: &str) {
        if !self.full() {
            self.text.push_str(text);
        }
    }

    /// Whether the text is too long, so that there is no use in going on.
    fn full(&self) -> bool {
        self.text.len() > self.limit
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
    pub(super) fn open(&mut self, word: &str, name: &str) {
        self.indent();
        self.put(word);
        self.id(name);
        self.put(" {\n");
        self.depth += 1;
    }

    pub(super) fn close(&mut self) {
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
    pub(super) fn interfaces(
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
    pub(super) fn items(&mut self, interface: &Interface<'_>) {
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
        let (params, result) = self.source.funcs[func as usize];
        self.put("(");
        self.list(params.iter().skip(skip), |text, param| {
            text.field(&param.name, param.ty)
        });
        self.put(")");
        if let Some(result) = result {
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
        if self.full() {
            return;
        }
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
