//! What there is to know of a module before anything is changed. It is validated on the way, unless that was done already.

use super::function::{Function, Scratch};
use super::layout::Reference;
use super::{COUNTDOWN, FEATURES, MODULE, REFUSED, STACK, STACK_LEFT, TAP};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use wasmparser::{
    BinaryReader, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, Operator, Parser,
    Payload, SectionLimited, TableType, TypeRef, ValType, ValidPayload, Validator,
};

/// A module.
#[derive(Default)]
pub(super) struct Input<'a> {
    pub(super) wasm: &'a [u8],
    /// The contents of each section but custom ones, by number.
    pub(super) sections: BTreeMap<u8, Range<usize>>,
    /// The section `name`.
    pub(super) names: Option<BinaryReader<'a>>,
    pub(super) exports: Vec<(&'a str, ExternalKind, u32)>,
    pub(super) start: Option<u32>,
    /// The results of each type.
    pub(super) results: Vec<Box<[ValType]>>,
    pub(super) globals: u32,
    /// How many imports there are of all sorts.
    pub(super) imports: usize,
    pub(super) imported_funcs: u32,
    pub(super) imported_globals: u32,
    /// The name of an import or an export that is the gate's.
    pub(super) taken: Option<&'a str>,
    /// Each table, the imported ones included.
    pub(super) tables: Vec<Table>,
    pub(super) imported_tables: usize,
    /// Whether other modules may have put functions into a table, or imports are in one.
    pub(super) open_tables: bool,
    /// The most pages of the memory.
    pub(super) memory_maximum: Option<u32>,
    /// The bytes of each data segment.
    pub(super) data: Vec<u64>,
    /// The elements of each element segment.
    pub(super) elements: Vec<u64>,
    /// The functions that the module defines.
    pub(super) functions: Cow<'a, [Function]>,
    /// Where the body of each begins.
    bodies: Vec<usize>,
    /// Places in `functions` of those that are entered otherwise than by a call that names them.
    pub(super) entered: BTreeSet<usize>,
    /// Those of them that are in a table or have a reference made of them.
    pub(super) referred: BTreeSet<usize>,
    /// Functions and globals that are named outside of code, in order.
    pub(super) references: Vec<(Range<usize>, Reference)>,
}

/// A table.
pub(super) struct Table {
    pub(super) minimum: u32,
    /// The most elements, if it is declared.
    pub(super) maximum: Option<u32>,
}

impl Table {
    fn new(ty: &TableType) -> Table {
        let elements = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Table {
            minimum: elements(ty.initial),
            maximum: ty.maximum.map(elements),
        }
    }
}

