//! The components that carry vectors into a host: a guest that hands out raw bits and remembers those that it gets.
//!
//! A vector is a function `make-N`, `send-N`, `eat-N` or `fetch-N` of one type and encoding, run after `reset`:
//!
//! | function | what happens |
//! |---|---|
//! | `make-N: func(raw: u64) -> T` | the guest answers with `raw` as its one flat result: the host lifts a result |
//! | `send-N: func(raw0: u64, …)` | it calls the import `take-N: func(x: T)` with those flat parameters: the host lifts parameters |
//! | `eat-N: func(x: T)` | it keeps the flat parameters that arrive: the host lowers parameters |
//! | `fetch-N: func(raw: u64)` | it calls the import `give-N: func() -> T` with `raw` as the place for the result: the host lowers a result |
//!
//! Where types have resources, the guest implements two resource types and also has `new-R`, `hold-R` and `rep-R`.
//!
//! `poke(at, bytes)` writes the guest's memory, `dump` reads what a lowering left: from [`DUMP_EXPORT`] or
//! [`DUMP_IMPORT`] on, 8 bytes an element.

use crate::guest::{Encoding, Guest};
use crate::text::{Definitions, Via};
use crate::types::{Core, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Type, align_to};

/// Bytes of the guest's memory, which does not grow.
pub const MEMORY: u32 = 2 << 16;
/// What every byte of it is after `reset`: neither 0, nor a pointer that leads anywhere.
pub const BLANK: u8 = 0xa5;
/// Where its allocator begins. What `poke` is given lies there for a moment.
pub const HEAP: u32 = 0x8000;
/// Where what it allocated has to end, so that the pokes of a lift never touch the images.
pub const HEAP_END: u32 = 0x1_8000;
/// The flat values that it got, 8 bytes each.
pub const FLATS: u32 = 0x7c00;
/// The number of calls of `realloc` and the end of the heap, 4 bytes each.
pub const COUNTS: u32 = 0x7c80;
/// The arguments of the first calls of `realloc`, 16 bytes each.
pub const LOG: u32 = 0x7c90;
const LOG_ENTRIES: u32 = (HEAP - LOG) / 16;
/// Where `dump` puts its own result.
const DUMPED: u32 = 0x6ff8;
/// Where `fetch-N` has its results stored unless a vector wants otherwise.
pub const RESULT: u32 = 0x7000;
/// Where images may lie: below, and from [`HEAP_END`] on.
pub const IMAGE_END: u32 = 0x6f00;
/// Where the dump of a lowered parameter begins.
pub const DUMP_EXPORT: u32 = FLATS;
/// Where the dump of a lowered result begins.
pub const DUMP_IMPORT: u32 = RESULT;

/// A type and an encoding that vectors are made for.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its type.
    pub ty: Type,
    /// Its string encoding.
    pub encoding: Encoding,
}

/// Where the dump begins.
pub fn dump_start(via: Via) -> u32 {
    match via {
        Via::Export => DUMP_EXPORT,
        Via::Import | Via::Instance => DUMP_IMPORT,
    }
}

/// The guest as the oracle knows it, after `reset`.
pub fn blank_guest(encoding: Encoding) -> Guest {
    Guest::new(vec![BLANK; MEMORY as usize], encoding, HEAP)
}

/// Leaves in memory what the guest itself keeps of a lowering, and gives the end of what `dump` shows.
pub fn keep(guest: &mut Guest, flat: &[u64]) -> u32 {
    for (i, bits) in flat.iter().enumerate() {
        guest.store_int(*bits, FLATS + 8 * i as u32, 8);
    }
    guest.store_int(guest.reallocs.len() as u64, COUNTS, 4);
    guest.store_int(guest.next.into(), COUNTS + 4, 4);
    for (i, call) in guest
        .reallocs
        .clone()
        .into_iter()
        .take(LOG_ENTRIES as usize)
        .enumerate()
    {
        for (k, argument) in call.into_iter().enumerate() {
            guest.store_int(argument.into(), LOG + 16 * i as u32 + 4 * k as u32, 4);
        }
    }
    align_to(guest.next, 8)
}

