//! The steps of instantiation, and the rewritten core modules.

use crate::accessors::{self, Split};
use crate::docs::Docs;
use crate::error::{Error, Kind};
use crate::harden::{self, Function, Gate, Hardening, harden_found};
use crate::imports::path_of;
use crate::limits;
use crate::module::Facts;
use crate::names;
use crate::plan::{self, CoreFunc, Module, Resource, Step, Table};
use crate::rewrite::rewrite;
use crate::scan::Scan;
use crate::size::{self, Size};
use crate::validate::{self, TRANSLATOR, Valid, check};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::HashMap;
use wasmparser::ExternalKind;
use wasmtime_environ::component::{
    Component, ComponentTypesBuilder, CoreDef, CoreExport, DefinedResourceIndex, ExportItem,
    GlobalInitializer, InstantiateModule, StaticModuleIndex, TypeResourceTable,
    TypeResourceTableIndex,
};
use wasmtime_environ::{EntityIndex, EntityRef, ModuleTranslation, PrimaryMap, ScopeVec};

/// The plan's modules by what they are made from. Instances of one module with the same imports and the same part in the
/// gate share it.
type Written = HashMap<(usize, Vec<(String, String)>, Option<Gate>), u32>;

/// A core module as it goes into the plan, but for the names of its imports.
struct Code<'a> {
    wasm: &'a [u8],
    facts: Facts<'a>,
    /// What was found of its functions when it was validated, if that was kept.
    found: Option<&'a [Function]>,
    /// Whether transpile or the translator made it to connect nested components.
    adapter: bool,
}

/// How an adapter gets at further memories.
struct Access<'a> {
    /// What was known of the adapter before: the translator names its exports by their numbers.
    translated: Facts<'a>,
    /// Numbers of the imports that the adapter has left.
    kept: Vec<usize>,
    /// For each further memory, its number among the imports and the index into [`Steps::code`] of the accessor module.
    accessors: Vec<(usize, usize)>,
}

/// Everything that instantiation needs.
pub(crate) struct Steps<'a> {
    /// The modules as translated, then accessors.
    code: Vec<Code<'a>>,
    /// Those of the modules that get at further memories by accessors.
    access: HashMap<usize, Access<'a>>,
    /// For each core instance, its module's index into `code`; `None` for a module that the component imports.
    pub(crate) instances: Vec<Option<usize>>,
    /// The translator's numbers of core instances as numbers in the plan, where accessors have numbers too.
    numbers: Vec<u32>,
    pub(crate) steps: Vec<Step>,
    pub(crate) modules: Vec<Module>,
    pub(crate) bytes: Vec<Vec<u8>>,
    options: crate::Options,
    /// What all core instances together have.
    size: Size,
    written: usize,
    /// Bytes of names of core exports in the plan.
    named: Cell<usize>,
}

