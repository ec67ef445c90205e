//! How large a component grows when it is flattened.
//!
//! A component that instantiates another twice, which instantiates another twice, and so on, is small and valid and
//! flattens to as many instances as one likes. The same holds for components that capture others without instantiating
//! them, and for instances made of instances: the translator copies a captured component with all that it captures, and
//! an instance with all that is in it. So the instantiation is walked through first, with indices and numbers in place
//! of what the translator would copy, and given up at the limits.

mod read;
pub(crate) mod sizes;

use self::read::{Definition, Item, Sort, read};
use crate::error::Error;
use crate::limits;
use std::collections::HashMap;
use wasmparser::WasmFeatures;

/// Refuses a valid component whose flattened form crosses a limit, given the number of resource types that it imports.
/// Returns the number of instances.
pub(crate) fn check(
    bytes: &[u8],
    features: WasmFeatures,
    imported_resources: usize,
) -> Result<usize, Error> {
    let definitions = read(bytes, features).map_err(Error::internal)?;
    let mut walk = Walk {
        definitions: &definitions,
        frames: Vec::new(),
        bags: Vec::new(),
        instances: 0,
        items: 0,
        resources: imported_resources,
    };
    walk.instantiate(0, None, &HashMap::new())?;
    Ok(walk.instances)
}

/// A component, an instance or a core module during the walk; all live in arenas, since components refer to their frames.
#[derive(Clone, Copy)]
struct Value {
    what: What,
    /// What a copy costs, in items.
    weight: usize,
}

#[derive(Clone, Copy)]
enum What {
    /// A definition with the frame that it was defined in.
    Component(usize, Option<usize>),
    /// An index into [`Walk::bags`].
    Instance(usize),
    /// The number of imports.
    Module(usize),
}

/// The index spaces of one instance of a component.
struct Frame {
    parent: Option<usize>,
    components: Vec<Value>,
    instances: Vec<Value>,
    modules: Vec<Value>,
}

impl Frame {
    fn space(&mut self, sort: Sort) -> Option<&mut Vec<Value>> {
        match sort {
            Sort::Component => Some(&mut self.components),
            Sort::Instance => Some(&mut self.instances),
            Sort::Module => Some(&mut self.modules),
            Sort::Other => None,
        }
    }
}

struct Walk<'d, 'a> {
    definitions: &'d [Definition<'a>],
    frames: Vec<Frame>,
    /// What instances export, as far as it is components, instances and core modules.
    bags: Vec<HashMap<&'a str, Value>>,
    instances: usize,
    items: usize,
    /// Resource types that the translator may know at this point; it copies that table for each component instance.
    resources: usize,
}

