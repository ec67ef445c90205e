//! How much there is to say about a component's imports and exports.
//!
//! One instance can be exported under many names, one record under many, one function with a thousand parameters under
//! many; in the file each stands once, in a plan (and in the translator's tables) as often as it is exported. So the
//! names are added up before anything is copied, and with them the parts of types, which the translator's tables repeat. What is in an interface is counted with the interface's name, which a
//! plan repeats for it.

use crate::count::sizes::Sizes;
use crate::error::Error;
use crate::limits;
use crate::scan::Scan;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentItem};
use wasmparser::types::TypesRef;

/// What an entry costs besides its name, and each part of a type, names included.
const ENTRY: usize = 32;

/// Refuses a component with more names than the limit. Returns the number of resource types among its imports.
pub(crate) fn check(scan: &Scan<'_>, types: TypesRef<'_>) -> Result<usize, Error> {
    let mut sum = Sum {
        types,
        sizes: Sizes::default(),
        bytes: 0,
        outside: 0,
        resources: 0,
    };
    for (name, _) in &scan.imports {
        sum.named(name, types.component_item_for_import(name))?;
    }
    let imported = sum.resources;
    for name in &scan.exports {
        sum.named(name, types.component_item_for_export(name))?;
    }
    Ok(imported)
}

struct Sum<'a> {
    types: TypesRef<'a>,
    sizes: Sizes,
    bytes: usize,
    /// Bytes of the names of the instances around what is counted.
    outside: usize,
    /// Names of resource types so far.
    resources: usize,
}

impl Sum<'_> {
    fn add(&mut self, name: &str) -> Result<(), Error> {
        self.written(1 + name.len() / ENTRY)
    }

    fn named(&mut self, name: &str, item: Option<&ComponentItem>) -> Result<(), Error> {
        self.bytes += 2 * self.outside;
        self.add(name)?;
        self.outside += name.len();
        item.map_or(Ok(()), |item| self.item(item.ty))?;
        self.outside -= name.len();
        Ok(())
    }

    /// Counts a type that is written out, given its size.
    fn written(&mut self, size: usize) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(size.saturating_mul(ENTRY));
        if self.bytes > limits::NAMES_SIZE {
            return Err(too_many());
        }
        Ok(())
    }

    fn all<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> Result<(), Error> {
        names.into_iter().try_for_each(|name| self.add(name))
    }

    fn item(&mut self, item: ComponentEntityType) -> Result<(), Error> {
        let types = self.types;
        match item {
            ComponentEntityType::Instance(id)
            | ComponentEntityType::Type {
                created: ComponentAnyTypeId::Instance(id),
                ..
            } => types[id]
                .exports
                .iter()
                .try_for_each(|(name, item)| self.named(name, Some(item))),
            ComponentEntityType::Component(id)
            | ComponentEntityType::Type {
                created: ComponentAnyTypeId::Component(id),
                ..
            } => {
                let ty = &types[id];
                ty.imports
                    .iter()
                    .chain(&ty.exports)
                    .try_for_each(|(name, item)| self.named(name, Some(item)))
            }
            ComponentEntityType::Func(id)
            | ComponentEntityType::Type {
                created: ComponentAnyTypeId::Func(id),
                ..
            } => {
                let size = self.sizes.func(types, id);
                self.written(size)
            }
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Defined(id),
                ..
            } => {
                let size = self.sizes.any(types, ComponentAnyTypeId::Defined(id));
                self.written(size)
            }
            ComponentEntityType::Module(id) => {
                let ty = &types[id];
                self.all(
                    ty.imports
                        .keys()
                        .flat_map(|(module, name)| [module.as_str(), name.as_str()]),
                )?;
                self.all(ty.exports.keys().map(String::as_str))
            }
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Resource(_),
                ..
            } => {
                self.resources += 1;
                Ok(())
            }
            ComponentEntityType::Value(_) => Ok(()),
        }
    }
}

/// The refusal for names.
pub(crate) fn too_many() -> Error {
    Error::limit(
        "the component has too many or too long names of imports and exports",
        limits::NAMES_SIZE,
    )
    .help("What is exported several times counts each time, with all names in it.")
}
