//! How large a component grows when it is flattened.
//!
//! A component that instantiates another twice, which instantiates another twice, and so on, is small and valid and
//! flattens to as many instances as one likes. The translator would follow it until memory ends. So the instantiation is
//! walked through first with nothing but component and instance indices, and given up at the limits.

use crate::error::{Error, Kind};
use crate::limits;
use std::collections::HashMap;
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, Instance,
    Parser, Payload, WasmFeatures,
};

/// Refuses a valid component whose flattened form crosses a limit. Returns the number of instances.
pub(crate) fn check(bytes: &[u8], features: WasmFeatures) -> Result<usize, Error> {
    let definitions = read(bytes, features).map_err(Error::internal)?;
    let mut walk = Walk {
        definitions: &definitions,
        frames: Vec::new(),
        bags: Vec::new(),
        instances: 0,
        items: 0,
    };
    walk.instantiate(0, None, &HashMap::new())?;
    Ok(walk.instances)
}

/// The definition of a component: of its items, those that matter here.
#[derive(Default)]
struct Definition<'a> {
    items: Vec<Item<'a>>,
}

enum Item<'a> {
    Import(Sort, &'a str),
    Define(usize),
    Outer {
        count: u32,
        index: u32,
    },
    Alias(Sort, u32, &'a str),
    Instantiate(u32, Vec<(&'a str, Sort, u32)>),
    Bag(Vec<(&'a str, Sort, u32)>),
    Export(Sort, &'a str, u32),
    /// A core instance.
    Core,
    /// Something that costs work but has no part in the walk.
    Other,
}

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Component,
    Instance,
    Other,
}

impl From<ComponentExternalKind> for Sort {
    fn from(kind: ComponentExternalKind) -> Sort {
        match kind {
            ComponentExternalKind::Component => Sort::Component,
            ComponentExternalKind::Instance => Sort::Instance,
            _ => Sort::Other,
        }
    }
}

/// Reads all component definitions; the root is the first.
fn read(bytes: &[u8], features: WasmFeatures) -> Result<Vec<Definition<'_>>, wasmparser::Error> {
    let mut definitions = vec![Definition::default()];
    let mut open = vec![0];
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut modules = 0;
    for payload in parser.parse_all(bytes) {
        let payload = payload?;
        // The sections of core modules come along; they are of no interest.
        match payload {
            Payload::ModuleSection { .. } => modules += 1,
            Payload::End(_) if modules > 0 => {
                modules -= 1;
                continue;
            }
            _ => {}
        }
        let Some(&current) = open.last() else { break };
        let items = &mut definitions[current].items;
        match payload {
            Payload::ComponentSection { .. } => {
                let inner = definitions.len();
                definitions[current].items.push(Item::Define(inner));
                definitions.push(Definition::default());
                open.push(inner);
            }
            Payload::End(_) => {
                open.pop();
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    items.push(Item::Import(import.ty.kind().into(), import.name.name));
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    items.push(Item::Export(
                        export.kind.into(),
                        export.name.name,
                        export.index,
                    ));
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    items.push(match alias? {
                        ComponentAlias::InstanceExport {
                            kind,
                            instance_index,
                            name,
                        } => Item::Alias(kind.into(), instance_index, name),
                        ComponentAlias::Outer {
                            kind: ComponentOuterAliasKind::Component,
                            count,
                            index,
                        } => Item::Outer { count, index },
                        _ => Item::Other,
                    });
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    items.push(match instance? {
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
                        Instance::Instantiate { .. } => Item::Core,
                        Instance::FromExports(_) => Item::Other,
                    });
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                items.extend((0..section.count()).map(|_| Item::Other))
            }
            Payload::ComponentTypeSection(section) => {
                items.extend((0..section.count()).map(|_| Item::Other))
            }
            Payload::CoreTypeSection(section) => {
                items.extend((0..section.count()).map(|_| Item::Other))
            }
            _ => {}
        }
    }
    Ok(definitions)
}

/// A component or an instance during the walk; everything lives in arenas, since components refer to their frames.
#[derive(Clone, Copy)]
enum Value {
    /// A definition with the frame that it was defined in.
    Component(usize, Option<usize>),
    /// An index into [`Walk::bags`].
    Instance(usize),
}

/// The index spaces of one instance of a component.
struct Frame {
    parent: Option<usize>,
    components: Vec<Value>,
    instances: Vec<Value>,
}

struct Walk<'d, 'a> {
    definitions: &'d [Definition<'a>],
    frames: Vec<Frame>,
    /// What instances export, as far as it is components and instances.
    bags: Vec<HashMap<&'a str, Value>>,
    instances: usize,
    items: usize,
}

impl<'d, 'a> Walk<'d, 'a> {
    /// Walks through one instantiation and returns its exports' bag.
    fn instantiate(
        &mut self,
        definition: usize,
        parent: Option<usize>,
        args: &HashMap<&'a str, Value>,
    ) -> Result<usize, Error> {
        self.count_instance()?;
        let definitions = self.definitions;
        let frame = self.frames.len();
        self.frames.push(Frame {
            parent,
            components: Vec::new(),
            instances: Vec::new(),
        });
        let mut exports = HashMap::new();
        for item in &definitions[definition].items {
            self.count_items(1)?;
            match item {
                Item::Import(Sort::Other, _)
                | Item::Alias(Sort::Other, ..)
                | Item::Export(Sort::Other, ..)
                | Item::Other => {}
                Item::Import(sort, name) => {
                    // An import of the root is of types only: an instance without components or instances in it.
                    let value = args
                        .get(name)
                        .copied()
                        .unwrap_or_else(|| self.bag(HashMap::new()));
                    self.push(frame, *sort, value);
                }
                Item::Define(inner) => self.push(
                    frame,
                    Sort::Component,
                    Value::Component(*inner, Some(frame)),
                ),
                Item::Outer { count, index } => {
                    let mut outer = frame;
                    for _ in 0..*count {
                        outer = self.frames[outer].parent.ok_or_else(lost)?;
                    }
                    let value = self.get(outer, Sort::Component, *index)?;
                    self.push(frame, Sort::Component, value);
                }
                Item::Alias(sort, instance, name) => {
                    let value = match self.get(frame, Sort::Instance, *instance)? {
                        Value::Instance(bag) => self.bags[bag].get(name).copied(),
                        Value::Component(..) => None,
                    };
                    let value = value.unwrap_or_else(|| self.bag(HashMap::new()));
                    self.push(frame, *sort, value);
                }
                Item::Instantiate(component, args) => {
                    self.count_items(args.len())?;
                    let Value::Component(inner, parent) =
                        self.get(frame, Sort::Component, *component)?
                    else {
                        return Err(lost());
                    };
                    let args = self.collect(frame, args)?;
                    let bag = self.instantiate(inner, parent, &args)?;
                    self.push(frame, Sort::Instance, Value::Instance(bag));
                }
                Item::Bag(exports) => {
                    self.count_items(exports.len())?;
                    let exports = self.collect(frame, exports)?;
                    let value = self.bag(exports);
                    self.push(frame, Sort::Instance, value);
                }
                Item::Export(sort, name, index) => {
                    let value = self.get(frame, *sort, *index)?;
                    exports.insert(*name, value);
                    self.push(frame, *sort, value);
                }
                Item::Core => self.count_instance()?,
            }
        }
        self.bags.push(exports);
        Ok(self.bags.len() - 1)
    }

    fn collect(
        &self,
        frame: usize,
        names: &[(&'a str, Sort, u32)],
    ) -> Result<HashMap<&'a str, Value>, Error> {
        let wanted = names.iter().filter(|(_, sort, _)| *sort != Sort::Other);
        wanted
            .map(|(name, sort, index)| Ok((*name, self.get(frame, *sort, *index)?)))
            .collect()
    }

    fn bag(&mut self, exports: HashMap<&'a str, Value>) -> Value {
        self.bags.push(exports);
        Value::Instance(self.bags.len() - 1)
    }

    fn push(&mut self, frame: usize, sort: Sort, value: Value) {
        match sort {
            Sort::Component => self.frames[frame].components.push(value),
            Sort::Instance => self.frames[frame].instances.push(value),
            Sort::Other => {}
        }
    }

    fn get(&self, frame: usize, sort: Sort, index: u32) -> Result<Value, Error> {
        let space = match sort {
            Sort::Component => &self.frames[frame].components,
            Sort::Instance => &self.frames[frame].instances,
            Sort::Other => return Err(lost()),
        };
        space.get(index as usize).copied().ok_or_else(lost)
    }

    fn count_instance(&mut self) -> Result<(), Error> {
        self.instances += 1;
        if self.instances > limits::INSTANCES {
            return Err(Error::limit("the component instantiates too many components and core modules", limits::INSTANCES)
                .help("A component that is instantiated twice counts twice, with everything it instantiates."));
        }
        Ok(())
    }

    fn count_items(&mut self, more: usize) -> Result<(), Error> {
        self.items += more;
        if self.items > limits::EXPANDED_ITEMS {
            return Err(Error::limit(
                "the component has too many definitions once it is flattened",
                limits::EXPANDED_ITEMS,
            )
            .help("Definitions of a component that is instantiated twice count twice."));
        }
        Ok(())
    }
}

/// The walk met an index that is not there, though the component is valid.
fn lost() -> Error {
    Error {
        kind: Kind::Internal,
        ..Error::internal("its instances cannot be followed")
    }
}
