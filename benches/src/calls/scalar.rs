use anyhow::Result;
use tenon_host::contracts::scalar::Contract;
use tenon_kernel_scalar as native;

use super::bare::Bare;
use super::{ready, slot, unknown};
use crate::definitions::{Call, Input};
use crate::rounds::Side;

pub(super) fn open(call: &Call, input: &Input, engine: &str) -> Result<Side<'static>> {
    match &*call.function {
        "add" => add(call, input.pairs()?, engine),
        "echo-string" => echo_string(call, input.texts()?, engine),
        "sum" => sum(call, input.lists()?, engine),
        _ => Err(unknown(call, engine)),
    }
}

fn add(call: &Call, pairs: Vec<(u32, u32)>, engine: &str) -> Result<Side<'static>> {
    match engine {
        "rust-host" => {
            let slot = slot::<Contract>()?;
            ready(call, pairs, u32::to_string, move |&(a, b)| {
                Ok(slot.call(|k| k.add(a, b))?)
            })
        }
        "rust" => ready(call, pairs, u32::to_string, |&(a, b)| Ok(native::add(a, b))),
        "wasmtime" => {
            let mut f = Bare::<(u32, u32), (u32,)>::open::<Contract>("calls", "add")?;
            ready(call, pairs, u32::to_string, move |&pair| {
                Ok(f.call(pair)?.0)
            })
        }
        _ => Err(unknown(call, engine)),
    }
}

fn echo_string(call: &Call, texts: Vec<String>, engine: &str) -> Result<Side<'static>> {
    match engine {
        "rust-host" => {
            let slot = slot::<Contract>()?;
            ready(call, texts, String::clone, move |text| {
                Ok(slot.call(|k| k.echo_string(text))?)
            })
        }
        "wasmtime" => {
            let mut f = Bare::<(&str,), (String,)>::open::<Contract>("calls", "echo-string")?;
            ready(call, texts, String::clone, move |text| {
                Ok(f.call((text,))?.0)
            })
        }
        _ => Err(unknown(call, engine)),
    }
}

fn sum(call: &Call, lists: Vec<Vec<u32>>, engine: &str) -> Result<Side<'static>> {
    match engine {
        "rust-host" => {
            let slot = slot::<Contract>()?;
            ready(call, lists, u64::to_string, move |list| {
                Ok(slot.call(|k| k.sum(list))?)
            })
        }
        "rust" => ready(call, lists, u64::to_string, |list| Ok(native::sum(list))),
        "wasmtime" => {
            let mut f = Bare::<(&[u32],), (u64,)>::open::<Contract>("calls", "sum")?;
            ready(call, lists, u64::to_string, move |list| {
                Ok(f.call((list,))?.0)
            })
        }
        _ => Err(unknown(call, engine)),
    }
}