impl<'a> Steps<'a> {
    /// Reads the core modules; [`Steps::plan`] does the rest. Modules that are made on the way live in `scope`.
    pub(crate) fn new(
        modules: &'a PrimaryMap<StaticModuleIndex, ModuleTranslation<'a>>,
        scope: &'a ScopeVec<u8>,
        options: &crate::Options,
        (scan, valid): (&Scan<'_>, &'a Valid),
    ) -> Result<Steps<'a>, Error> {
        let code = |wasm: &'a [u8], adapter| {
            let (facts, nothing) = (
                |code| Facts::read(wasm, TRANSLATOR, code),
                Default::default(),
            );
            let (facts, found) = match scan.offset_of(wasm).map(|start| valid.code.get(&start)) {
                Some(code) => (
                    facts(code.unwrap_or(&nothing)),
                    code.and_then(validate::Code::found),
                ),
                // What the translator made is not in the file, and not validated yet.
                None => {
                    let code = &check(wasm, TRANSLATOR, 0)?.code;
                    (facts(code.get(&0).unwrap_or(&nothing)), None)
                }
            };
            Ok::<_, Error>(Code {
                wasm,
                facts: facts?,
                found,
                adapter,
            })
        };
        let mut steps = Steps {
            code: Vec::new(),
            access: HashMap::new(),
            instances: Vec::new(),
            numbers: Vec::new(),
            steps: Vec::new(),
            modules: Vec::new(),
            bytes: Vec::new(),
            options: *options,
            size: Size::default(),
            written: 0,
            named: Cell::new(0),
        };
        for module in modules.values() {
            // What the translator made is not in the file.
            let place = |error| match scan.offset_of(module.wasm) {
                Some(start) => scan.in_part(error, start),
                None => error,
            };
            let code = code(module.wasm, false).map_err(place)?;
            size::check_tables(&code.facts, options)
                .and_then(|()| check_exports(&code.facts))
                .map_err(place)?;
            steps.code.push(code);
        }
        for index in 0..steps.code.len() {
            let adapter = &steps.code[index];
            if adapter.facts.memories.len() < 2 {
                continue;
            }
            let Split {
                wasm,
                kept,
                accessors,
            } = accessors::split(adapter.wasm, &adapter.facts)?;
            let split = code(scope.push(wasm), true)?;
            let mut access = Access {
                translated: std::mem::replace(&mut steps.code[index], split).facts,
                kept,
                accessors: Vec::new(),
            };
            for accessor in accessors {
                access.accessors.push((accessor.import, steps.code.len()));
                steps.code.push(code(scope.push(accessor.wasm), true)?);
            }
            steps.access.insert(index, access);
        }
        Ok(steps)
    }

    /// What is known of the module of a core instance; `None` when the component imports the module.
    pub(crate) fn facts_of(&self, instance: usize) -> Option<&Facts<'a>> {
        self.instances[instance].map(|code| &self.code[code].facts)
    }

    /// What is known of all modules.
    pub(crate) fn facts(&self) -> impl Iterator<Item = &Facts<'a>> {
        self.code.iter().map(|code| &code.facts)
    }

    /// Turns the translator's initializers into steps.
    pub(crate) fn plan(&mut self, component: &Component) -> Result<(), Error> {
        for initializer in &component.initializers {
            if let GlobalInitializer::InstantiateModule(InstantiateModule::Static(module, _), _) =
                initializer
            {
                self.size.add(&self.code[module.index()].facts)?;
            }
        }
        let mut written = Written::default();
        for initializer in &component.initializers {
            let step = match initializer {
                GlobalInitializer::InstantiateModule(
                    InstantiateModule::Static(module, args),
                    owner,
                ) => {
                    let module = module.index();
                    // Adapters belong to no component.
                    self.code[module].adapter |= owner.is_none();
                    let mut imports =
                        args.iter()
                            .map(|arg| self.source(arg))
                            .collect::<Result<Vec<_>, Error>>()?;
                    if let Some(access) = self.access.remove(&module) {
                        imports = self.access(&access, &imports, &mut written)?;
                        self.access.insert(module, access);
                    }
                    let instance = self.instantiate(module, imports, &mut written)?;
                    self.numbers.push(instance);
                    continue;
                }
                GlobalInitializer::InstantiateModule(InstantiateModule::Import(import, _), _) => {
                    self.numbers.push(self.instances.len() as u32);
                    self.instances.push(None);
                    let path = path_of(component, *import);
                    path.iter().try_for_each(|name| self.name(name))?;
                    Step::InstantiateImport { path }
                }
                // The trampoline tells all there is to know.
                GlobalInitializer::LowerImport { .. } => continue,
                GlobalInitializer::ExtractMemory(memory) => {
                    let (instance, export) = self.export_name(&memory.export)?;
                    Step::Memory {
                        slot: memory.index.as_u32(),
                        instance,
                        export,
                    }
                }
                GlobalInitializer::ExtractRealloc(realloc) => Step::Realloc {
                    slot: realloc.index.as_u32(),
                    func: self.core_func(&realloc.def)?,
                },
                GlobalInitializer::ExtractPostReturn(post_return) => Step::PostReturn {
                    slot: post_return.index.as_u32(),
                    func: self.core_func(&post_return.def)?,
                },
                GlobalInitializer::ExtractCallback(_) | GlobalInitializer::ExtractTable(_) => {
                    return Err(Error::internal(
                        "an async function or a thread passed validation",
                    ));
                }
                GlobalInitializer::Resource(resource) => Step::Resource {
                    resource: component.resource_index(resource.index).as_u32(),
                    destructor: resource
                        .dtor
                        .as_ref()
                        .map(|dtor| self.core_func(dtor))
                        .transpose()?,
                    component_instance: resource.instance.as_u32(),
                },
            };
            self.steps.push(step);
        }
        Ok(())
    }

    /// Instantiates the accessors of an adapter; the names of the imports that it has left, given those of all.
    fn access(
        &mut self,
        access: &Access<'_>,
        imports: &[(String, String)],
        written: &mut Written,
    ) -> Result<Vec<(String, String)>, Error> {
        let kept = access.kept.iter().map(|import| imports[*import].clone());
        let mut names: Vec<_> = kept.collect();
        for (memory, code) in &access.accessors {
            let instance = self.instantiate(*code, vec![imports[*memory].clone()], written)?;
            let exports = &self.code[*code].facts.exports;
            names.extend(
                exports
                    .iter()
                    .map(|(name, ..)| (format!("i{instance}"), (*name).to_owned())),
            );
        }
        Ok(names)
    }

    /// Adds the step that makes an instance of a module, and the module unless it is there; the number of the instance.
    fn instantiate(
        &mut self,
        code: usize,
        imports: Vec<(String, String)>,
        written: &mut Written,
    ) -> Result<u32, Error> {
        let gate = self.options.gate.then_some(match self.instances.len() {
            0 => Gate::Owner,
            _ => Gate::Member,
        });
        let key = (code, imports, gate);
        let module = match written.get(&key) {
            Some(&module) => module,
            None => {
                let module = self.write(code, &key.1, gate)?;
                written.insert(key, module);
                module
            }
        };
        self.steps.push(Step::Instantiate { module });
        self.instances.push(Some(code));
        if self.instances.len() > limits::CORE_INSTANCES {
            return Err(Error::limit(
                "the flattened component has too many core instances",
                limits::CORE_INSTANCES,
            )
            .help("Calls between nested components that have memories of their own need one for each memory."));
        }
        Ok(self.instances.len() as u32 - 1)
    }

    /// Adds a module with the given names for its imports.
    fn write(
        &mut self,
        code: usize,
        imports: &[(String, String)],
        gate: Option<Gate>,
    ) -> Result<u32, Error> {
        let Code {
            wasm,
            facts,
            found,
            adapter,
        } = &self.code[code];
        let hardening = Hardening {
            gate,
            floats: self.options.floats,
            table_elements: gate.and_then(|_| self.size.table_maximum(&self.options)),
            stack: None,
            lean: false,
        };
        let mut bytes = rewrite(wasm, facts, imports)?;
        if hardening != Hardening::default() {
            // Where it shows in the rewritten module tells nothing about the file.
            bytes = harden_found(&bytes, *found, &hardening).map_err(|error| Error {
                offset: None,
                ..error
            })?;
        }
        self.modules.push(Module {
            size: 0,
            digest: String::new(),
            adapter: *adapter,
        });
        self.bytes.push(Vec::new());
        let module = self.modules.len() as u32 - 1;
        self.replace(module, bytes)?;
        Ok(module)
    }

    /// Gives a module other bytes.
    pub(crate) fn replace(&mut self, module: u32, bytes: Vec<u8>) -> Result<(), Error> {
        let place = module as usize;
        self.written += bytes.len() - self.bytes[place].len();
        if self.written > limits::OUTPUT_SIZE {
            return Err(Error::limit(
                "the flattened component has too many bytes of core modules",
                limits::OUTPUT_SIZE,
            )
            .help(
                "A core module that is instantiated with different imports counts once for each.",
            ));
        }
        self.modules[place].size = bytes.len() as u64;
        self.bytes[place] = bytes;
        Ok(())
    }

    /// Notes the digests of the modules, when all are as they stay, unless the host computes them.
    pub(crate) fn seal(&mut self) {
        if self.options.digest.is_none() {
            for (module, bytes) in self.modules.iter_mut().zip(&self.bytes) {
                module.digest = hex(&Sha256::digest(bytes));
            }
        }
    }

    /// Where the counters are.
    pub(crate) fn gate(&self) -> Option<plan::Gate> {
        // Where the first core instance is of a module that the component imports, no host makes the others.
        let gated = self.options.gate && !self.instances.is_empty();
        gated.then_some(plan::Gate {
            instance: 0,
            countdown: harden::COUNTDOWN,
            stack: harden::STACK_LEFT,
        })
    }

    /// Where an import comes from: the names that it gets.
    fn source(&self, def: &CoreDef) -> Result<(String, String), Error> {
        Ok(match def {
            CoreDef::Export(export) => {
                let (instance, name) = self.export_name(export)?;
                (format!("i{instance}"), name)
            }
            CoreDef::InstanceFlags(instance) => (String::from("f"), instance.as_u32().to_string()),
            CoreDef::Trampoline(index) => (String::from("t"), index.as_u32().to_string()),
            CoreDef::UnsafeIntrinsic(_) | CoreDef::TaskMayBlock => {
                return Err(Error::internal(format_args!(
                    "a core module imports {def:?}"
                )));
            }
        })
    }

    /// A core function in the plan's words.
    pub(crate) fn core_func(&self, def: &CoreDef) -> Result<CoreFunc, Error> {
        match def {
            CoreDef::Export(export) => {
                let (instance, export) = self.export_name(export)?;
                Ok(CoreFunc::Export { instance, export })
            }
            CoreDef::Trampoline(index) => Ok(CoreFunc::Trampoline {
                trampoline: index.as_u32(),
            }),
            _ => Err(Error::internal(format_args!(
                "{def:?} instead of a function"
            ))),
        }
    }

    /// The core instance and the name of an export that the translator knows by its index.
    fn export_name<T: Clone + Into<EntityIndex>>(
        &self,
        export: &CoreExport<T>,
    ) -> Result<(u32, String), Error> {
        let number = self.numbers.get(export.instance.as_u32() as usize);
        let instance =
            *number.ok_or_else(|| Error::internal("a core instance that comes later"))?;
        let name = match &export.item {
            ExportItem::Name(name) => name.clone(),
            ExportItem::Index(index) => {
                let (kind, index) = match index.clone().into() {
                    EntityIndex::Function(index) => (ExternalKind::Func, index.as_u32()),
                    EntityIndex::Table(index) => (ExternalKind::Table, index.as_u32()),
                    EntityIndex::Memory(index) => (ExternalKind::Memory, index.as_u32()),
                    EntityIndex::Global(index) => (ExternalKind::Global, index.as_u32()),
                    EntityIndex::Tag(index) => (ExternalKind::Tag, index.as_u32()),
                };
                let code = self.instances[instance as usize];
                let facts = code.map(|code| match self.access.get(&code) {
                    Some(access) => &access.translated,
                    None => &self.code[code].facts,
                });
                let name = facts.and_then(|facts| facts.export_name(kind, index));
                name.ok_or_else(|| {
                    Error::internal(format_args!(
                        "{kind:?} {index} of core instance {instance} has no name"
                    ))
                })?
                .to_owned()
            }
        };
        self.name(&name)?;
        Ok((instance, name))
    }

    /// Counts a name that goes into the plan.
    fn name(&self, name: &str) -> Result<(), Error> {
        self.named.set(self.named.get() + name.len());
        if self.named.get() > limits::NAMES_SIZE {
            return Err(names::too_many());
        }
        Ok(())
    }
}