/// The component that carries the groups, as text.
pub fn component(via: Via, groups: &[Group]) -> String {
    let mut definitions = Definitions::new(via);
    let mut parts = Parts::default();
    for (n, group) in groups.iter().enumerate() {
        let ty = definitions.reference(&group.ty);
        match via {
            Via::Export => parts.export(n, group, &ty),
            Via::Import | Via::Instance => parts.import(n, group, &ty),
        }
    }
    if has_resources(groups) {
        parts.functions += &resource_functions();
    }
    let dump = dump_start(via);
    let Definitions { text: types, .. } = definitions;
    let Parts {
        imports,
        core_imports,
        core,
        functions,
    } = parts;
    format!(
        r#"(component
{resources}{types}{imports}
{memory}
(core instance $memory (instantiate $memory_module))
(alias core export $memory "memory" (core memory $m))
(alias core export $memory "realloc" (core func $realloc))
{lowered}
(core module $groups
(import "memory" "memory" (memory 1))
{core})
(core instance $groups (instantiate $groups (with "memory" (instance $memory)) (with "host" (instance $host))))
(func (export "reset") (canon lift (core func $memory "reset")))
(func (export "poke") (param "at" u32) (param "bytes" (list u8)) (canon lift (core func $memory "poke") (memory (core memory $m)) (realloc (core func $realloc))))
(func (export "dump") (result (list u64)) (canon lift (core func $memory "dump") (memory (core memory $m))))
{functions})"#,
        resources = resource_types(groups),
        memory = memory_module(dump),
        lowered = core_imports_text(&core_imports, groups),
    )
}

/// The resource types that values of the groups may be of.
pub const RESOURCES: usize = 2;

fn has_resources(groups: &[Group]) -> bool {
    let is_handle = |ty: &Type| matches!(ty, Type::Own(_) | Type::Borrow(_));
    groups.iter().any(|group| group.ty.has(&is_handle))
}

fn resource_types(groups: &[Group]) -> String {
    if !has_resources(groups) {
        return String::new();
    }
    let ty = |r| {
        format!(
            "(type $r{r}' (resource (rep i32))) (core func $new-{r} (canon resource.new $r{r}')) (export $r{r} \"r{r}\" (type $r{r}'))\n"
        )
    };
    (0..RESOURCES).map(ty).collect()
}

/// `new-R` makes a resource that the guest holds and gives its handle, `hold-R` one that the host gets, and `rep-R` tells
/// the number behind one.
fn resource_functions() -> String {
    let functions = |r| {
        format!(
            "(func (export \"new-{r}\") (param \"rep\" u32) (result u32) (canon lift (core func $new-{r})))\n\
             (func (export \"hold-{r}\") (param \"rep\" u32) (result (own $r{r})) (canon lift (core func $new-{r})))\n\
             (func (export \"rep-{r}\") (param \"x\" (borrow $r{r})) (result u32) (canon lift (core func $memory \"same\")))\n"
        )
    };
    (0..RESOURCES).map(functions).collect()
}

/// What the groups add to the parts of a component.
#[derive(Default)]
struct Parts {
    imports: String,
    core_imports: Vec<usize>,
    core: String,
    functions: String,
}

