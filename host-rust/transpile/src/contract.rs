//! The contract: names and structure of what a component exports, as text that is the same for every component that
//! keeps the same contract. Documentation, the order of types and functions, and all of the implementation are left out.
//! Each interface, imported ones too, has such a text of its own.

mod text;

use self::text::Text;
use crate::error::Error;
use crate::limits;
use crate::plan::{
    Contract, Export, Func, Import, ImportFunc, ImportItem, Param, Resource, Type, TypeIndex,
};
use crate::steps::hex;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What texts are read from.
pub(crate) struct Source<'a> {
    /// Parameters and result of each function that items refer to.
    pub(crate) funcs: Vec<(&'a [Param], Option<TypeIndex>)>,
    /// Those types that the items can refer to, and no others.
    pub(crate) types: &'a [Type],
    pub(crate) resources: &'a [Resource],
}

impl<'a> Source<'a> {
    /// For items of exports.
    pub(crate) fn exports(
        funcs: &'a [Func],
        types: &'a [Type],
        resources: &'a [Resource],
    ) -> Source<'a> {
        let funcs = funcs.iter().map(|func| (&func.params[..], func.result));
        Source {
            funcs: funcs.collect(),
            types,
            resources,
        }
    }

    /// For items of imports.
    pub(crate) fn imports(
        funcs: &'a [ImportFunc],
        types: &'a [Type],
        resources: &'a [Resource],
    ) -> Source<'a> {
        let funcs = funcs.iter().map(|func| (&func.params[..], func.result));
        Source {
            funcs: funcs.collect(),
            types,
            resources,
        }
    }
}

/// An item of an interface, be it exported or imported.
enum Item<'a> {
    Value(&'a str, TypeIndex),
    Resource(&'a str),
    Func(&'a str, u32),
}

/// The items of exports. A core module has no text, and WIT has no interfaces in interfaces.
fn exported(exports: &[Export]) -> Vec<Item<'_>> {
    let items = exports.iter().filter_map(|export| match export {
        Export::Type { name, ty } => Some(Item::Value(name, *ty)),
        Export::Resource { name, .. } => Some(Item::Resource(name)),
        Export::Func { name, func } => Some(Item::Func(name, *func)),
        Export::Instance { .. } | Export::Module { .. } => None,
    });
    items.collect()
}

/// The items of imports, as far as they have a text.
fn imported(imports: &[Import]) -> Vec<Item<'_>> {
    let items = imports.iter().filter_map(|import| match &import.item {
        ImportItem::Type { ty } => Some(Item::Value(&import.name, (*ty)?)),
        ImportItem::Resource { .. } => Some(Item::Resource(&import.name)),
        ImportItem::Func { func } => Some(Item::Func(&import.name, *func)),
        ImportItem::Instance { .. } | ImportItem::Module | ImportItem::Component => None,
    });
    items.collect()
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
pub(crate) fn contract(source: &Source<'_>, exports: &[Export]) -> Result<Option<Contract>, Error> {
    let mut interfaces: BTreeMap<&str, Interface<'_>> = BTreeMap::new();
    let mut names = Vec::new();
    for export in exports {
        if let Export::Instance { name, exports, .. } = export {
            names.push(name.clone());
            let interface = interfaces.entry(name).or_default();
            exported(exports)
                .iter()
                .for_each(|item| interface.add(item));
        }
    }
    // What the component exports outside of any interface.
    let own = Interface::of(&exported(exports));
    let Some(first) = names.iter().find_map(|name| parse(name)) else {
        return Ok(None);
    };
    let package = (first.package.to_owned(), first.version.to_owned());
    // Exports can use types of interfaces that are imported for their types only; their structure is promised too.
    let all = 0..source.types.len() as TypeIndex;
    take_types(source, all, &mut interfaces);
    let text = write(source, &package, &interfaces, &own, limits::CONTRACT_SIZE)
        .ok_or_else(|| Error::limit("the contract's text is too long", limits::CONTRACT_SIZE))?;
    names.sort();
    let (package, version) = package;
    Ok(Some(Contract {
        package,
        version,
        interfaces: names,
        hash: hex(&Sha256::digest(&text)),
        text,
    }))
}

/// Writes the texts of single interfaces.
pub(crate) struct Texts<'a> {
    source: Source<'a>,
    /// Bytes that all texts to come may have together.
    left: usize,
}

