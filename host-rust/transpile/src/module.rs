//! What transpile has to know of a core module beyond what the translator tells: the sections, what is exported under
//! which name, what state there is, and which instructions occur.

use crate::elements::Segment;
use crate::error::Error;
use crate::rewrite::{RESERVED, sort};
use crate::sections::CUSTOM;
use crate::validate::Code;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use wasmparser::{
    BinaryReader, DataKind, Element, ElementItems, ElementKind, ExternalKind, GlobalType, Operator,
    Parser, Payload, TypeRef, ValType, WasmFeatures,
};

/// What is known of one core module.
#[derive(Default)]
pub(crate) struct Facts<'a> {
    /// All sections but custom ones, in order: identifier and the bytes of the contents.
    pub(crate) sections: Vec<(u8, Range<usize>)>,
    /// The custom section `name`: function names, for backtraces.
    pub(crate) names: Option<&'a [u8]>,
    /// For each import, the bytes of its type.
    pub(crate) imports: Vec<Range<usize>>,
    /// Exports in order.
    pub(crate) exports: Vec<(&'a str, ExternalKind, u32)>,
    /// The first name of each exported item, by the sort of item and its index.
    export_names: HashMap<(u8, u32), &'a str>,
    /// Names of exports that begin like those that transpile adds.
    pub(crate) reserved: HashSet<&'a str>,
    /// Globals, the imported ones included.
    pub(crate) globals: Vec<Global>,
    /// How many of `globals` are imported.
    pub(crate) imported_globals: usize,
    /// Memories: initial size in bytes, the imported ones included.
    pub(crate) memories: Vec<u64>,
    /// How many of `memories` are imported.
    pub(crate) imported_memories: usize,
    /// Tables: declared minimum of elements, the imported ones included.
    pub(crate) tables: Vec<u64>,
    /// How many of `tables` are imported.
    pub(crate) imported_tables: usize,
    /// Elements of all element segments.
    pub(crate) elements: u64,
    /// Bytes of all data segments.
    pub(crate) data: u64,
    /// Active element segments in order.
    pub(crate) segments: Vec<Segment<'a>>,
    /// How many types the module has.
    pub(crate) types: u32,
    /// How many functions the module has, the imported ones included.
    pub(crate) functions: u32,
    /// The start function.
    pub(crate) start: Option<u32>,
    /// Proposals in use, by the names of `-C target-feature`.
    pub(crate) features: BTreeSet<&'static str>,
    /// Instructions that change state which is neither in a memory nor in a global, by name.
    pub(crate) hidden_state: BTreeSet<&'static str>,
}

/// A global.
pub(crate) struct Global {
    pub(crate) ty: GlobalType,
    /// The initial value, where it is a plain `i32.const`.
    pub(crate) init: Option<i32>,
}

