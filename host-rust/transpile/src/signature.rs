//! A function's types, and how its values travel between core code and the other side by the Canonical ABI.

use crate::error::Error;
use crate::limits;
use crate::plan::{CoreSignature, CoreType, Encoding, Param, Spill, TypeIndex};
use crate::types::TypeTable;
use wasmparser::component_types::ComponentFuncTypeId;
use wasmtime_environ::component::{
    CanonicalOptions, CanonicalOptionsDataModel, ComponentTypesBuilder, InterfaceType,
    StringEncoding, TypeFuncIndex,
};
use wasmtime_environ::{ModuleInternedTypeIndex, WasmHeapType, WasmValType};

/// Parameters and result.
pub(crate) struct Signature {
    pub(crate) params: Vec<Param>,
    pub(crate) result: Option<TypeIndex>,
}

/// Reads a function's type, given both its descriptions.
pub(crate) fn signature(
    types: &mut TypeTable<'_>,
    validated: ComponentFuncTypeId,
    translated: TypeFuncIndex,
) -> Result<Signature, Error> {
    let validator = types.validated;
    let validated = &validator[validated];
    let layouts = types.translated;
    let translated = &layouts[translated];
    let mut params = Vec::new();
    for ((name, ty), translated) in validated
        .params
        .iter()
        .zip(&layouts[translated.params].types)
    {
        params.push(Param {
            name: name.to_string(),
            ty: types.value(*ty, translated)?,
        });
    }
    let result = match (validated.result, layouts[translated.results].types.first()) {
        (Some(ty), Some(translated)) => Some(types.value(ty, translated)?),
        _ => None,
    };
    Ok(Signature { params, result })
}

/// The canonical options that say how values travel.
pub(crate) struct Options {
    pub(crate) memory: Option<u32>,
    pub(crate) realloc: Option<u32>,
    pub(crate) encoding: Encoding,
    pub(crate) spill_params: Option<Spill>,
    pub(crate) spill_result: bool,
    pub(crate) component_instance: u32,
}

impl Options {
    /// The options of a lifted or lowered function of a type.
    pub(crate) fn read(
        types: &ComponentTypesBuilder,
        options: &CanonicalOptions,
        ty: TypeFuncIndex,
    ) -> Result<Options, Error> {
        if types[ty].async_ || options.async_ || options.callback.is_some() {
            return Err(Error::internal("an async function passed validation"));
        }
        let params = &types[types[ty].params].types;
        let results = &types[types[ty].results].types;
        let realloc = match &options.data_model {
            CanonicalOptionsDataModel::LinearMemory(memory) => memory.realloc,
            CanonicalOptionsDataModel::Gc {} => None,
        };
        Ok(Options {
            memory: options.memory().map(|memory| memory.as_u32()),
            realloc: realloc.map(|realloc| realloc.as_u32()),
            encoding: match options.string_encoding {
                StringEncoding::Utf8 => Encoding::Utf8,
                StringEncoding::Utf16 => Encoding::Utf16,
                StringEncoding::CompactUtf16 => Encoding::Latin1OrUtf16,
            },
            spill_params: spill(types, params),
            spill_result: flat_count(types, results).is_none_or(|count| count > 1),
            component_instance: options.instance.as_u32(),
        })
    }
}

/// How many core values types take together; `None` when one of them takes too many.
fn flat_count(types: &ComponentTypesBuilder, list: &[InterfaceType]) -> Option<usize> {
    list.iter()
        .map(|ty| Some(types.flat_types(ty)?.len()))
        .sum()
}

/// The layout of parameters that do not fit into core parameters.
fn spill(types: &ComponentTypesBuilder, params: &[InterfaceType]) -> Option<Spill> {
    if flat_count(types, params).is_some_and(|count| count <= limits::FLAT_PARAMS) {
        return None;
    }
    let mut size = 0;
    let layouts = || params.iter().map(|ty| types.canonical_abi(ty));
    let offsets = layouts()
        .map(|layout| layout.next_field32(&mut size))
        .collect();
    let align = layouts().map(|layout| layout.align32).max().unwrap_or(1);
    Some(Spill {
        size: size.next_multiple_of(align),
        align,
        offsets,
    })
}

/// A core signature in the plan's words.
pub(crate) fn core_signature(
    types: &ComponentTypesBuilder,
    index: ModuleInternedTypeIndex,
) -> Result<CoreSignature, Error> {
    let ty = types[index].unwrap_func();
    let list = |types: &[WasmValType]| {
        types
            .iter()
            .map(|ty| core_type(*ty))
            .collect::<Result<Vec<_>, Error>>()
    };
    Ok(CoreSignature {
        params: list(ty.params())?,
        results: list(ty.results())?,
    })
}

fn core_type(ty: WasmValType) -> Result<CoreType, Error> {
    Ok(match ty {
        WasmValType::I32 => CoreType::I32,
        WasmValType::I64 => CoreType::I64,
        WasmValType::F32 => CoreType::F32,
        WasmValType::F64 => CoreType::F64,
        WasmValType::V128 => CoreType::V128,
        WasmValType::Ref(ty) => match ty.heap_type {
            WasmHeapType::Func => CoreType::FuncRef,
            WasmHeapType::Extern => CoreType::ExternRef,
            other => {
                return Err(Error::internal(format_args!(
                    "a core signature with {other:?}"
                )));
            }
        },
    })
}