impl<'a> Texts<'a> {
    /// Nothing is written so far.
    pub(crate) fn new(source: Source<'a>) -> Texts<'a> {
        Texts {
            source,
            left: limits::TEXTS_SIZE,
        }
    }

    /// Goes on with another source, within the same limit.
    pub(crate) fn then(self, source: Source<'a>) -> Texts<'a> {
        Texts { source, ..self }
    }

    /// Writes the text of each interface among exports.
    pub(crate) fn put_on_exports(&mut self, tree: &mut [Export]) -> Result<(), Error> {
        for export in tree {
            if let Export::Instance {
                name,
                text,
                exports,
                ..
            } = export
            {
                *text = self.interface(name, &exported(exports))?;
                self.put_on_exports(exports)?;
            }
        }
        Ok(())
    }

    /// Writes the text of each interface among imports.
    pub(crate) fn put_on_imports(&mut self, tree: &mut [Import]) -> Result<(), Error> {
        for import in tree {
            if let ImportItem::Instance { text, exports, .. } = &mut import.item {
                *text = self.interface(&import.name, &imported(exports))?;
                self.put_on_imports(exports)?;
            }
        }
        Ok(())
    }

    /// An interface, with the types of others that it refers to.
    fn interface(&mut self, name: &str, items: &[Item<'_>]) -> Result<String, Error> {
        let interface = Interface::of(items);
        let package = parse(name).map(|parts| (parts.package.to_owned(), parts.version.to_owned()));
        let used = used_types(&self.source, &interface);
        let mut interfaces = BTreeMap::from([(name, interface)]);
        take_types(&self.source, used.into_iter(), &mut interfaces);
        self.write(
            &package.unwrap_or_default(),
            &interfaces,
            &Interface::default(),
        )
    }

    /// Imports outside of any interface, with the types of interfaces that they refer to; empty when there are none.
    pub(crate) fn world(&mut self, imports: &[Import]) -> Result<String, Error> {
        let own = Interface::of(&imported(imports));
        let mut interfaces = BTreeMap::new();
        let used = used_types(&self.source, &own);
        take_types(&self.source, used.into_iter(), &mut interfaces);
        self.write(&Default::default(), &interfaces, &own)
    }

    fn write(
        &mut self,
        package: &(String, String),
        interfaces: &BTreeMap<&str, Interface<'_>>,
        own: &Interface<'_>,
    ) -> Result<String, Error> {
        let text = write(&self.source, package, interfaces, own, self.left).ok_or_else(|| {
            let what = "the texts of the component's interfaces are too long";
            Error::limit(what, limits::TEXTS_SIZE)
        })?;
        self.left -= text.len();
        Ok(text)
    }
}

/// Puts named types into their interfaces, where they do not stand there already.
fn take_types<'a>(
    source: &Source<'a>,
    types: impl Iterator<Item = TypeIndex>,
    interfaces: &mut BTreeMap<&'a str, Interface<'a>>,
) {
    for index in types {
        let ty = &source.types[index as usize];
        if let (Some(name), Some(interface)) = (&ty.name, &ty.interface) {
            let types = &mut interfaces.entry(interface).or_default().types;
            types.entry(name).or_insert(TypeItem::Value(index));
        }
    }
}

/// The types that an interface refers to, in order.
fn used_types(source: &Source<'_>, interface: &Interface<'_>) -> BTreeSet<TypeIndex> {
    let mut open: Vec<TypeIndex> = Vec::new();
    for item in interface.types.values() {
        if let TypeItem::Value(ty) = item {
            open.push(*ty);
        }
    }
    for func in interface.funcs.values() {
        let (params, result) = source.funcs[*func as usize];
        open.extend(params.iter().map(|param| param.ty).chain(result));
    }
    let mut used = BTreeSet::new();
    while let Some(ty) = open.pop() {
        if used.insert(ty) {
            source.types[ty as usize]
                .shape
                .each_part(|part| open.push(part));
        }
    }
    used
}

/// A text: the package's own interfaces, other packages, interfaces without a package, and what stands outside of any.
/// `None` when it crosses the limit.
fn write(
    source: &Source<'_>,
    own_package: &(String, String),
    interfaces: &BTreeMap<&str, Interface<'_>>,
    own: &Interface<'_>,
    limit: usize,
) -> Option<String> {
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
    let mut text = Text::new(source, limit);
    let (package, version) = (own_package.0.as_str(), own_package.1.as_str());
    if !package.is_empty() {
        text.put(&format!("package {package}{};\n", at(version)));
        let names = packages.remove(&(package, version)).unwrap_or_default();
        text.interfaces(&names, interfaces);
    }
    for ((package, version), names) in &packages {
        text.open("package ", &format!("{package}{}", at(version)));
        text.interfaces(names, interfaces);
        text.close();
    }
    text.interfaces(&unpackaged, interfaces);
    if !own.types.is_empty() || !own.funcs.is_empty() {
        text.open("world ", "root");
        text.items(own);
        text.close();
    }
    text.finish()
}

impl<'a> Interface<'a> {
    fn of(items: &[Item<'a>]) -> Interface<'a> {
        let mut interface = Interface::default();
        items.iter().for_each(|item| interface.add(item));
        interface
    }

    fn add(&mut self, item: &Item<'a>) {
        match *item {
            Item::Value(name, ty) => drop(self.types.insert(name, TypeItem::Value(ty))),
            Item::Resource(name) => drop(self.types.insert(name, TypeItem::Resource)),
            Item::Func(name, func) => drop(self.funcs.insert(name, func)),
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
