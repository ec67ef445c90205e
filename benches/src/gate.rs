//! What it costs on the Rust host that a guest can be stopped.

use anyhow::{Context, Result};
use serde_json::Value;
use tenon_host::wasmtime::component::Val;
use tenon_host::{CallOptions, Config, Engine, Fuel, Instance};
use wasmtime::Store;
use wasmtime::component::{Component, Linker};

use crate::definitions::repository;
use crate::rounds::{self, SLICE, Side, Sides};

/// The loops of kernels/loops that the Rust host's row has: a hash, a parser, a sort and a recursion.
const LOOPS: [&str; 4] = ["sha256", "json", "heapsort", "queens"];

/// Loops on the Rust host, whose calls have a deadline, against wasmtime without any means to stop a guest; beside it on
/// the Rust host where fuel is counted too.
pub(crate) fn host_loops(name: &str, quick: bool) -> Result<Value> {
    let file = repository("host-go/internal/fixture/loops/loops.wasm");
    let open = |config: Config| -> Result<Instance> {
        Ok(Engine::new(&config)?.load_file(&file)?.open()?)
    };
    let stoppable = open(Config::default())?;
    let mut counting = open(Config {
        fuel: true,
        ..Config::default()
    })?;
    counting.set_limits(&CallOptions {
        fuel: Some(Fuel::new(u64::MAX / 2)),
        ..CallOptions::default()
    })?;

    let bare = wasmtime::Engine::default();
    let bytes = Component::from_file(&bare, &file).map_err(anyhow::Error::from)?;
    let calls = bytes
        .get_export_index(None, "tenon:loops/calls@1.0.0")
        .context("the fixture exports no calls")?;
    let mut parts = Vec::new();
    for part in LOOPS {
        let function = bytes
            .get_export_index(Some(&calls), part)
            .with_context(|| format!("the fixture has no {part}"))?;
        let mut store = Store::new(&bare, ());
        let instance = Linker::new(&bare)
            .instantiate(&mut store, &bytes)
            .map_err(anyhow::Error::from)?;
        let function = instance
            .get_typed_func::<(u32,), (u64,)>(&mut store, function)
            .map_err(anyhow::Error::from)?;
        let sides = Sides {
            a: on_host(&stoppable, part),
            b: Some(Box::new(move |n| {
                function
                    .call(&mut store, (n.try_into()?,))
                    .map_err(anyhow::Error::from)?;
                Ok(())
            })),
            c: Some(on_host(&counting, part)),
            slice: SLICE,
        };
        parts.push(rounds::measure(part, sides, quick)?);
    }
    Ok(rounds::in_parts(name, parts))
}

/// A side that calls a loop once, with how many rounds it is to do.
fn on_host<'a>(instance: &'a Instance, part: &'a str) -> Side<'a> {
    Box::new(move |n| {
        instance.call(part, &[Val::U32(n.try_into()?)])?;
        Ok(())
    })
}