impl<'d, 'a> Walk<'d, 'a> {
    /// Walks through one instantiation and returns the instance.
    fn instantiate(
        &mut self,
        definition: usize,
        parent: Option<usize>,
        args: &HashMap<&'a str, Value>,
    ) -> Result<Value, Error> {
        self.count_instance()?;
        let definitions = self.definitions;
        let frame = self.frames.len();
        self.frames.push(Frame {
            parent,
            components: Vec::new(),
            instances: Vec::new(),
            modules: Vec::new(),
        });
        let mut exports = Vec::new();
        for item in &definitions[definition].items {
            self.count_items(1)?;
            match item {
                Item::Import(sort, name) => {
                    // The root has no arguments. What the host brings along is referred to by name, and not copied.
                    let value = args
                        .get(name)
                        .copied()
                        .unwrap_or_else(|| self.bag(HashMap::new(), 1));
                    self.push(frame, *sort, value)?;
                }
                Item::Define(inner) => {
                    let mut weight = 1usize;
                    for (up, sort, index) in &definitions[*inner].captures {
                        weight =
                            weight.saturating_add(self.outer(frame, *up, *sort, *index)?.weight);
                    }
                    self.push(
                        frame,
                        Sort::Component,
                        Value {
                            what: What::Component(*inner, Some(frame)),
                            weight,
                        },
                    )?;
                }
                Item::Module(imports) => {
                    self.push(
                        frame,
                        Sort::Module,
                        Value {
                            what: What::Module(*imports),
                            weight: 1,
                        },
                    )?;
                }
                Item::Outer(up, sort, index) => {
                    let value = self.outer(frame, *up, *sort, *index)?;
                    self.push(frame, *sort, value)?;
                }
                Item::Alias(Sort::Other, ..) | Item::Export(Sort::Other, ..) => {
                    exports.extend(item.exported(None))
                }
                Item::Alias(sort, instance, name) => {
                    let value = match self.get(frame, Sort::Instance, *instance)?.what {
                        What::Instance(bag) => self.bags[bag].get(name).copied(),
                        _ => None,
                    };
                    let value = value.unwrap_or_else(|| self.bag(HashMap::new(), 1));
                    self.push(frame, *sort, value)?;
                }
                Item::Instantiate(component, args) => {
                    let component = self.get(frame, Sort::Component, *component)?;
                    self.count_items(component.weight)?;
                    let What::Component(inner, parent) = component.what else {
                        return Err(lost());
                    };
                    let args = self.collect(frame, args)?;
                    let known = self.resources;
                    self.resources += args.weight;
                    self.count_items(self.resources)?;
                    let value = self.instantiate(inner, parent, &args.values)?;
                    self.resources = known;
                    self.push(frame, Sort::Instance, value)?;
                }
                Item::Bag(exports) => {
                    let exports = self.collect(frame, exports)?;
                    let value = self.bag(exports.values, exports.weight);
                    self.push(frame, Sort::Instance, value)?;
                }
                Item::Export(sort, _, index) => {
                    let value = self.get(frame, *sort, *index)?;
                    exports.extend(item.exported(Some(value)));
                    self.push(frame, *sort, value)?;
                }
                Item::Core(module, args) => {
                    self.count_instance()?;
                    self.count_items(*args)?;
                    if let What::Module(imports) = self.get(frame, Sort::Module, *module)?.what {
                        self.count_items(imports)?;
                    }
                }
                Item::Resources(count) => self.resources += count,
                Item::Other(cost) => self.count_items(*cost)?,
            }
        }
        let weight = exports
            .iter()
            .map(|(_, value)| 1 + value.map_or(0, |value| value.weight))
            .fold(1, usize::saturating_add);
        let values = exports
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        Ok(self.bag(values, weight))
    }

    /// Looks up arguments or exports, and counts their copies.
    fn collect(
        &mut self,
        frame: usize,
        names: &[(&'a str, Sort, u32)],
    ) -> Result<Collected<'a>, Error> {
        let mut collected = Collected {
            values: HashMap::new(),
            weight: 1,
        };
        for (name, sort, index) in names {
            let mut cost = 1;
            if *sort != Sort::Other {
                let value = self.get(frame, *sort, *index)?;
                cost += value.weight;
                collected.values.insert(name, value);
            }
            self.count_items(cost)?;
            collected.weight += cost;
        }
        Ok(collected)
    }

    fn bag(&mut self, exports: HashMap<&'a str, Value>, weight: usize) -> Value {
        self.bags.push(exports);
        Value {
            what: What::Instance(self.bags.len() - 1),
            weight,
        }
    }

    /// Adds a copy to an index space.
    fn push(&mut self, frame: usize, sort: Sort, value: Value) -> Result<(), Error> {
        self.count_items(value.weight)?;
        if let Some(space) = self.frames[frame].space(sort) {
            space.push(value);
        }
        Ok(())
    }

    fn get(&mut self, frame: usize, sort: Sort, index: u32) -> Result<Value, Error> {
        let space = self.frames[frame].space(sort).ok_or_else(lost)?;
        space.get(index as usize).copied().ok_or_else(lost)
    }

    fn outer(&mut self, mut frame: usize, up: u32, sort: Sort, index: u32) -> Result<Value, Error> {
        for _ in 0..up {
            frame = self.frames[frame].parent.ok_or_else(lost)?;
        }
        self.get(frame, sort, index)
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
        self.items = self.items.saturating_add(more);
        if self.items > limits::EXPANDED_ITEMS {
            return Err(Error::limit("the component has too many definitions once it is flattened", limits::EXPANDED_ITEMS)
                .help("What is instantiated, captured or passed on several times counts each time, with everything in it."));
        }
        Ok(())
    }
}

struct Collected<'a> {
    values: HashMap<&'a str, Value>,
    weight: usize,
}

impl<'a> Item<'a> {
    /// The export that an item makes, if it makes one.
    fn exported(&self, value: Option<Value>) -> Option<(&'a str, Option<Value>)> {
        match self {
            Item::Export(_, name, _) => Some((name, value)),
            _ => None,
        }
    }
}

/// The walk met an index that is not there, though the component is valid.
fn lost() -> Error {
    Error::internal("its instances cannot be followed")
}
