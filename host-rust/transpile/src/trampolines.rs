//! The functions that the host supplies to core modules.

use crate::error::Error;
use crate::imports::path_of;
use crate::plan::{ImportFunc, LowerImport, ResourceUse, Trampoline, Work};
use crate::signature::{Options, core_signature};
use crate::types::TypeTable;
use std::collections::HashMap;
use wasmtime_environ::component::{
    ComponentTranslation, ComponentTypesBuilder, GlobalInitializer, LoweredIndex,
    RuntimeComponentInstanceIndex, RuntimeImportIndex, Trampoline as Translated,
    TypeResourceTableIndex,
};

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
                let options = Options::read(translated, options, *lower_ty)?;
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
