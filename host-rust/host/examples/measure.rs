//! What loading, instances, calls and traps cost: `measure SCALAR.wasm [USERAGENT.wasm]`. Times in nanoseconds unless named.

use std::time::{Duration, Instant};
use tenon_host::contracts::{scalar, useragent};
use tenon_host::wasmtime::component::{Component, Linker};
use tenon_host::wasmtime::{self, Store};
use tenon_host::{Config, Engine, Fault};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args
        .next()
        .ok_or("usage: measure SCALAR.wasm [USERAGENT.wasm]")?;
    for path in std::env::args().skip(1) {
        loading(&path)?;
    }

    let start = Instant::now();
    let engine = Engine::new(&Config::default())?;
    println!("engine: {:?}", start.elapsed());
    let kernel = engine.load_file(&path)?;
    let slot = engine
        .slot::<scalar::Contract>("scalar")
        .kernel(&kernel)
        .build()?;
    let text = "0123456789abcdef0123456789abcdef";
    let bytes = vec![7u8; 64 << 10];

    // The same calls without slot and pool, in a store as bare as wasmtime has them.
    let mut config = wasmtime::Config::new();
    config.concurrency_support(false);
    let raw_engine = wasmtime::Engine::new(&config)?;
    let component = Component::from_file(&raw_engine, &path)?;
    let pre = Linker::<()>::new(&raw_engine).instantiate_pre(&component)?;
    let mut store = Store::new(&raw_engine, ());
    let instance = pre.instantiate(&mut store)?;
    let calls = component
        .get_export_index(None, "tenon:scalar/calls@1.0.0")
        .ok_or("no calls")?;
    let index = |name: &str| {
        component
            .get_export_index(Some(&calls), name)
            .ok_or("no export")
    };
    let add = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, &index("add")?)?;
    let echo = instance.get_typed_func::<(&str,), (String,)>(&mut store, &index("echo-string")?)?;
    let echo_bytes =
        instance.get_typed_func::<(&[u8],), (Vec<u8>,)>(&mut store, &index("echo-bytes")?)?;

    compare(
        "add",
        || add.call(&mut store, (40, 2)).map(|_| ()),
        || slot.call(|k| k.add(40, 2)).map(|_| ()),
    )?;
    compare(
        "echo-string 32 B",
        || echo.call(&mut store, (text,)).map(|_| ()),
        || slot.call(|k| k.echo_string(text)).map(|_| ()),
    )?;
    compare(
        "echo-bytes 64 KiB",
        || echo_bytes.call(&mut store, (&bytes,)).map(|_| ()),
        || slot.call(|k| k.echo_bytes(&bytes)).map(|_| ()),
    )?;

    traps(&kernel)?;
    if let Some(path) = args.next() {
        user_agents(&engine, &path)?;
    }
    Ok(())
}

fn loading(path: &str) -> Result<(), Fault> {
    let dir = std::env::temp_dir().join(format!("tenon-measure-{}", std::process::id()));
    let config = Config {
        cache_dir: Some(dir.clone()),
        ..Config::default()
    };
    let engine = Engine::new(&config)?;
    let start = Instant::now();
    engine.load_file(path)?;
    println!("{path}: cold load {:?}", start.elapsed());
    let mut times: Vec<_> = (0..21)
        .map(|_| {
            let start = Instant::now();
            engine
                .load_file(path)
                .map(|kernel| (start.elapsed(), kernel).0)
        })
        .collect::<Result<_, _>>()?;
    times.sort_unstable();
    println!("{path}: warm load {:?} median", times[times.len() / 2]);
    // The folder is this run's own.
    let _ = std::fs::remove_dir_all(dir);
    Ok(())
}

/// Both by turns, so that what disturbs one disturbs the other.
fn compare<E, F>(
    name: &str,
    mut raw: impl FnMut() -> Result<(), E>,
    mut slot: impl FnMut() -> Result<(), F>,
) -> Result<(), Box<dyn std::error::Error>>
where
    E: Into<Box<dyn std::error::Error>>,
    F: Into<Box<dyn std::error::Error>>,
{
    let (mut raws, mut slots) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        raws.push(time(&mut raw).map_err(Into::into)?);
        slots.push(time(&mut slot).map_err(Into::into)?);
    }
    raws.sort_by(f64::total_cmp);
    slots.sort_by(f64::total_cmp);
    let (raw, slot) = (raws[raws.len() / 2], slots[slots.len() / 2]);
    println!(
        "{name}: wasmtime {raw:.1}, slot {slot:.1}, ratio {:.2}",
        slot / raw
    );
    Ok(())
}

fn time<E>(call: &mut impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let start = Instant::now();
    let mut count = 0u32;
    while start.elapsed() < Duration::from_millis(20) {
        for _ in 0..100 {
            call()?;
        }
        count += 100;
    }
    Ok(start.elapsed().as_nanos() as f64 / f64::from(count))
}

fn traps(kernel: &tenon_host::Kernel) -> Result<(), Fault> {
    let mut times: Vec<(Duration, Duration)> = Vec::new();
    for _ in 0..101 {
        let start = Instant::now();
        let instance = kernel.open()?;
        let made = start.elapsed();
        let start = Instant::now();
        let fault = instance.call_wave("fail", &[r#""boom""#]).err();
        times.push((made, start.elapsed()));
        if times.len() == 1 {
            println!("{fault:?}");
        }
    }
    times.sort_unstable();
    let trap = times[times.len() / 2].1;
    println!(
        "instance: {:?} median; call that traps: {trap:?}",
        times[times.len() / 2].0
    );
    Ok(())
}

fn user_agents(engine: &Engine, path: &str) -> Result<(), Fault> {
    let start = Instant::now();
    let kernel = engine.load_file(path)?;
    println!("useragent: load {:?}", start.elapsed());
    let start = Instant::now();
    let instance = kernel.open()?;
    println!("useragent: instance, warmed: {:?}", start.elapsed());
    drop(instance);
    let start = Instant::now();
    let slot = engine
        .slot::<useragent::Contract>("ua")
        .kernel(&kernel)
        .build()?;
    println!(
        "useragent: slot of {} instances: {:?}",
        slot.stats().instances,
        start.elapsed()
    );
    let ua = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
    let once = time(&mut || slot.call(|k| k.parse(ua)).map(|_| ()))?;
    println!("useragent: parse {once:.0}");
    Ok(())
}
