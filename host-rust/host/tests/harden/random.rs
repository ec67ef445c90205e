//! Random modules of wasm-smith.

use crate::run::{Budget, compare, engine, hardened, run, units};

/// Each module behind its length in four bytes. `smith/` wrote it.
const MODULES: &[u8] = include_bytes!("random.bin");

fn modules() -> impl Iterator<Item = &'static [u8]> {
    let mut rest = MODULES;
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (module, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        rest = after;
        Some(module)
    })
}

#[test]
fn random_modules_compute_the_same() {
    let engine = engine();
    let mut tapped = 0;
    for (number, wasm) in modules().enumerate() {
        let taps = compare(&engine, &format!("module {number}"), wasm);
        tapped += usize::from(taps > 1);
    }
    assert!(tapped >= 20, "only {tapped} modules used a whole budget");
}

#[test]
fn units_are_exact_and_repeat() {
    let engine = engine();
    for (number, wasm) in modules().enumerate().step_by(20) {
        let (_, taps) = run(&engine, wasm, Budget::Ample);
        assert_eq!(taps, 0, "a module without a countdown");
        let hardened = hardened(wasm);
        let (want, taps) = run(&engine, &hardened, Budget::Ample);
        if taps == 0 {
            continue;
        }
        let units = units(&engine, &hardened, taps);
        for _ in 0..2 {
            let (enough, _) = run(&engine, &hardened, Budget::Units(units));
            assert_eq!(enough, want, "module {number} with {units} units");
            let (short, _) = run(&engine, &hardened, Budget::Units(units - 1));
            assert!(
                short.stopped(),
                "module {number} with a unit less than {units}"
            );
        }
    }
}
