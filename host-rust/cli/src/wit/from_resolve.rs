//! Makes a [`Model`] of what wit-parser read.

use super::model::{Func, Interface, Model, NAMELESS, Note, Part, Place, Shape, TypeItem};
use super::type_text::{Texts, TooLong};
use std::collections::{BTreeMap, BTreeSet};
use wit_parser::{
    Docs, Function, FunctionKind, InterfaceId, PackageId, Resolve, Span, Stability, TypeDefKind,
    TypeId, TypeOwner, WorldId, WorldItem, WorldKey,
};

/// All of a package: its interfaces, whether a world has them or not, and its worlds.
pub(crate) fn package(resolve: &Resolve, id: PackageId) -> Result<Model, TooLong> {
    let mut maker = Maker::new(resolve, Some(id));
    maker.unused = true;
    let package = &resolve.packages[id];
    maker.model.note = maker.note(&package.docs, &Stability::Unknown, Span::default());
    maker.model.documented = true;
    for imports in [false, true] {
        for (name, world) in &package.worlds {
            maker.world(name, *world, imports)?;
        }
        maker.reached(!imports)?;
    }
    for id in package.interfaces.values() {
        maker.whole(*id)?;
    }
    maker.reached(true)?;
    Ok(maker.finish())
}

/// One world, and what it reaches.
pub(crate) fn world(resolve: &Resolve, id: WorldId) -> Result<Model, TooLong> {
    let world = &resolve.worlds[id];
    let own = world
        .package
        .filter(|id| resolve.packages[*id].name.namespace != "root");
    let shown = world.exports.values().find_map(|item| match item {
        WorldItem::Interface { id, .. } => resolve.interfaces[*id]
            .package
            .filter(|_| resolve.interfaces[*id].name.is_some()),
        _ => None,
    });
    let mut maker = Maker::new(resolve, own.or(shown));
    if let Some(id) = own {
        maker.model.documented = true;
        maker.model.note = maker.note(
            &resolve.packages[id].docs,
            &Stability::Unknown,
            Span::default(),
        );
    }
    for imports in [false, true] {
        maker.world(&world.name, id, imports)?;
        maker.reached(!imports)?;
    }
    Ok(maker.finish())
}

struct Maker<'a> {
    resolve: &'a Resolve,
    texts: Texts<'a>,
    model: Model,
    /// Whether types count that nothing refers to, also where no kernel exports them: other packages may use them.
    unused: bool,
    /// Interfaces whose functions are taken; and whether types that nothing refers to are, too.
    whole: BTreeSet<(String, bool)>,
    taken: BTreeSet<TypeId>,
    /// What interfaces are called.
    names: BTreeMap<InterfaceId, String>,
}

