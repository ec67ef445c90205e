//! `tenon call` ends by itself whatever bytes it is given: with an answer, or with an error for a person.
#![cfg(feature = "host")]

use std::path::Path;
use std::process::{Command, Stdio};

/// Numbers that are the same on every run: splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

/// A damaged copy: some bytes changed, some left out, some put in, a part of another file, an end that is missing.
fn damaged(random: &mut Random, file: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=random.below(3) {
        let place = random.below(bytes.len());
        match random.below(6) {
            0 => bytes.truncate(place),
            1 => {
                let length = random.below(64);
                bytes.splice(place..place, random.bytes(length));
            }
            2 => {
                let end = bytes.len().min(place + random.below(64));
                bytes.drain(place..end);
            }
            3 => {
                let from = random.below(other.len());
                let part = &other[from..other.len().min(from + random.below(512))];
                bytes.splice(place..place, part.iter().copied());
            }
            _ if !bytes.is_empty() => bytes[place] ^= 1 << random.below(8),
            _ => {}
        }
    }
    bytes
}

/// What the command does with a file.
fn check(file: &Path, what: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_tenon"))
        .args(["call", "--deadline", "50ms"])
        .arg(file)
        .args(["add", "40", "2"])
        .stdin(Stdio::null())
        .output()
        .expect("the command starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => assert!(!output.stdout.is_empty(), "{what}: no answer"),
        Some(1) => assert!(
            errors.starts_with("error: ") && errors.len() < 1 << 14,
            "{what}: {errors}"
        ),
        _ => panic!("{what}: {}\n{errors}", output.status),
    }
}

#[test]
fn the_command_survives_any_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../host-go");
    let read = |path: &str| std::fs::read(fixtures.join(path)).expect("a kernel");
    let scalar = read("internal/fixture/scalar/scalar.wasm");
    let redact = read("kernels/redact/redact-1.0.0.wasm");
    let endless = wat::parse_str(
        r#"(component
            (core module $m (func (export "add") (param i32 i32) (result i32) (loop (br 0)) unreachable))
            (core instance $i (instantiate $m))
            (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add"))))"#,
    )
    .expect("a component");
    let mut random = Random(7);
    for round in 0..400 {
        let bytes = match round % 4 {
            0 => {
                let length = random.below(2048);
                let head = [b"".as_slice(), b"\0asm\x0d\0\x01\0", b"\0asm\x01\0\0\0"];
                [head[random.below(3)], &random.bytes(length)].concat()
            }
            1 => damaged(&mut random, &endless, &scalar),
            _ => damaged(&mut random, &scalar, &redact),
        };
        let file = folder.path().join("any.wasm");
        std::fs::write(&file, &bytes).expect("a file");
        check(&file, &format!("round {round}"));
    }
}
