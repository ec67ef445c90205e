//! A component whose functions tell what they are called with, and whose allocator gives what the test says.

use tenon_host::wasmtime::{Engine, Error, Instance, Linker, Module, Store, Val, ValType};
use tenon_transpile::harden::{MODULE, TAP};
use tenon_transpile::plan::Entry;
use tenon_transpile::{Options, transpile};

/// Bytes of its memory.
pub(crate) const MEMORY: u32 = 65_536;

/// What its memory is filled with.
pub(crate) const FILL: u8 = 0xaa;

/// The types of lists, and the size of an element.
pub(crate) const LISTS: [(&str, u32); 6] = [
    ("u8", 1),
    ("s16", 2),
    ("u32", 4),
    ("f32", 4),
    ("u64", 8),
    ("f64", 8),
];

const CORE: &str = r#"
  (core module $m
    (memory (export "memory") 1 1)
    (global $reallocs (export "reallocs") (mut i32) (i32.const 0))
    (global $calls (export "calls") (mut i32) (i32.const 0))
    (global $posts (export "posts") (mut i32) (i32.const 0))
    (global $give0 (export "give0") (mut i32) (i32.const 0))
    (global $give1 (export "give1") (mut i32) (i32.const 0))
    (global $asked0 (export "asked0") (mut i64) (i64.const 0))
    (global $asked1 (export "asked1") (mut i64) (i64.const 0))
    (global $old (export "old") (mut i32) (i32.const 0))
    (global $address0 (export "address0") (mut i32) (i32.const 0))
    (global $len0 (export "len0") (mut i32) (i32.const 0))
    (global $address1 (export "address1") (mut i32) (i32.const 0))
    (global $len1 (export "len1") (mut i32) (i32.const 0))
    (global $between (export "between") (mut i64) (i64.const 0))
    (global $answer (export "answer") (mut i32) (i32.const 0))
    (global $freed (export "freed") (mut i32) (i32.const 0))
    (func $realloc (export "realloc") (param $old i32) (param i32) (param $align i32) (param $size i32) (result i32)
      (local $asked i64)
      (global.set $old (i32.or (global.get $old) (i32.or (local.get 0) (local.get 1))))
      (local.set $asked (i64.or
        (i64.shl (i64.extend_i32_u (local.get $align)) (i64.const 32)) (i64.extend_i32_u (local.get $size))))
      (global.set $reallocs (i32.add (global.get $reallocs) (i32.const 1)))
      (if (result i32) (i32.eq (global.get $reallocs) (i32.const 1))
        (then (global.set $asked0 (local.get $asked)) (global.get $give0))
        (else (global.set $asked1 (local.get $asked)) (global.get $give1))))
    (func (export "one") (param i32 i32) (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (global.set $address0 (local.get 0))
      (global.set $len0 (local.get 1))
      (global.get $answer))
    (func (export "two") (param i32 i32 i64 i32 i32) (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (global.set $address0 (local.get 0))
      (global.set $len0 (local.get 1))
      (global.set $between (local.get 2))
      (global.set $address1 (local.get 3))
      (global.set $len1 (local.get 4))
      (global.get $answer))
    (func (export "none") (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (global.get $answer))
    (func (export "float") (param i32 i32) (result f64) (f64.const 1.5))
    (func (export "nothing") (param i32 i32))
    (func (export "traps") (param i32 i32) (result i32) unreachable)
    (func (export "post") (param i32)
      (global.set $posts (i32.add (global.get $posts) (i32.const 1)))
      (global.set $freed (local.get 0))))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))"#;

/// The component.
fn text() -> String {
    let mut text = format!("(component {CORE}");
    let mut func = |name: &str, ty: &str, core: &str, options: &str| {
        text += &format!(
            r#"(func (export "{name}") {ty}
              (canon lift (core func $i "{core}") (memory (core memory $memory)) (realloc (core func $i "realloc")) {options}))"#
        );
    };
    let post = r#"(post-return (core func $i "post"))"#;
    let mut lists: Vec<_> = LISTS.map(|(ty, _)| (ty, format!("(list {ty})"))).to_vec();
    lists.push(("string", String::from("string")));
    for (name, list) in lists {
        let echo = format!(r#"(param "a" {list}) (result {list})"#);
        func(&format!("echo-{name}"), &echo, "one", post);
        let to = format!(r#"(param "a" {list}) (result u32)"#);
        func(&format!("take-{name}"), &to, "one", "");
    }
    func("keep", r#"(param "a" string) (result string)"#, "one", "");
    func("give", "(result string)", "none", post);
    func("free", r#"(param "a" string) (result u32)"#, "one", post);
    let spills = r#"(param "a" string) (result (result u32 (error string)))"#;
    func("spill", spills, "one", post);
    let two = r#"(param "a" string) (param "b" u64) (param "c" (list u16)) (result string)"#;
    func("two", two, "two", post);
    func("float", r#"(param "a" string) (result f64)"#, "float", "");
    func("nothing", r#"(param "a" string)"#, "nothing", "");
    func(
        "traps",
        r#"(param "a" string) (result string)"#,
        "traps",
        post,
    );
    text + ")"
}

/// An instance of its core module.
pub(crate) struct Guest {
    store: Store<()>,
    instance: Instance,
    entries: Vec<(String, Entry)>,
}

/// What an entry gave back.
#[derive(Debug, PartialEq)]
pub(crate) struct Given {
    pub(crate) status: u32,
    pub(crate) address: u32,
    pub(crate) len: u32,
    /// The bits of what follows.
    pub(crate) rest: Vec<u64>,
}

impl Guest {
    /// Instances with and without a countdown: entries are the same in both.
    pub(crate) fn both() -> [Guest; 2] {
        let component = wat::parse_str(text()).expect("valid WAT");
        [false, true].map(|gate| Guest::new(&component, gate))
    }

    fn new(component: &[u8], gate: bool) -> Guest {
        let options = Options {
            gate,
            floats: gate,
            ..Options::default()
        };
        let transpiled = transpile(component, &options).expect("a valid component");
        let engine = Engine::default();
        let module = Module::new(&engine, &transpiled.modules[0]).expect("a valid module");
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let tap = |_: i64| -> i64 { 1_000_000 };
        linker.func_wrap(MODULE, TAP, tap).expect("one tap");
        let instance = linker
            .instantiate(&mut store, &module)
            .expect("an instance");
        let entries = (transpiled.plan.funcs.into_iter())
            .filter_map(|func| Some((func.name, func.entry?)))
            .collect();
        let mut guest = Guest {
            store,
            instance,
            entries,
        };
        guest.reset();
        guest
    }

    /// As if nothing had been called.
    pub(crate) fn reset(&mut self) {
        self.memory().fill(FILL);
        for name in [
            "reallocs", "calls", "posts", "old", "freed", "address0", "len0",
        ] {
            self.set(name, 0);
        }
    }

    pub(crate) fn entry(&self, func: &str) -> &Entry {
        let entry = self.entries.iter().find(|(name, _)| name == func);
        &entry.unwrap_or_else(|| panic!("{func} has no entry")).1
    }

    pub(crate) fn memory(&mut self) -> &mut [u8] {
        let memory = self.instance.get_memory(&mut self.store, "memory");
        memory.expect("a memory").data_mut(&mut self.store)
    }

    /// Writes to memory.
    pub(crate) fn put(&mut self, at: u32, bytes: &[u8]) {
        self.memory()[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    /// Whether memory holds these bytes at this place, and is untouched elsewhere.
    pub(crate) fn holds_only(&mut self, stretches: &[(u32, &[u8])]) -> bool {
        let mut expected = vec![FILL; MEMORY as usize];
        for (at, bytes) in stretches {
            expected[*at as usize..][..bytes.len()].copy_from_slice(bytes);
        }
        self.memory() == expected
    }

    pub(crate) fn set(&mut self, global: &str, value: u32) {
        let global = self.instance.get_global(&mut self.store, global);
        let global = global.expect("it is exported");
        global
            .set(&mut self.store, Val::I32(value as i32))
            .expect("an i32");
    }

    /// A global that counts or keeps something.
    pub(crate) fn get(&mut self, global: &str) -> u64 {
        let global = self.instance.get_global(&mut self.store, global);
        bits(&global.expect("it is exported").get(&mut self.store))
    }

    /// Calls an entry with its mode, the flat parameters and the words of all staged parameters.
    pub(crate) fn call(
        &mut self,
        func: &str,
        mode: u32,
        flat: &[u64],
        words: &[u64],
    ) -> Result<Given, Error> {
        let export = self.entry(func).export.clone();
        let entry = self
            .instance
            .get_func(&mut self.store, &export)
            .expect("the entry is exported");
        let ty = entry.ty(&self.store);
        let numbers = [u64::from(mode)]
            .into_iter()
            .chain(flat.iter().copied())
            .chain(words.iter().copied());
        let numbers: Vec<u64> = numbers.collect();
        assert_eq!(ty.params().len(), numbers.len(), "{func}");
        let params: Vec<Val> = (ty.params().zip(numbers))
            .map(|(ty, number)| match ty {
                ValType::I32 => Val::I32(number as i32),
                ValType::I64 => Val::I64(number as i64),
                other => panic!("a parameter of type {other}"),
            })
            .collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        entry.call(&mut self.store, &params, &mut results)?;
        let results: Vec<u64> = results.iter().map(bits).collect();
        Ok(Given {
            status: results[0] as u32,
            address: results[1] as u32,
            len: results[2] as u32,
            rest: results[3..].to_vec(),
        })
    }

    /// [`Guest::call`] where nothing traps.
    pub(crate) fn give(&mut self, func: &str, mode: u32, flat: &[u64], words: &[u64]) -> Given {
        self.call(func, mode, flat, words)
            .unwrap_or_else(|trap| panic!("{func}: {trap}"))
    }
}

fn bits(value: &Val) -> u64 {
    match value {
        Val::I32(value) => u64::from(*value as u32),
        Val::I64(value) => *value as u64,
        Val::F32(bits) => u64::from(*bits),
        Val::F64(bits) => *bits,
        other => panic!("{other:?} is no number"),
    }
}
