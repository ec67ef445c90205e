//! How late a deadline of 50 ms is kept: `overshoot [ROUNDS]`. Each line is a guest, and milliseconds beyond its deadline, the
//! end of its instance included; that of endless recursion has none and is timed from its start.

use std::time::{Duration, Instant};
use tenon_host::{CallOptions, Config, Engine};

const DEADLINE: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rounds = std::env::args().nth(1).map_or(Ok(20), |it| it.parse())?;
    let engine = Engine::new(&Config::default())?;
    let doubling: String = (1..60)
        .map(|n| format!("(func $f{n} (call $f{0}) (call $f{0}))", n - 1))
        .collect();
    let straight = |operation: &str| {
        format!(
            r#"(memory 4096) (func (export "f") {})"#,
            operation.repeat(4000)
        )
    };
    let guests = [
        (
            "endless loop",
            r#"(func (export "f") (loop (br 0)))"#.to_owned(),
        ),
        (
            "calls that double",
            format!(r#"(func $f0) {doubling} (func (export "f") (call $f59))"#),
        ),
        (
            "fills of 16 MiB",
            straight("(memory.fill (i32.const 0) (i32.const 7) (i32.const 16777216))"),
        ),
        (
            "fills of 256 MiB",
            straight("(memory.fill (i32.const 0) (i32.const 7) (i32.const 268435456))"),
        ),
        (
            "copies of 128 MiB",
            straight("(memory.copy (i32.const 0) (i32.const 134217728) (i32.const 134217728))"),
        ),
        (
            "endless recursion",
            r#"(func $f (export "f") (call $g)) (func $g (call $f))"#.to_owned(),
        ),
    ];
    for (name, module) in guests {
        let text = format!(
            r#"(component (core module $m {module}) (core instance $i (instantiate $m))
                (func (export "f") (canon lift (core func $i "f"))))"#
        );
        let kernel = engine.load(&wat::parse_str(text)?)?;
        let mut late = Vec::new();
        for _ in 0..rounds {
            let mut instance = kernel.open()?;
            instance.set_limits(&CallOptions {
                deadline: Some(DEADLINE),
                ..CallOptions::default()
            })?;
            let start = Instant::now();
            let fault = instance
                .call("f", &[])
                .err()
                .ok_or("the guest ended by itself")?;
            drop(instance);
            let whole = start.elapsed();
            let stack = fault.kind() == tenon_host::FaultKind::Stack;
            late.push(whole.saturating_sub(if stack { Duration::ZERO } else { DEADLINE }));
        }
        late.sort_unstable();
        let at = |part: usize| late[(late.len() - 1) * part / 100].as_secs_f64() * 1e3;
        println!(
            "{name:20} median {:6.2}  p99 {:6.2}  max {:6.2}",
            at(50),
            at(99),
            at(100)
        );
    }
    Ok(())
}