/// Refuses a module with an export that the gate needs, whether there is a gate or not: both hosts decide alike.
fn check_exports(facts: &Facts<'_>) -> Result<(), Error> {
    let mut names = facts.exports.iter().map(|(name, ..)| *name);
    match names.find(|name| [harden::COUNTDOWN, harden::STACK_LEFT].contains(name)) {
        Some(name) => Err(
            Error::new(Kind::Unsupported, format!("a core module exports `{name}`"))
                .help("The name is the host's. Build the kernel with another."),
        ),
        None => Ok(()),
    }
}

/// The resource types. Those that the component defines get their names from its exports.
pub(crate) fn resources(component: &Component, docs: &Docs) -> Vec<Resource> {
    let imported = component.imported_resources.values().map(|import| {
        let path = path_of(component, *import);
        let name = path.last().cloned();
        let interface = path.iter().rev().nth(1).cloned();
        Resource {
            docs: docs.resource(interface.as_deref(), name.as_deref().unwrap_or_default()),
            name,
            interface,
            import: Some(path),
            component_instance: 0,
        }
    });
    let count = component.num_resources as usize - component.imported_resources.len();
    let defined = (0..count).map(|index| {
        let index = DefinedResourceIndex::new(index);
        let instance = component.defined_resource_instances.get(index);
        Resource {
            name: None,
            interface: None,
            import: None,
            component_instance: instance.map_or(0, |instance| instance.as_u32()),
            docs: String::new(),
        }
    });
    imported.chain(defined).collect()
}

/// The handle tables.
pub(crate) fn tables(types: &ComponentTypesBuilder) -> Vec<Table> {
    (0..types.num_resource_tables())
        .map(|index| match types[TypeResourceTableIndex::new(index)] {
            TypeResourceTable::Concrete { ty, instance } => Table {
                resource: Some(ty.as_u32()),
                component_instance: instance.as_u32(),
            },
            TypeResourceTable::Abstract(_) => Table {
                resource: None,
                component_instance: 0,
            },
        })
        .collect()
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
