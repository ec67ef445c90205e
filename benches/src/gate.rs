//! The rows of the gate: what it costs that a guest can be stopped, and how soon a file is refused.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tenon_host::wasmtime::component::Val;
use tenon_host::{CallOptions, Config, Engine, Fuel, Instance};
use tenon_transpile::{Kind, Options, transpile};
use wasmtime::Store;
use wasmtime::component::{Component, Linker};

use crate::rounds::{self, SLICE, Side, Sides};
use crate::rows::component;

/// The loops of kernels/loops that the Rust host's row has: a hash, a parser, a sort and a recursion.
const LOOPS: [&str; 4] = ["sha256", "json", "heapsort", "queens"];

/// Loops on the Rust host, whose calls have a deadline, against wasmtime without any means to stop a guest; beside it on
/// the Rust host where fuel is counted too.
pub(crate) fn host_loops(name: &str, quick: bool) -> Result<Value> {
    let file = component("internal/fixture/loops/loops.wasm");
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
        parts.push((part.to_owned(), sides));
    }
    rounds::measure_parts(name, parts, quick)
}

/// A side that calls a loop once, with how many rounds it is to do.
fn on_host<'a>(instance: &'a Instance, part: &'a str) -> Side<'a> {
    Box::new(move |n| {
        instance.call(part, &[Val::U32(n.try_into()?)])?;
        Ok(())
    })
}

/// How long one file is refused over and over in a round: there are many files.
const REFUSAL_SLICE: Duration = Duration::from_millis(5);

/// Malformed and excessive files, refused by the transpiler natively.
pub(crate) fn refuse_native(name: &str, quick: bool) -> Result<Value> {
    let options = Options {
        gate: true,
        floats: true,
        ..Options::default()
    };
    let files = refused_files()?;
    let mut parts = Vec::new();
    for (part, expect, bytes) in &files {
        let refuse = move |n: u64| {
            for _ in 0..n {
                let kind = transpile(bytes, &options).err().map(|error| error.kind);
                ensure!(kind == Some(*expect), "{part}: {kind:?}, not {expect:?}");
            }
            Ok(())
        };
        let sides = Sides {
            a: Box::new(refuse),
            b: None,
            c: None,
            slice: REFUSAL_SLICE,
        };
        parts.push((part.clone(), sides));
    }
    rounds::measure_parts(name, parts, quick)
}

/// The guests of kernels/hostile that are one file each and must not load, and as what they are refused.
fn refused_files() -> Result<Vec<(String, Kind, Vec<u8>)>> {
    let folder = std::env::var_os("TENON_HOSTILE")
        .context("TENON_HOSTILE is not set: run this row by `cargo xtask bench`")?;
    let index = component("../kernels/hostile/index.json");
    let index = std::fs::read(&index).with_context(|| index.display().to_string())?;
    let index: Value = serde_json::from_slice(&index)?;
    let guests = index["guests"].as_array().context("an index of guests")?;
    let mut files = Vec::new();
    for guest in guests {
        let kind = match guest["expect"].as_str() {
            Some("malformed") => Kind::Malformed,
            Some("limit") => Kind::Limit,
            _ => continue,
        };
        if guest["when"] != "load" || guest.get("family").is_some() {
            continue;
        }
        let name = guest["name"].as_str().context("a guest's name")?;
        let path = PathBuf::from(&folder).join(name).with_extension("wasm");
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        files.push((name.to_owned(), kind, bytes));
    }
    Ok(files)
}