impl<'a> Input<'a> {
    /// Finds out about a module, given what was found of its functions when it was validated. Where that is not known, or not of the
    /// same functions, the module is validated.
    pub(super) fn read(
        wasm: &'a [u8],
        found: Option<&'a [Function]>,
    ) -> wasmparser::Result<Input<'a>> {
        let mut input = Input {
            wasm,
            ..Input::default()
        };
        let mut parser = Parser::new(0);
        parser.set_features(FEATURES);
        let mut validator = Validator::new_with_features(FEATURES);
        let mut scratch = Scratch::default();
        let mut functions = Vec::new();
        for payload in parser.parse_all(wasm) {
            let payload = payload?;
            match (&payload, found) {
                (Payload::CodeSectionStart { count, .. }, Some(found))
                    if *count as usize != found.len() =>
                {
                    return Input::read(wasm, None);
                }
                (Payload::CodeSectionEntry(body), Some(found)) => {
                    let range = body.range();
                    if found[input.bodies.len()].size as usize != range.len() {
                        return Input::read(wasm, None);
                    }
                    input.bodies.push(range.start);
                    continue;
                }
                (_, Some(_)) => {}
                (_, None) => {
                    if let ValidPayload::Func(func, body) = validator.payload(&payload)? {
                        input.bodies.push(body.range().start);
                        let imported = input.imported_funcs;
                        functions.push(Function::read(imported, func, &body, &mut scratch)?);
                        continue;
                    }
                }
            }
            if let Some((id, range)) = payload.as_section()
                && id != 0
            {
                input.sections.insert(id, range);
            }
            match payload {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        input.results.push(ty?.results().into());
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        input.imports += 1;
                        if import.module == MODULE && [TAP, STACK, REFUSED].contains(&import.name) {
                            input.taken = Some(import.name);
                        }
                        match import.ty {
                            TypeRef::Func(_) => input.imported_funcs += 1,
                            TypeRef::Global(_) => input.imported_globals += 1,
                            TypeRef::Table(table) => {
                                input.tables.push(Table::new(&table));
                                input.imported_tables += 1;
                                input.open_tables = true;
                            }
                            TypeRef::Memory(memory) => input.memory(memory.maximum),
                            _ => {}
                        }
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        input.tables.push(Table::new(&table?.ty));
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        input.memory(memory?.maximum);
                    }
                }
                Payload::GlobalSection(section) => {
                    input.globals = section.count();
                    for global in section {
                        input.read_const(&global?.init_expr)?;
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        match export.kind {
                            ExternalKind::Func => input.enter(export.index),
                            ExternalKind::Table => input.open_tables = true,
                            _ => {}
                        }
                        if [COUNTDOWN, STACK_LEFT].contains(&export.name) {
                            input.taken = Some(export.name);
                        }
                        input.exports.push((export.name, export.kind, export.index));
                    }
                }
                Payload::StartSection { func, .. } => {
                    input.start = Some(func);
                    input.enter(func);
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        let element = element?;
                        if let ElementKind::Active { offset_expr, .. } = &element.kind {
                            input.read_const(offset_expr)?;
                        }
                        input.read_items(element.items)?;
                    }
                }
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data?;
                        // An active segment is dropped once the module is instantiated.
                        let length = match &data.kind {
                            DataKind::Passive => data.data.len() as u64,
                            DataKind::Active { offset_expr, .. } => {
                                input.read_const(offset_expr)?;
                                0
                            }
                        };
                        input.data.push(length);
                    }
                }
                Payload::CustomSection(section) if section.name() == "name" => {
                    input.names = Some(section.data_reader());
                }
                _ => {}
            }
        }
        input.functions = found.map_or(Cow::Owned(functions), Cow::Borrowed);
        input.globals += input.imported_globals;
        let refers: Vec<u32> = (input.functions.iter())
            .flat_map(|function| function.refers.iter().copied())
            .collect();
        for func in refers {
            input.refer(func);
        }
        Ok(input)
    }

    /// How many functions there are, the imported ones included.
    pub(super) fn funcs(&self) -> u32 {
        self.imported_funcs + self.functions.len() as u32
    }

    /// The bytes of the body of the function with a place in `functions`.
    pub(super) fn body(&self, place: usize) -> &'a [u8] {
        let start = self.bodies[place];
        &self.wasm[start..start + self.functions[place].size as usize]
    }

    /// The byte of the module where that body begins.
    pub(super) fn body_start(&self, place: usize) -> usize {
        self.bodies[place]
    }

    /// The place in `functions` of one that is not imported.
    pub(super) fn defined(&self, func: u32) -> Option<usize> {
        func.checked_sub(self.imported_funcs)
            .map(|place| place as usize)
    }

    fn memory(&mut self, maximum: Option<u64>) {
        self.memory_maximum = maximum.and_then(|pages| u32::try_from(pages).ok());
    }

    fn enter(&mut self, func: u32) {
        self.entered.extend(self.defined(func));
    }

    /// Notes a function that calls through tables may reach.
    fn refer(&mut self, func: u32) {
        match self.defined(func) {
            Some(place) => {
                self.referred.insert(place);
                self.entered.insert(place);
            }
            None => self.open_tables = true,
        }
    }

    fn read_items(&mut self, items: ElementItems<'a>) -> wasmparser::Result<()> {
        match items {
            ElementItems::Functions(funcs) => {
                self.elements.push(u64::from(funcs.count()));
                for_each(funcs, |func, range| {
                    self.refer(func);
                    self.references.push((range, Reference::Func(func)));
                    Ok(())
                })
            }
            ElementItems::Expressions(_, items) => {
                self.elements.push(u64::from(items.count()));
                for_each(items, |item, _| self.read_const(&item))
            }
        }
    }

    fn read_const(&mut self, expr: &ConstExpr<'a>) -> wasmparser::Result<()> {
        let mut ops = expr.get_operators_reader();
        while !ops.eof() {
            let start = ops.original_position();
            let reference = match ops.read()? {
                Operator::RefFunc { function_index } => {
                    self.refer(function_index);
                    Reference::RefFunc(function_index)
                }
                Operator::GlobalGet { global_index } => Reference::GlobalGet(global_index),
                _ => continue,
            };
            let range = start..ops.original_position();
            self.references.push((range, reference));
        }
        Ok(())
    }
}

/// Calls something with each item of a list and where it stands.
fn for_each<'a, T: wasmparser::FromReader<'a>>(
    list: SectionLimited<'a, T>,
    mut f: impl FnMut(T, Range<usize>) -> wasmparser::Result<()>,
) -> wasmparser::Result<()> {
    let mut items = list.into_iter();
    loop {
        let start = items.original_position();
        let Some(item) = items.next() else {
            return Ok(());
        };
        f(item?, start..items.original_position())?;
    }
}
