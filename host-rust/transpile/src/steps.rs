//! The steps of instantiation, the host's functions, and the rewritten core modules.

use crate::error::{Error, Kind};
use crate::exports::signature;
use crate::limits;
use crate::module::Facts;
use crate::names;
use crate::plan::{CoreFunc, Module, Resource, ResourceUse, Step, Table, Trampoline, Work};
use crate::rewrite::rewrite;
use crate::types::TypeTable;
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::HashMap;
use wasmparser::ExternalKind;
use wasmtime_environ::component::{
    Component, ComponentTranslation, ComponentTypesBuilder, CoreDef, CoreExport,
    DefinedResourceIndex, ExportItem, GlobalInitializer, InstantiateModule,
    RuntimeComponentInstanceIndex, StaticModuleIndex, Trampoline as Translated, TypeResourceTable,
    TypeResourceTableIndex,
};
use wasmtime_environ::{EntityIndex, EntityRef, ModuleTranslation, PrimaryMap};

/// Everything that instantiation needs.
pub(crate) struct Steps<'a> {
    facts: Vec<Facts<'a>>,
    wasm: Vec<&'a [u8]>,
    /// For each core instance, the module as translated.
    pub(crate) instances: Vec<StaticModuleIndex>,
    pub(crate) steps: Vec<Step>,
    pub(crate) modules: Vec<Module>,
    pub(crate) bytes: Vec<Vec<u8>>,
    written: usize,
    /// Bytes of names of core exports in the plan.
    named: Cell<usize>,
}

