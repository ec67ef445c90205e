//! Where an instance keeps its state: what a host copies to clone a warmed instance, and the kernel SDK's panic buffer.

use crate::limits;
use crate::plan::{CloneGlobals, CloneInfo, CloneMemory, PanicBuffer, Resource, Trampoline, Work};
use crate::rewrite::{global_export, memory_export};
use crate::steps::Steps;
use wasmparser::{ExternalKind, ValType};

/// What a copy of an instance has to copy, and whether that is all of its state.
///
/// Two instances made by the same steps have the same tables and the same segments as long as no instruction changes
/// them, so memories and mutable globals tell the rest. `memory.init` only reads a segment; dropping one is state.
pub(crate) fn clone_info(
    steps: &Steps<'_>,
    trampolines: &[Trampoline],
    resources: &[Resource],
) -> CloneInfo {
    let mut info = CloneInfo {
        safe: true,
        reason: String::new(),
        globals: Vec::new(),
        memories: Vec::new(),
    };
    let mut reasons = Vec::new();
    // An imported function can hand out handles of imported resources.
    let imported = resources.iter().any(|resource| resource.import.is_some());
    if trampolines.iter().any(|t| match t.work {
        Work::ResourceNew(_) | Work::ResourceDrop(_) | Work::ResourceTransferOwn => true,
        Work::LowerImport(_) => imported,
        _ => false,
    }) {
        reasons.push(String::from(
            "it uses resources, whose handles live in the host",
        ));
    }
    for instance in 0..steps.instances.len() {
        let Some(facts) = steps.facts_of(instance) else {
            reasons.push(format!(
                "core instance {instance} is of a module that the component imports"
            ));
            continue;
        };
        if let Some(name) = facts.hidden_state.first() {
            reasons.push(format!("core instance {instance} uses {name}, whose effect is neither in a memory nor in a global"));
        }
        if !facts.reserved.is_empty() {
            reasons.push(format!(
                "core instance {instance} exports a name that transpile needs for its own exports"
            ));
        }
        let mut exports = Vec::new();
        for (index, global) in facts.mutable_globals() {
            match global.ty.content_type {
                ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => {
                    exports.push(global_export(index))
                }
                other => reasons.push(format!(
                    "core instance {instance} has a mutable global of type {other}"
                )),
            }
        }
        if !exports.is_empty() {
            info.globals.push(CloneGlobals {
                instance: instance as u32,
                exports,
            });
        }
        for index in facts.defined_memories() {
            let export = facts
                .export_name(ExternalKind::Memory, index)
                .map(str::to_owned);
            let export = export.unwrap_or_else(|| memory_export(index));
            info.memories.push(CloneMemory {
                instance: instance as u32,
                export,
            });
        }
    }
    info.safe = reasons.is_empty();
    info.reason = reasons.into_iter().next().unwrap_or_default();
    info
}

/// The panic buffer: an exported constant `tenon_panic` with an address within the initial memory.
pub(crate) fn panic_buffer(steps: &Steps<'_>) -> Option<PanicBuffer> {
    (0..steps.instances.len()).find_map(|instance| {
        let facts = steps.facts_of(instance)?;
        let (.., index) = facts
            .exports
            .iter()
            .find(|(name, kind, _)| *name == "tenon_panic" && *kind == ExternalKind::Global)?;
        let global = facts.globals.get(*index as usize)?;
        if global.ty.mutable || global.ty.content_type != ValType::I32 {
            return None;
        }
        let address = global.init? as u32;
        let room = facts.memories.first()?.checked_sub(u64::from(address))?;
        let size = u64::from(limits::PANIC_BUFFER).min(room) as u32;
        if size <= 4 {
            return None;
        }
        let memory = facts.export_name(ExternalKind::Memory, 0)?.to_owned();
        Some(PanicBuffer {
            instance: instance as u32,
            memory,
            address,
            size,
        })
    })
}