impl<'a> Maker<'a> {
    fn new(resolve: &'a Resolve, package: Option<PackageId>) -> Maker<'a> {
        let name = package.map(|id| &resolve.packages[id].name);
        let model = Model {
            package: name.map_or_else(String::new, |name| {
                format!("{}:{}", name.namespace, name.name)
            }),
            version: name.and_then(|name| name.version.clone()),
            ..Model::default()
        };
        Maker {
            resolve,
            texts: Texts::new(resolve, package),
            model,
            unused: false,
            whole: BTreeSet::new(),
            taken: BTreeSet::new(),
            names: BTreeMap::new(),
        }
    }

    /// What no world exports or imports is there for other packages, as exports are.
    fn finish(mut self) -> Model {
        for interface in self.model.interfaces.values_mut() {
            interface.exported |= !interface.imported;
        }
        self.model
    }

    fn note(&self, docs: &Docs, stability: &Stability, span: Span) -> Note {
        let deprecated = match stability {
            Stability::Unknown => None,
            Stability::Unstable { deprecated, .. } | Stability::Stable { deprecated, .. } => {
                deprecated.as_ref().map(ToString::to_string)
            }
        };
        Note {
            docs: docs
                .contents
                .as_deref()
                .unwrap_or_default()
                .trim()
                .to_owned(),
            deprecated,
            place: self.place(span),
        }
    }

    fn place(&self, span: Span) -> Option<Place> {
        if !span.is_known() {
            return None;
        }
        let location = self.resolve.render_location(span);
        let (rest, _column) = location.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        Some(Place {
            file: file.to_owned(),
            line: line.parse().ok()?,
        })
    }

    /// Takes what a world exports, or else what it imports.
    fn world(&mut self, name: &str, id: WorldId, imported: bool) -> Result<(), TooLong> {
        let source = &self.resolve.worlds[id];
        let mut world = self.model.worlds.remove(name).unwrap_or_default();
        world.note =
            (name != NAMELESS).then(|| self.note(&source.docs, &source.stability, source.span));
        world.own_exports.exported = true;
        world.own_imports.imported = true;
        let items = if imported {
            &source.imports
        } else {
            &source.exports
        };
        for (key, item) in items {
            match item {
                WorldItem::Interface {
                    id,
                    docs,
                    stability,
                    span,
                    ..
                } => {
                    let mut note = self.note(docs, stability, *span);
                    // An import that another one brings along stands nowhere.
                    note.place = note.place.or_else(|| self.place(source.span));
                    let (key, full) = self.world_interface(name, key, *id);
                    if imported && !self.needed(*id) {
                        continue; // For its types only, which count where exports refer to them.
                    }
                    let interface = self.interface(&key, *id, !imported)?;
                    if imported {
                        interface.imported = true;
                        world.imports.insert(key, (full, note));
                    } else {
                        interface.exported = true;
                        if key.contains(':') {
                            self.model.dependencies.insert(key.clone(), full);
                        }
                        world.exports.insert(key, note);
                    }
                }
                WorldItem::Function(function) => {
                    let func = self.func(function)?;
                    let own = if imported {
                        &mut world.own_imports
                    } else {
                        &mut world.own_exports
                    };
                    own.funcs.insert(function.name.clone(), func);
                }
                WorldItem::Type { id, .. } if self.unused => {
                    self.taken.insert(*id);
                    let item = self.type_item(*id)?;
                    let name = self.resolve.types[*id].name.clone().unwrap_or_default();
                    world.own_exports.types.insert(name, item);
                }
                WorldItem::Type { .. } => {} // Taken where something refers to it.
            }
        }
        self.model.worlds.insert(name.to_owned(), world);
        Ok(())
    }

    /// Name and full name of an interface in a world, which may have been written inside of it.
    fn world_interface(&self, world: &str, key: &WorldKey, id: InterfaceId) -> (String, String) {
        match key {
            WorldKey::Name(name) => (format!("{world}.{name}"), name.clone()),
            WorldKey::Interface(_) => {
                let full = self.resolve.id_of(id).unwrap_or_default();
                (self.texts.interface_key(id).unwrap_or_default(), full)
            }
        }
    }

    /// Whether a host has to provide something of an interface.
    fn needed(&self, id: InterfaceId) -> bool {
        let interface = &self.resolve.interfaces[id];
        let own = |id: &TypeId| matches!(self.resolve.types[*id].kind, TypeDefKind::Resource);
        !interface.functions.is_empty() || interface.types.values().any(own)
    }

    /// Whether a type is a resource, be it by another name.
    fn is_resource(&self, id: TypeId) -> bool {
        let base = base(self.resolve, id);
        matches!(self.resolve.types[base].kind, TypeDefKind::Resource)
    }

    fn whole(&mut self, id: InterfaceId) -> Result<(), TooLong> {
        match self.texts.interface_key(id) {
            Some(key) => self.interface(&key, id, true).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Takes the functions and resources of an interface, and all other types, too, or where something refers to them.
    fn interface(
        &mut self,
        key: &str,
        id: InterfaceId,
        unused: bool,
    ) -> Result<&mut Interface, TooLong> {
        let unused = unused || self.unused;
        if self.whole.insert((key.to_owned(), unused)) {
            self.names.insert(id, key.to_owned());
            let source = &self.resolve.interfaces[id];
            let note = self.note(&source.docs, &source.stability, source.span);
            let mut types = Vec::new();
            for (name, ty) in &source.types {
                if !unused && !self.is_resource(*ty) {
                    continue; // Taken where something refers to it.
                }
                self.taken.insert(*ty);
                types.push((name.clone(), self.type_item(*ty)?));
            }
            let mut funcs = Vec::new();
            for (name, function) in &source.functions {
                funcs.push((name.clone(), self.func(function)?));
            }
            let interface = self.model.interfaces.entry(key.to_owned()).or_default();
            interface.note = note;
            interface.types.extend(types);
            interface.funcs.extend(funcs);
        }
        Ok(self.model.interfaces.entry(key.to_owned()).or_default())
    }

    /// Takes the types that what is taken so far refers to.
    fn reached(&mut self, from_exports: bool) -> Result<(), TooLong> {
        while let Some(id) = self.texts.next_named() {
            let ty = &self.resolve.types[id];
            let Some(name) = &ty.name else { continue };
            if !self.taken.insert(id) {
                continue;
            }
            let owner = match ty.owner {
                TypeOwner::Interface(owner) => owner,
                TypeOwner::World(owner) => {
                    let item = self.type_item(id)?;
                    let world = self.resolve.worlds[owner].name.clone();
                    let world = self.model.worlds.entry(world).or_default();
                    world.own_exports.types.insert(name.clone(), item);
                    continue;
                }
                TypeOwner::None => continue,
            };
            let Some(key) = self
                .names
                .get(&owner)
                .cloned()
                .or_else(|| self.texts.interface_key(owner))
            else {
                continue;
            };
            if from_exports && key.contains(':') {
                let full = self.resolve.id_of(owner).unwrap_or_default();
                self.model.dependencies.insert(key.clone(), full);
            }
            let item = self.type_item(id)?;
            let interface = &self.resolve.interfaces[owner];
            let note = self.note(&interface.docs, &interface.stability, interface.span);
            let interface = self.model.interfaces.entry(key).or_default();
            interface.note = note;
            interface.types.insert(name.clone(), item);
        }
        Ok(())
    }

    fn func(&mut self, function: &Function) -> Result<Func, TooLong> {
        let note = self.note(&function.docs, &function.stability, function.span);
        // The first parameter of a method is the resource itself.
        let skip = usize::from(matches!(
            function.kind,
            FunctionKind::Method(_) | FunctionKind::AsyncMethod(_)
        ));
        let mut params = Vec::new();
        for param in function.params.iter().skip(skip) {
            params.push(Part {
                name: param.name.clone(),
                ty: Some(self.texts.of(&param.ty, None)?),
                note: Note {
                    place: self.place(param.span),
                    ..Note::default()
                },
            });
        }
        let result = function.result.as_ref();
        let result = result.map(|ty| self.texts.of(ty, None)).transpose()?;
        let kind = match function.kind {
            FunctionKind::Freestanding | FunctionKind::Method(_) => "func",
            FunctionKind::AsyncFreestanding | FunctionKind::AsyncMethod(_) => "async func",
            FunctionKind::Static(_) => "static func",
            FunctionKind::AsyncStatic(_) => "static async func",
            FunctionKind::Constructor(_) => "constructor",
        };
        Ok(Func {
            note,
            kind,
            params,
            result,
        })
    }

    fn type_item(&mut self, id: TypeId) -> Result<TypeItem, TooLong> {
        let resolve = self.resolve;
        let ty = &resolve.types[id];
        let note = self.note(&ty.docs, &ty.stability, ty.span);
        let origin = match &ty.kind {
            TypeDefKind::Type(wit_parser::Type::Id(target)) => self.texts.origin(*target),
            _ => None,
        };
        let base = base(resolve, id);
        // What the fields of another interface's type are called here includes that interface.
        let home = match ty.owner {
            TypeOwner::Interface(home) => Some(home),
            _ => None,
        };
        let part = |name: &str, docs: &Docs, span| Part {
            name: name.to_owned(),
            ty: None,
            note: self.note(docs, &Stability::Unknown, span),
        };
        let mut typed = Vec::new();
        let parts: Vec<Part> = match &resolve.types[base].kind {
            TypeDefKind::Record(it) => it
                .fields
                .iter()
                .map(|field| {
                    typed.push(Some(field.ty));
                    part(&field.name, &field.docs, field.span)
                })
                .collect(),
            TypeDefKind::Variant(it) => it
                .cases
                .iter()
                .map(|case| {
                    typed.push(case.ty);
                    part(&case.name, &case.docs, case.span)
                })
                .collect(),
            TypeDefKind::Enum(it) => it
                .cases
                .iter()
                .map(|case| part(&case.name, &case.docs, case.span))
                .collect(),
            TypeDefKind::Flags(it) => it
                .flags
                .iter()
                .map(|flag| part(&flag.name, &flag.docs, flag.span))
                .collect(),
            _ => Vec::new(),
        };
        let mut parts = parts;
        for (part, ty) in parts.iter_mut().zip(&typed) {
            part.ty = ty.map(|ty| self.texts.of(&ty, home)).transpose()?;
        }
        let shape = match &resolve.types[base].kind {
            TypeDefKind::Record(_) => Shape::Record(parts),
            TypeDefKind::Variant(_) => Shape::Variant(parts),
            TypeDefKind::Enum(_) => Shape::Enum(parts),
            TypeDefKind::Flags(_) => Shape::Flags(parts),
            TypeDefKind::Resource => Shape::Resource,
            kind => Shape::Other(self.texts.of_kind(kind, home)?),
        };
        Ok(TypeItem {
            note,
            shape,
            origin,
        })
    }
}

/// The type that a name stands for in the end.
fn base(resolve: &Resolve, mut id: TypeId) -> TypeId {
    while let TypeDefKind::Type(wit_parser::Type::Id(next)) = &resolve.types[id].kind {
        id = *next;
    }
    id
}