impl<'a> Facts<'a> {
    /// Reads a valid core module, given what validation found in its code.
    pub(crate) fn read(
        wasm: &'a [u8],
        features: WasmFeatures,
        code: &Code,
    ) -> Result<Facts<'a>, Error> {
        let mut facts = Facts::default();
        facts.features.extend(code.features());
        facts.hidden_state.extend(code.hidden_state());
        facts
            .read_sections(wasm, features)
            .map_err(Error::internal)?;
        Ok(facts)
    }

    /// Where the contents of a section are.
    pub(crate) fn section(&self, id: u8) -> Option<Range<usize>> {
        let section = self.sections.iter().find(|section| section.0 == id);
        section.map(|section| section.1.clone())
    }

    /// The first name under which something is exported.
    pub(crate) fn export_name(&self, kind: ExternalKind, index: u32) -> Option<&'a str> {
        self.export_names.get(&(sort(kind), index)).copied()
    }

    /// The mutable globals that the module itself defines, by index.
    pub(crate) fn mutable_globals(&self) -> impl Iterator<Item = (u32, &Global)> {
        let defined = self.globals.iter().enumerate().skip(self.imported_globals);
        defined
            .filter(|(_, global)| global.ty.mutable)
            .map(|(index, global)| (index as u32, global))
    }

    /// The memories that the module itself defines, by index.
    pub(crate) fn defined_memories(&self) -> Range<u32> {
        self.imported_memories as u32..self.memories.len() as u32
    }

    fn read_sections(&mut self, wasm: &'a [u8], features: WasmFeatures) -> wasmparser::Result<()> {
        let mut parser = Parser::new(0);
        parser.set_features(features);
        for payload in parser.parse_all(wasm) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section()
                && id != CUSTOM
            {
                self.sections.push((id, range));
            }
            match payload {
                Payload::ImportSection(section) => {
                    self.read_imports(wasm, section.range(), features)?
                }
                Payload::FunctionSection(section) => self.functions += section.count(),
                Payload::TableSection(section) => {
                    for table in section {
                        self.tables.push(table?.ty.initial);
                    }
                }
                Payload::StartSection { func, .. } => self.start = Some(func),
                Payload::MemorySection(section) => {
                    for memory in section {
                        self.memories.push(initial_bytes(&memory?));
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global?;
                        let mut ops = global.init_expr.get_operators_reader();
                        let init = match (ops.read()?, ops.read()?) {
                            (Operator::I32Const { value }, Operator::End) => Some(value),
                            _ => None,
                        };
                        self.note_type(global.ty.content_type);
                        self.globals.push(Global {
                            ty: global.ty,
                            init,
                        });
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Global
                            && self
                                .globals
                                .get(export.index as usize)
                                .is_some_and(|global| global.ty.mutable)
                        {
                            self.features.insert("mutable-globals");
                        }
                        if RESERVED
                            .iter()
                            .any(|prefix| export.name.starts_with(prefix))
                        {
                            self.reserved.insert(export.name);
                        }
                        self.export_names
                            .entry((sort(export.kind), export.index))
                            .or_insert(export.name);
                        self.exports.push((export.name, export.kind, export.index));
                    }
                }
                Payload::TypeSection(section) => {
                    self.types = section.count();
                    for ty in section.into_iter_err_on_gc_types() {
                        let ty = ty?;
                        if ty.results().len() > 1 {
                            self.features.insert("multivalue");
                        }
                        ty.params()
                            .iter()
                            .chain(ty.results())
                            .for_each(|ty| self.note_type(*ty));
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        self.read_element(element?)?;
                    }
                }
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data?;
                        self.data += data.data.len() as u64;
                        if matches!(data.kind, DataKind::Passive) {
                            self.features.insert("bulk-memory");
                        }
                    }
                }
                Payload::CustomSection(section) if section.name() == "name" => {
                    self.names = Some(section.data())
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_imports(
        &mut self,
        wasm: &[u8],
        range: Range<usize>,
        features: WasmFeatures,
    ) -> wasmparser::Result<()> {
        let mut reader = BinaryReader::new_features(&wasm[range.clone()], range.start, features);
        for _ in 0..reader.read_var_u32()? {
            reader.skip_string()?;
            reader.skip_string()?;
            let start = reader.original_position();
            match reader.read::<TypeRef>()? {
                TypeRef::Global(ty) => {
                    if ty.mutable {
                        self.features.insert("mutable-globals");
                    }
                    self.note_type(ty.content_type);
                    self.globals.push(Global { ty, init: None });
                    self.imported_globals += 1;
                }
                TypeRef::Memory(ty) => {
                    self.memories.push(initial_bytes(&ty));
                    self.imported_memories += 1;
                }
                TypeRef::Table(ty) => {
                    self.tables.push(ty.initial);
                    self.imported_tables += 1;
                }
                TypeRef::Func(_) | TypeRef::FuncExact(_) => self.functions += 1,
                TypeRef::Tag(_) => {}
            }
            self.imports.push(start..reader.original_position());
        }
        Ok(())
    }

    fn read_element(&mut self, element: Element<'a>) -> wasmparser::Result<()> {
        let len = match &element.items {
            ElementItems::Functions(items) => items.count(),
            ElementItems::Expressions(_, items) => items.count(),
        };
        self.elements += u64::from(len);
        let ElementKind::Active {
            table_index,
            offset_expr,
        } = element.kind
        else {
            self.features.insert("bulk-memory");
            return Ok(());
        };
        // A constant expression is one instruction: longer ones are outside the features.
        let mut ops = offset_expr.get_operators_reader();
        let constant = match ops.read()? {
            Operator::I32Const { value } => Some(value as u32),
            _ => None,
        };
        let mut bytes = offset_expr.get_binary_reader();
        let offset = bytes.read_bytes(ops.original_position() - bytes.original_position())?;
        self.segments.push(Segment {
            table: table_index.unwrap_or(0),
            offset,
            constant,
            len,
        });
        Ok(())
    }

    fn note_type(&mut self, ty: ValType) {
        if ty == ValType::V128 {
            self.features.insert("simd128");
        }
    }
}

fn initial_bytes(ty: &wasmparser::MemoryType) -> u64 {
    ty.initial
        .saturating_mul(1 << ty.page_size_log2.unwrap_or(16))
}
