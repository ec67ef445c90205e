//! The contract: names and structure of what a component exports, as text that is the same for every component that
//! keeps the same contract. Documentation, the order of types and functions, and all of the implementation are left out.

mod text;

use self::text::Text;
use crate::error::Error;
use crate::plan::{Contract, Export, Func, Resource, Type};
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
    let mut text = Text::new(source);
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
