//! The component definitions of a file, down to what matters for their size.

use super::sizes::Sizes;
use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentInstance,
    ComponentOuterAliasKind, ComponentType, Instance, Parser, Payload, Validator, WasmFeatures,
};

/// What a lowered function costs, in items: calls between components become code.
const LOWERING: usize = 50;

/// What each part of a lowered function's type costs at least: code that copies it.
const COPYING: usize = 10;

/// The definition of a component.
#[derive(Default)]
pub(super) struct Definition<'a> {
    pub(super) items: Vec<Item<'a>>,
    /// Components and core modules from outside that this definition and those in it use: how many components up from
    /// the one that holds this definition, and the index there.
    pub(super) captures: Vec<(u32, Sort, u32)>,
}

/// A part of a definition, in order.
pub(super) enum Item<'a> {
    Import(Sort, &'a str),
    /// A component definition, by its position in the list of all.
    Define(usize),
    /// A core module with a number of imports.
    Module(usize),
    /// From an enclosing component: how many up, and the index there.
    Outer(u32, Sort, u32),
    /// An export of an instance.
    Alias(Sort, u32, &'a str),
    Instantiate(u32, Vec<(&'a str, Sort, u32)>),
    Bag(Vec<(&'a str, Sort, u32)>),
    Export(Sort, &'a str, u32),
    /// An instance of a core module, with a number of arguments.
    Core(u32, usize),
    /// Definitions of resource types.
    Resources(usize),
    /// Something that costs work but has no part in the walk.
    Other(usize),
}

/// The index spaces that matter.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sort {
    Component,
    Instance,
    Module,
    Other,
}

impl From<ComponentExternalKind> for Sort {
    fn from(kind: ComponentExternalKind) -> Sort {
        match kind {
            ComponentExternalKind::Component => Sort::Component,
            ComponentExternalKind::Instance => Sort::Instance,
            ComponentExternalKind::Module => Sort::Module,
            _ => Sort::Other,
        }
    }
}

/// Reads all component definitions of a valid component; the root is the first.
pub(super) fn read(
    bytes: &[u8],
    features: WasmFeatures,
) -> Result<Vec<Definition<'_>>, wasmparser::Error> {
    let mut definitions = vec![Definition::default()];
    let mut open = vec![0];
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut in_module = false;
    // Follows the component for the types of its functions and instances; function bodies do not matter here.
    let mut validator = Validator::new_with_features(features);
    let mut sizes = Sizes::default();
    for payload in parser.parse_all(bytes) {
        let payload = payload?;
        validator.payload(&payload)?;
        let Some(&current) = open.last() else { break };
        let items = &mut definitions[current].items;
        match payload {
            Payload::ModuleSection { .. } => {
                in_module = true;
                items.push(Item::Module(0));
            }
            Payload::ImportSection(section) => {
                if let Some(Item::Module(imports)) = items.last_mut() {
                    *imports = section.count() as usize;
                }
            }
            Payload::End(_) if in_module => in_module = false,
            Payload::ComponentSection { .. } => {
                let inner = definitions.len();
                definitions[current].items.push(Item::Define(inner));
                definitions.push(Definition::default());
                open.push(inner);
            }
            Payload::End(_) => drop(open.pop()),
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    items.push(Item::Import(import.ty.kind().into(), import.name.name));
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Type
                        && let Some(types) = validator.types(0)
                    {
                        let ty = types.component_any_type_at(export.index);
                        items.push(Item::Other(sizes.any(types, ty)));
                    }
                    items.push(Item::Export(
                        export.kind.into(),
                        export.name.name,
                        export.index,
                    ));
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    let item = read_alias(alias?);
                    if let Item::Outer(up, sort, index) = item {
                        // It passes through every component between here and there.
                        let depth = open.len();
                        for (inward, definition) in open[depth - up as usize..].iter().enumerate() {
                            definitions[*definition]
                                .captures
                                .push((inward as u32, sort, index));
                        }
                    }
                    definitions[current].items.push(item);
                }
            }
            Payload::ComponentInstanceSection(section) => {
                let Some(types) = validator.types(0) else {
                    continue;
                };
                let first = types.component_instance_count() - section.count();
                for (index, instance) in (first..).zip(section) {
                    let instance = instance?;
                    let size = written_out(&instance, index, types, &mut sizes);
                    items.push(Item::Other(size));
                    items.push(match instance {
                        ComponentInstance::Instantiate {
                            component_index,
                            args,
                        } => Item::Instantiate(
                            component_index,
                            args.iter()
                                .map(|arg| (arg.name, arg.kind.into(), arg.index))
                                .collect(),
                        ),
                        ComponentInstance::FromExports(exports) => Item::Bag(
                            exports
                                .iter()
                                .map(|e| (e.name.name, e.kind.into(), e.index))
                                .collect(),
                        ),
                    });
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    items.push(match instance? {
                        Instance::Instantiate { module_index, args } => {
                            Item::Core(module_index, args.len())
                        }
                        Instance::FromExports(exports) => Item::Other(exports.len()),
                    });
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                let functions = section.into_iter().collect::<Result<Vec<_>, _>>()?;
                let Some(types) = validator.types(0) else {
                    continue;
                };
                let lifts = |function: &&_| matches!(function, CanonicalFunction::Lift { .. });
                let mut lifted = types.component_function_count()
                    - functions.iter().filter(lifts).count() as u32;
                for function in functions {
                    let cost = match function {
                        CanonicalFunction::Lift { .. } => {
                            lifted += 1;
                            sizes.func(types, types.component_function_at(lifted - 1))
                        }
                        CanonicalFunction::Lower { func_index, .. } => sizes
                            .func(types, types.component_function_at(func_index))
                            .saturating_mul(COPYING)
                            .max(LOWERING),
                        _ => 0,
                    };
                    items.push(Item::Other(cost));
                }
            }
            Payload::ComponentTypeSection(section) => {
                items.push(Item::Other(section.count() as usize));
                let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
                let resources = types
                    .iter()
                    .filter(|ty| matches!(ty, ComponentType::Resource { .. }))
                    .count();
                items.push(Item::Resources(resources));
            }
            Payload::CoreTypeSection(section) => items.push(Item::Other(section.count() as usize)),
            _ => {}
        }
    }
    Ok(definitions)
}

/// The size of the types that making an instance writes out: those that it is given, and what it exports.
fn written_out(
    instance: &ComponentInstance<'_>,
    index: u32,
    types: TypesRef<'_>,
    sizes: &mut Sizes,
) -> usize {
    let mut given = |kind, index| match kind {
        ComponentExternalKind::Type => sizes.any(types, types.component_any_type_at(index)),
        _ => 0,
    };
    let given = match instance {
        ComponentInstance::Instantiate { args, .. } => args
            .iter()
            .map(|arg| given(arg.kind, arg.index))
            .fold(0, usize::saturating_add),
        ComponentInstance::FromExports(exports) => exports
            .iter()
            .map(|export| given(export.kind, export.index))
            .fold(0, usize::saturating_add),
    };
    given.saturating_add(sizes.instance(types, types.component_instance_at(index)))
}

fn read_alias(alias: ComponentAlias<'_>) -> Item<'_> {
    match alias {
        ComponentAlias::InstanceExport {
            kind,
            instance_index,
            name,
        } => Item::Alias(kind.into(), instance_index, name),
        ComponentAlias::Outer {
            kind: ComponentOuterAliasKind::Component,
            count,
            index,
        } => Item::Outer(count, Sort::Component, index),
        ComponentAlias::Outer {
            kind: ComponentOuterAliasKind::CoreModule,
            count,
            index,
        } => Item::Outer(count, Sort::Module, index),
        _ => Item::Other(0),
    }
}
