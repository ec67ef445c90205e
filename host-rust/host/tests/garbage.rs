//! Bytes of any kind are loaded or refused: they neither panic nor run on.

use tenon_host::{Config, Engine, LoadOptions, Wasi};

const GUESTS: [&str; 3] = [
    "../../kernels/guests/utf16/utf16.wasm",
    "../../kernels/guests/wasi/wasi.wasm",
    "../../host-go/internal/fixture/scalar/scalar.wasm",
];

fn engine() -> Engine {
    Engine::new(&Config {
        max_instances: 4,
        ..Config::default()
    })
    .unwrap()
}

fn stub() -> LoadOptions {
    LoadOptions {
        wasi: Wasi::Stub,
        ..LoadOptions::default()
    }
}

/// Numbers that are the same in every run.
fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1);
    *state >> 33
}

#[test]
fn a_component_that_is_cut_off_is_refused() {
    let engine = engine();
    for path in GUESTS {
        let bytes = std::fs::read(path).unwrap();
        let ends = (0..64).chain((64..bytes.len()).step_by(bytes.len() / 50));
        for end in ends {
            let loaded = engine.load_with(&bytes[..end], &stub());
            // Between two of its sections a component may be whole; then it has nothing left to export.
            if let Ok(kernel) = loaded {
                assert!(kernel.exports().is_empty(), "{path} cut at {end}");
            }
        }
    }
}

#[test]
fn a_component_with_damage_is_loaded_or_refused() {
    let engine = engine();
    let mut state = 1;
    let (mut loaded, mut refused) = (0, 0);
    for path in &GUESTS[..1] {
        let intact = std::fs::read(path).unwrap();
        for _ in 0..400 {
            let mut bytes = intact.clone();
            for _ in 0..1 + next(&mut state) % 3 {
                let place = next(&mut state) as usize % bytes.len();
                bytes[place] = next(&mut state) as u8;
            }
            // It is not run: the damage may be a loop without end.
            match engine.load_with(&bytes, &stub()) {
                Ok(_) => loaded += 1,
                Err(fault) => {
                    refused += 1;
                    assert!(!fault.message().is_empty());
                }
            }
        }
    }
    assert!(
        loaded > 0 && refused > 0,
        "{loaded} loaded, {refused} refused"
    );
}

#[test]
fn noise_is_refused() {
    let engine = engine();
    let mut state = 2;
    for head in [&b""[..], b"\0asm\x0d\0\x01\0", b"\0asm\x01\0\0\0"] {
        for length in 0..200 {
            let mut bytes = head.to_vec();
            bytes.extend((0..length).map(|_| next(&mut state) as u8));
            if let Ok(kernel) = engine.load(&bytes) {
                assert!(kernel.exports().is_empty());
            }
        }
    }
}