impl Parts {
    fn export(&mut self, n: usize, group: &Group, ty: &str) {
        let flat = group.ty.flatten();
        let result = if flat.len() > MAX_FLAT_RESULTS {
            Core::I32
        } else {
            flat[0]
        };
        self.core += &format!(
            "(func (export \"make-{n}\") (param i64) (result {}) {})\n",
            result.name(),
            from_raw(result, "(local.get 0)")
        );
        let params = params_of(&flat);
        self.core += &format!("(func (export \"eat-{n}\") (param {})", names(&params));
        for (i, core) in params.iter().enumerate() {
            self.core += &keep_flat(i, to_raw(*core, &format!("(local.get {i})")));
        }
        self.core += ")\n";
        let options = options(group.encoding);
        // A result cannot be lent.
        if !group.ty.has(&|part| matches!(part, Type::Borrow(_))) {
            self.functions += &format!(
                "(func (export \"make-{n}\") (param \"raw\" u64) (result {ty}) (canon lift (core func $groups \"make-{n}\") {options}))\n"
            );
        }
        self.functions += &format!(
            "(func (export \"eat-{n}\") (param \"x\" {ty}) (canon lift (core func $groups \"eat-{n}\") {options}))\n"
        );
    }

    fn import(&mut self, n: usize, group: &Group, ty: &str) {
        self.imports += &format!(
            "(import \"take-{n}\" (func $take-{n} (param \"x\" {ty})))\n(import \"give-{n}\" (func $give-{n} (result {ty})))\n"
        );
        self.core_imports.push(n);
        let flat = group.ty.flatten();
        let params = params_of(&flat);
        let spills = flat.len() > MAX_FLAT_RESULTS;
        let give = if spills {
            "(param i32)".to_owned()
        } else {
            format!("(result {})", flat[0].name())
        };
        // All imports come before the first function of the module.
        self.core = format!(
            "(import \"host\" \"take-{n}\" (func $take-{n} (param {})))\n(import \"host\" \"give-{n}\" (func $give-{n} {give}))\n{}",
            names(&params),
            self.core
        );
        let raws: String = "i64 ".repeat(params.len());
        self.core += &format!("(func (export \"send-{n}\") (param {raws}) (call $take-{n}");
        for (i, core) in params.iter().enumerate() {
            self.core += &from_raw(*core, &format!("(local.get {i})"));
        }
        self.core += "))\n";
        self.core += &format!("(func (export \"fetch-{n}\") (param i64) ");
        self.core += &match spills {
            true => format!("(call $give-{n} (i32.wrap_i64 (local.get 0)))"),
            false => keep_flat(0, to_raw(flat[0], &format!("(call $give-{n})"))),
        };
        self.core += ")\n";
        let raws: String = (0..params.len())
            .map(|i| format!("(param \"raw{i}\" u64) "))
            .collect();
        self.functions += &format!(
            "(func (export \"send-{n}\") {raws}(canon lift (core func $groups \"send-{n}\")))\n\
             (func (export \"fetch-{n}\") (param \"raw\" u64) (canon lift (core func $groups \"fetch-{n}\")))\n"
        );
    }
}

/// The core functions behind the imports, and the instance that offers them to the guest.
fn core_imports_text(imported: &[usize], groups: &[Group]) -> String {
    let mut lowered = String::new();
    let mut host = String::new();
    for n in imported {
        let options = options(groups[*n].encoding);
        for name in ["take", "give"] {
            lowered += &format!(
                "(core func $core-{name}-{n} (canon lower (func ${name}-{n}) {options}))\n"
            );
            host += &format!("(export \"{name}-{n}\" (func $core-{name}-{n}))");
        }
    }
    format!("{lowered}(core instance $host {host})")
}

fn options(encoding: Encoding) -> String {
    format!(
        "(memory (core memory $m)) (realloc (core func $realloc)) string-encoding={}",
        encoding.name()
    )
}

/// The core parameters of a function with one parameter of that flattening.
pub fn params_of(flat: &[Core]) -> Vec<Core> {
    if flat.len() > MAX_FLAT_PARAMS {
        vec![Core::I32]
    } else {
        flat.to_vec()
    }
}

/// Their names in the text format.
pub fn names(types: &[Core]) -> String {
    types
        .iter()
        .map(|core| core.name())
        .collect::<Vec<_>>()
        .join(" ")
}

