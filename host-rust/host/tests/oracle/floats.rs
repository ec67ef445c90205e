//! Random programs on floats: hardened they compute what they did, and what that is goes to the Go host.

use std::fs;

use tenon_host::wasmtime::{Engine, Instance, Module, Store};
use tenon_transpile::harden::{Hardening, harden};

/// Reads the oracle's file from its beginning.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(count);
        self.0 = rest;
        bytes
    }

    fn count(&mut self) -> usize {
        u32::from_le_bytes(self.bytes(4).try_into().unwrap()) as usize
    }

    fn number(&mut self) -> i64 {
        i64::from_le_bytes(self.bytes(8).try_into().unwrap())
    }
}

/// What a program answers to each call.
fn run(engine: &Engine, wasm: &[u8], calls: &[[i64; 4]]) -> Vec<i64> {
    let mut store = Store::new(engine, ());
    // As many deadlines as there are.
    store.set_epoch_deadline(u64::MAX / 2);
    let module = Module::new(engine, wasm).unwrap();
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let f = instance
        .get_typed_func::<(i64, i64, i64, i64), i64>(&mut store, "f")
        .unwrap();
    calls
        .iter()
        .map(|&[a, b, c, d]| f.call(&mut store, (a, b, c, d)).unwrap())
        .collect()
}

/// Writes `floats-answers.bin`: for each program its length and bytes, the same of the hardened one, the number of calls, and for each the
/// arguments and wasmtime's answer.
#[test]
#[ignore = "needs TENON_ORACLE, the folder of the oracle's programs: `cargo xtask oracle` makes it"]
fn floats() {
    let dir = super::folder();
    let file = fs::read(dir.join("floats.bin")).unwrap();
    let engine = super::carrier::engine();
    let hardening = Hardening {
        floats: true,
        ..Hardening::default()
    };
    let mut reader = Reader(&file);
    let mut out = Vec::new();
    let (mut programs, mut changed) = (0, 0);
    while !reader.0.is_empty() {
        let length = reader.count();
        let wasm = reader.bytes(length);
        let calls: Vec<[i64; 4]> = (0..reader.count())
            .map(|_| std::array::from_fn(|_| reader.number()))
            .collect();
        let hardened = harden(wasm, &hardening).unwrap();
        let answers = run(&engine, wasm, &calls);
        assert_eq!(
            run(&engine, &hardened, &calls),
            answers,
            "program {programs}"
        );
        for bytes in [wasm, &hardened] {
            out.extend((bytes.len() as u32).to_le_bytes());
            out.extend(bytes);
        }
        out.extend((calls.len() as u32).to_le_bytes());
        for (arguments, answer) in calls.iter().zip(answers) {
            for number in arguments.iter().chain([&answer]) {
                out.extend(number.to_le_bytes());
            }
        }
        programs += 1;
        changed += usize::from(hardened != wasm);
    }
    fs::write(dir.join("floats-answers.bin"), out).unwrap();
    println!("{programs} programs on floats, {changed} of them changed");
    assert!(programs > 0 && changed * 10 > programs * 9);
}
