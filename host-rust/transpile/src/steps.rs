//! The steps of instantiation, the host's functions, and the rewritten core modules.

use crate::docs::Docs;
use crate::error::{Error, Kind};
use crate::imports::path_of;
use crate::limits;
use crate::module::Facts;
use crate::names;
use crate::plan::{
    CoreFunc, ImportFunc, LowerImport, Module, Resource, ResourceUse, Step, Table, Trampoline, Work,
};
use crate::rewrite::rewrite;
use crate::signature::{Options, core_signature};
use crate::types::TypeTable;
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::HashMap;
use wasmparser::ExternalKind;
use wasmtime_environ::component::{
    Component, ComponentTranslation, ComponentTypesBuilder, CoreDef, CoreExport,
    DefinedResourceIndex, ExportItem, GlobalInitializer, InstantiateModule, LoweredIndex,
    RuntimeComponentInstanceIndex, RuntimeImportIndex, StaticModuleIndex, Trampoline as Translated,
    TypeResourceTable, TypeResourceTableIndex,
};
use wasmtime_environ::{EntityIndex, EntityRef, ModuleTranslation, PrimaryMap};

/// Everything that instantiation needs.
pub(crate) struct Steps<'a> {
    facts: Vec<Facts<'a>>,
    wasm: Vec<&'a [u8]>,
    /// For each core instance, the module as translated; `None` for one that the component imports.
    pub(crate) instances: Vec<Option<StaticModuleIndex>>,
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

    /// What is known of the module of a core instance; `None` when the component imports the module.
    pub(crate) fn facts_of(&self, instance: usize) -> Option<&Facts<'a>> {
        self.instances[instance].map(|module| &self.facts[module.index()])
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
                    let written = match known.get(&(*module, imports.clone())) {
                        Some(&index) => index,
                        None => {
                            let index = self.write(*module, &imports, owner.is_none())?;
                            known.insert((*module, imports), index);
                            index
                        }
                    };
                    self.instances.push(Some(*module));
                    Step::Instantiate { module: written }
                }
                GlobalInitializer::InstantiateModule(InstantiateModule::Import(import, _), _) => {
                    self.instances.push(None);
                    let path = path_of(component, *import);
                    path.iter().try_for_each(|name| self.name(name))?;
                    Step::InstantiateImport { path }
                }
                // The trampoline tells all there is to know.
                GlobalInitializer::LowerImport { .. } => continue,
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
                let facts = self.facts_of(instance as usize);
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

/// The functions that the host supplies.
pub(crate) fn trampolines(
    translation: &ComponentTranslation,
    translated: &ComponentTypesBuilder,
    types: &TypeTable<'_>,
    imports: &[ImportFunc],
) -> Result<Vec<Trampoline>, Error> {
    let component = &translation.component;
    let by_path: HashMap<&[String], u32> =
        imports.iter().map(|func| &func.path[..]).zip(0..).collect();
    let lowered: HashMap<LoweredIndex, RuntimeImportIndex> = component
        .initializers
        .iter()
        .filter_map(|initializer| match initializer {
            GlobalInitializer::LowerImport { index, import } => Some((*index, *import)),
            _ => None,
        })
        .collect();
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
            Translated::LowerImport {
                index,
                lower_ty,
                options,
            } => {
                let path = lowered
                    .get(index)
                    .map(|import| path_of(component, *import))
                    .unwrap_or_default();
                let import = by_path.get(&path[..]).ok_or_else(|| {
                    Error::internal(format_args!("{path:?} is lowered and not imported"))
                })?;
                let options = &component.options[*options];
                let options = Options::read(translated, options, *lower_ty, &path.join(" / "))?;
                Work::LowerImport(LowerImport {
                    import: *import,
                    memory: options.memory,
                    realloc: options.realloc,
                    encoding: options.encoding,
                    spill_params: options.spill_params,
                    spill_result: options.spill_result,
                    component_instance: options.component_instance,
                })
            }
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
        let core = core_signature(translated, translation.component.trampolines[index])?;
        trampolines.push(Trampoline { work, core });
    }
    Ok(trampolines)
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