fn from_raw(core: Core, raw: &str) -> String {
    match core {
        Core::I32 => format!("(i32.wrap_i64 {raw})"),
        Core::I64 => raw.to_owned(),
        Core::F32 => format!("(f32.reinterpret_i32 (i32.wrap_i64 {raw}))"),
        Core::F64 => format!("(f64.reinterpret_i64 {raw})"),
    }
}

fn to_raw(core: Core, value: &str) -> String {
    match core {
        Core::I32 => format!("(i64.extend_i32_u {value})"),
        Core::I64 => value.to_owned(),
        Core::F32 => format!("(i64.extend_i32_u (i32.reinterpret_f32 {value}))"),
        Core::F64 => format!("(i64.reinterpret_f64 {value})"),
    }
}

fn keep_flat(i: usize, raw: String) -> String {
    format!("(i64.store (i32.const {}) {raw})", FLATS + 8 * i as u32)
}

fn memory_module(dump: u32) -> String {
    let pages = MEMORY >> 16;
    format!(
        r#"(core module $memory_module
(memory (export "memory") {pages} {pages})
(global $next (mut i32) (i32.const {HEAP}))
(global $calls (mut i32) (i32.const 0))
(func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32) (local $at i32)
  (if (i32.lt_u (global.get $calls) (i32.const {LOG_ENTRIES})) (then
    (local.set $at (i32.add (i32.const {LOG}) (i32.shl (global.get $calls) (i32.const 4))))
    (i32.store offset=0 (local.get $at) (local.get $old))
    (i32.store offset=4 (local.get $at) (local.get $old_size))
    (i32.store offset=8 (local.get $at) (local.get $align))
    (i32.store offset=12 (local.get $at) (local.get $size))))
  (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (local.set $at (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1))) (i32.sub (i32.const 0) (local.get $align))))
  (global.set $next (i32.add (local.get $at) (local.get $size)))
  (memory.copy (local.get $at) (local.get $old)
    (select (local.get $old_size) (local.get $size) (i32.lt_u (local.get $old_size) (local.get $size))))
  (local.get $at))
(func (export "same") (param i32) (result i32) (local.get 0))
(func (export "reset")
  (memory.fill (i32.const 0) (i32.const {BLANK}) (i32.const {MEMORY}))
  (global.set $next (i32.const {HEAP})) (global.set $calls (i32.const 0)))
(func (export "poke") (param $at i32) (param $ptr i32) (param $len i32)
  (memory.copy (local.get $at) (local.get $ptr) (local.get $len))
  (memory.fill (i32.const {HEAP}) (i32.const {BLANK}) (i32.sub (global.get $next) (i32.const {HEAP})))
  (memory.fill (i32.const {LOG}) (i32.const {BLANK}) (i32.shl (global.get $calls) (i32.const 4)))
  (global.set $next (i32.const {HEAP})) (global.set $calls (i32.const 0)))
(func (export "dump") (result i32)
  (i32.store (i32.const {COUNTS}) (global.get $calls))
  (i32.store (i32.const {ends}) (global.get $next))
  (i32.store (i32.const {DUMPED}) (i32.const {dump}))
  (i32.store (i32.const {length}) (i32.shr_u (i32.sub (i32.add (global.get $next) (i32.const 7)) (i32.const {dump})) (i32.const 3)))
  (i32.const {DUMPED})))"#,
        ends = COUNTS + 4,
        length = DUMPED + 4,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_encode() {
        let group = |ty| Group {
            ty,
            encoding: Encoding::Latin1Utf16,
        };
        let groups = [
            group(Type::F32),
            group(Type::Record(vec![Type::F64; 17])),
            group(Type::Variant(vec![Some(Type::F32), Some(Type::S64), None])),
        ];
        for via in [Via::Export, Via::Import] {
            let text = component(via, &groups);
            if let Err(error) = wat::parse_str(&text) {
                panic!("{error}");
            }
        }
    }
}