impl<'a> Steps<'a> {
    /// Reads the core modules; [`Steps::plan`] does the rest.
    pub(crate) fn new(
        modules: &'a PrimaryMap<StaticModuleIndex, ModuleTranslation<'a>>,
    ) -> Result<Steps<'a>, Error> {
        let features = crate::validate::TRANSLATOR;
        Ok(Steps {
            facts: modules
                .values()
                .map(|module| Facts::read(module.wasm, features))
                .collect::<Result<_, _>>()?,
            wasm: modules.values().map(|module| module.wasm).collect(),
            instances: Vec::new(),
            steps: Vec::new(),
            modules: Vec::new(),
            bytes: Vec::new(),
            written: 0,
            named: Cell::new(0),
        })
    }

    /// What is known of the module of a core instance.
    pub(crate) fn facts_of(&self, instance: usize) -> &Facts<'a> {
        &self.facts[self.instances[instance].index()]
    }

    /// What is known of all modules.
    pub(crate) fn facts(&self) -> &[Facts<'a>] {
        &self.facts
    }

    /// Turns the translator's initializers into steps.
    pub(crate) fn plan(&mut self, component: &Component) -> Result<(), Error> {
        // Instances of one module with the same arguments share its rewritten form.
        let mut known: HashMap<(StaticModuleIndex, Vec<(String, String)>), u32> = HashMap::new();
        for initializer in &component.initializers {
            let step = match initializer {
                GlobalInitializer::InstantiateModule(
                    InstantiateModule::Static(module, args),
                    owner,
                ) => {
                    let imports = args
                        .iter()
                        .map(|arg| self.source(arg))
                        .collect::<Result<Vec<_>, Error>>()?;
                    let module = match known.get(&(*module, imports.clone())) {
                        Some(&index) => {
                            self.instances.push(*module);
                            index
                        }
                        None => {
                            let index = self.write(*module, &imports, owner.is_none())?;
                            known.insert((*module, imports), index);
                            index
                        }
                    };
                    Step::Instantiate { module }
                }
                GlobalInitializer::InstantiateModule(InstantiateModule::Import(..), _) => {
                    return Err(Error::internal("an imported core module"));
                }
                GlobalInitializer::LowerImport { .. } => {
                    return Err(Error::internal("an imported function"));
                }
                GlobalInitializer::ExtractMemory(memory) => Step::Memory {
                    slot: memory.index.as_u32(),
                    instance: memory.export.instance.as_u32(),
                    export: self.export_name(&memory.export)?.1,
                },
                GlobalInitializer::ExtractRealloc(realloc) => Step::Realloc {
                    slot: realloc.index.as_u32(),
                    func: self.core_func(&realloc.def)?,
                },
                GlobalInitializer::ExtractPostReturn(post_return) => Step::PostReturn {
                    slot: post_return.index.as_u32(),
                    func: self.core_func(&post_return.def)?,
                },
                GlobalInitializer::ExtractCallback(_) | GlobalInitializer::ExtractTable(_) => {
                    return Err(Error::new(
                        Kind::Unsupported,
                        "the component uses async functions or threads",
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

    fn write(
        &mut self,
        module: StaticModuleIndex,
        imports: &[(String, String)],
        adapter: bool,
    ) -> Result<u32, Error> {
        let index = module.index();
        let bytes = rewrite(self.wasm[index], &self.facts[index], imports)?;
        self.written += bytes.len();
        if self.written > limits::OUTPUT_SIZE {
            return Err(Error::limit(
                "the flattened component has too many bytes of core modules",
                limits::OUTPUT_SIZE,
            )
            .help(
                "A core module that is instantiated with different imports counts once for each.",
            ));
        }
        self.modules.push(Module {
            size: bytes.len() as u64,
            digest: hex(&Sha256::digest(&bytes)),
            adapter,
        });
        self.bytes.push(bytes);
        self.instances.push(module);
        Ok(self.modules.len() as u32 - 1)
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
        let instance = export.instance.as_u32();
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
                if instance as usize >= self.instances.len() {
                    return Err(Error::internal("a core instance that comes later"));
                }
                let name = self.facts_of(instance as usize).export_name(kind, index);
                name.ok_or_else(|| {
                    Error::internal(format_args!(
                        "{kind:?} {index} of core instance {instance} has no name"
                    ))
                })?
                .to_owned()
            }
        };
        self.named.set(self.named.get() + name.len());
        if self.named.get() > limits::NAMES_SIZE {
            return Err(names::too_many());
        }
        Ok((instance, name))
    }
}

/// The functions that the host supplies.
pub(crate) fn trampolines(
    translation: &ComponentTranslation,
    translated: &ComponentTypesBuilder,
    types: &TypeTable<'_>,
) -> Result<Vec<Trampoline>, Error> {
    let resource_use = |instance: &RuntimeComponentInstanceIndex,
                        table: &TypeResourceTableIndex| {
        Ok::<_, Error>(ResourceUse {
            resource: types.resource(*table)?,
            table: table.as_u32(),
            component_instance: instance.as_u32(),
        })
    };
    let mut trampolines = Vec::new();
    for (index, trampoline) in translation.trampolines.iter() {
        let work = match trampoline {
            Translated::ResourceNew { instance, ty } => {
                Work::ResourceNew(resource_use(instance, ty)?)
            }
            Translated::ResourceRep { instance, ty } => {
                Work::ResourceRep(resource_use(instance, ty)?)
            }
            Translated::ResourceDrop { instance, ty } => {
                Work::ResourceDrop(resource_use(instance, ty)?)
            }
            Translated::ResourceTransferOwn => Work::ResourceTransferOwn,
            Translated::ResourceTransferBorrow => Work::ResourceTransferBorrow,
            Translated::Transcoder { op, from, to, .. } => Work::Transcode {
                transcode: op.desc().to_owned(),
                from: from.as_u32(),
                to: to.as_u32(),
            },
            Translated::Trap => Work::Trap,
            Translated::EnterSyncCall => Work::EnterSyncCall,
            Translated::ExitSyncCall => Work::ExitSyncCall,
            other => Work::Other {
                name: other.symbol_name(),
            },
        };
        let core = signature(translated, translation.component.trampolines[index])?;
        trampolines.push(Trampoline { work, core });
    }
    Ok(trampolines)
}

/// The resource types, without their names.
pub(crate) fn resources(component: &Component) -> Vec<Resource> {
    (0..component.num_resources)
        .map(|index| {
            let defined = index
                .checked_sub(component.imported_resources.len() as u32)
                .map(DefinedResourceIndex::from_u32);
            let instance =
                defined.and_then(|index| component.defined_resource_instances.get(index));
            Resource {
                name: None,
                interface: None,
                component_instance: instance
                    .map(|instance| instance.as_u32())
                    .unwrap_or_default(),
                docs: String::new(),
            }
        })
        .collect()
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
