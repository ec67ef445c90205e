//! What there is to know of a module before its functions are priced.

use super::layout::Reference;
use super::{COUNTDOWN, FEATURES, MODULE, STACK_LEFT};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use wasmparser::{
    BinaryReader, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FunctionBody,
    Operator, Parser, Payload, RefType, SectionLimited, TypeRef,
};

/// A valid module.
#[derive(Default)]
pub(super) struct Input<'a> {
    pub(super) wasm: &'a [u8],
    /// The contents of each section but custom ones, by number.
    pub(super) sections: BTreeMap<u8, Range<usize>>,
    /// The section `name`.
    pub(super) names: Option<BinaryReader<'a>>,
    pub(super) exports: Vec<(&'a str, ExternalKind, u32)>,
    pub(super) start: Option<u32>,
    pub(super) types: u32,
    pub(super) globals: u32,
    pub(super) imported_funcs: u32,
    pub(super) imported_globals: u32,
    /// An import's module or an export's name that is the gate's.
    pub(super) taken: Option<&'a str>,
    /// What is in each table, the imported ones included.
    pub(super) tables: Vec<RefType>,
    /// The bytes of each data segment.
    pub(super) data: Vec<u64>,
    /// The elements of each element segment.
    pub(super) elements: Vec<u64>,
    /// The functions that the module defines.
    pub(super) bodies: Vec<FunctionBody<'a>>,
    /// For each of these, which defined functions it calls by name, by their places in `bodies`.
    pub(super) calls: Vec<Vec<usize>>,
    /// Places in `bodies` of functions that are entered otherwise than by a call that names them.
    pub(super) entered: HashSet<usize>,
    /// Functions and globals that are named outside of code, in order.
    pub(super) references: Vec<(Range<usize>, Reference)>,
}

impl<'a> Input<'a> {
    pub(super) fn read(wasm: &'a [u8]) -> wasmparser::Result<Input<'a>> {
        let mut input = Input {
            wasm,
            ..Input::default()
        };
        let mut parser = Parser::new(0);
        parser.set_features(FEATURES);
        for payload in parser.parse_all(wasm) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section()
                && id != 0
            {
                input.sections.insert(id, range);
            }
            match payload {
                Payload::TypeSection(section) => input.types = section.count(),
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if import.module == MODULE {
                            input.taken = Some(MODULE);
                        }
                        match import.ty {
                            TypeRef::Func(_) => input.imported_funcs += 1,
                            TypeRef::Global(_) => input.imported_globals += 1,
                            TypeRef::Table(table) => input.tables.push(table.element_type),
                            _ => {}
                        }
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        input.tables.push(table?.ty.element_type);
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
                        if export.kind == ExternalKind::Func {
                            input.enter(export.index);
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
                Payload::CodeSectionEntry(body) => input.bodies.push(body),
                Payload::CustomSection(section) if section.name() == "name" => {
                    input.names = Some(section.data_reader());
                }
                _ => {}
            }
        }
        input.globals += input.imported_globals;
        for body in 0..input.bodies.len() {
            let callees = input.callees(body)?;
            input.calls.push(callees);
        }
        Ok(input)
    }

    /// The place in `bodies` of a function that is not imported.
    pub(super) fn body(&self, func: u32) -> Option<usize> {
        func.checked_sub(self.imported_funcs)
            .map(|body| body as usize)
    }

    fn enter(&mut self, func: u32) {
        self.entered.extend(self.body(func));
    }

    fn read_items(&mut self, items: ElementItems<'a>) -> wasmparser::Result<()> {
        match items {
            ElementItems::Functions(funcs) => {
                self.elements.push(u64::from(funcs.count()));
                for_each(funcs, |func, range| {
                    self.enter(func);
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
                    self.enter(function_index);
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

    /// What a function calls by name; functions that it refers to are noted as entered.
    fn callees(&mut self, body: usize) -> wasmparser::Result<Vec<usize>> {
        let mut callees = Vec::new();
        let mut ops = self.bodies[body].get_operators_reader()?;
        while !ops.eof() {
            match ops.read()? {
                Operator::Call { function_index } => callees.extend(self.body(function_index)),
                Operator::RefFunc { function_index } => self.enter(function_index),
                _ => {}
            }
        }
        callees.sort_unstable();
        callees.dedup();
        Ok(callees)
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
