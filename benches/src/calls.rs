//! The functions that a row may call, on the engines that there are: a further row for one of them is data only.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::hash::Hash;
use std::hint::black_box;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tenon_host::contracts::{redact, scalar};
use tenon_host::{Config, Contract, Engine, Slot};
use wasmtime::Store;
use wasmtime::component::{Component, ComponentNamedList, Lift, Linker, Lower, TypedFunc};

use crate::definitions::{Call, Definitions, Row, repository};
use crate::rounds::{self, SLICE, Side, Sides};

/// How many different inputs' answers are held against what is expected.
const CHECKED: usize = 256;

/// Measures a row of a defined call.
pub(crate) fn measure(defined: &Definitions, row: &Row, quick: bool) -> Result<Value> {
    let call = row.call.as_deref().context("a row without a call")?;
    ensure!(
        row.measure.is_none(),
        "this driver measures calls by turns only"
    );
    let side = |name: &str| -> Result<Option<Side<'static>>> {
        let Some(engine) = row.sides.get(name) else {
            return Ok(None);
        };
        let engine = engine.as_str().context("this driver has one caller only")?;
        open(defined, call, engine)
            .with_context(|| format!("engine {engine}"))
            .map(Some)
    };
    let sides = Sides {
        a: side("a")?.context("there is no side a")?,
        b: side("b")?,
        c: side("c")?,
        slice: SLICE,
    };
    rounds::measure(&row.name, sides, quick)
}

/// Makes a defined call ready on an engine, and checks its answers.
pub(crate) fn open(defined: &Definitions, call: &str, engine: &str) -> Result<Side<'static>> {
    let (call, input) = defined.call(call)?;
    let unknown = || {
        format!(
            "{}.{} is not written for the engine {engine}",
            call.kernel, call.function
        )
    };
    match (call.kernel.as_str(), call.function.as_str()) {
        ("scalar", "add") => {
            let (inputs, show) = (input.pairs()?, u32::to_string);
            match engine {
                "rust-host" => {
                    let slot = slot::<scalar::Contract>("scalar")?;
                    ready(call, inputs, show, move |&(a, b)| {
                        Ok(slot.call(|k| k.add(a, b))?)
                    })
                }
                "rust" => ready(call, inputs, show, |&(a, b)| {
                    Ok(tenon_kernel_scalar::add(a, b))
                }),
                "wasmtime" => {
                    let mut f = Bare::<(u32, u32), (u32,)>::open("scalar", "add")?;
                    ready(call, inputs, show, move |&pair| Ok(f.call(pair)?.0))
                }
                _ => bail!(unknown()),
            }
        }
        ("scalar", "echo-string") => {
            let (inputs, show) = (input.texts()?, String::clone);
            match engine {
                "rust-host" => {
                    let slot = slot::<scalar::Contract>("scalar")?;
                    ready(call, inputs, show, move |text| {
                        Ok(slot.call(|k| k.echo_string(text))?)
                    })
                }
                "wasmtime" => {
                    let mut f = Bare::<(&str,), (String,)>::open("scalar", "echo-string")?;
                    ready(call, inputs, show, move |text| Ok(f.call((text,))?.0))
                }
                _ => bail!(unknown()),
            }
        }
        ("scalar", "sum") => {
            let (inputs, show) = (input.lists()?, u64::to_string);
            match engine {
                "rust-host" => {
                    let slot = slot::<scalar::Contract>("scalar")?;
                    ready(call, inputs, show, move |list| {
                        Ok(slot.call(|k| k.sum(list))?)
                    })
                }
                "rust" => ready(call, inputs, show, |list| {
                    Ok(tenon_kernel_scalar::sum(list))
                }),
                "wasmtime" => {
                    let mut f = Bare::<(&[u32],), (u64,)>::open("scalar", "sum")?;
                    ready(call, inputs, show, move |list| Ok(f.call((list,))?.0))
                }
                _ => bail!(unknown()),
            }
        }
        ("redact", "redact") => {
            let inputs = input.texts()?;
            match engine {
                "rust-host" => {
                    let slot = slot::<redact::Contract>("redact")?;
                    ready(call, inputs, show_redaction, move |text| {
                        Ok(slot.call(|k| k.redact(text))?)
                    })
                }
                "rust" => ready(call, inputs, show_native, |text| {
                    Ok(tenon_kernel_redact::redact(text))
                }),
                "wasmtime" => {
                    let mut f = Bare::<(&str,), (redact::Redaction,)>::open("redact", "redact")?;
                    ready(call, inputs, show_redaction, move |text| {
                        Ok(f.call((text,))?.0)
                    })
                }
                _ => bail!(unknown()),
            }
        }
        _ => bail!(
            "no function {}.{} is known here",
            call.kernel,
            call.function
        ),
    }
}

/// A side that goes round the inputs, once the answers to the first of them are what is expected.
fn ready<I, O>(
    call: &Call,
    inputs: Vec<I>,
    show: impl Fn(&O) -> String,
    mut operation: impl FnMut(&'static I) -> Result<O> + 'static,
) -> Result<Side<'static>>
where
    I: Eq + Hash + 'static,
    O: 'static,
{
    // A driver runs a few rows and ends.
    let inputs: &'static [I] = inputs.leak();
    let (mut answers, mut seen) = (Vec::new(), HashSet::new());
    for input in inputs {
        if answers.len() < CHECKED && seen.insert(input) {
            answers.push(show(&operation(input)?));
        }
    }
    let text = match &answers[..] {
        [answer] => answer.clone(),
        _ => format!("sha256:{:x}", Sha256::digest(answers.join("\n"))),
    };
    ensure!(
        text == call.expect,
        "{}.{} answers {text}, and {} is expected; its first answer is {:?}",
        call.kernel,
        call.function,
        call.expect,
        answers.first()
    );
    Ok(rounds::each_of(inputs, move |input| {
        black_box(operation(input)?);
        Ok(())
    }))
}

/// A slot of its own, by whose engine a kernel is served.
fn slot<C: Contract>(kernel: &str) -> Result<Slot<C>> {
    let engine = Engine::new(&Config::default())?;
    let kernel = engine.load_file(component(kernel)?.file)?;
    Ok(engine.slot::<C>("bench").kernel(&kernel).build()?)
}

/// What wasmtime has by itself: a typed function of one instance, in a store as bare as they come, by an engine that has no
/// means to stop a guest and no concurrency.
struct Bare<P, R> {
    store: Store<()>,
    function: TypedFunc<P, R>,
}

impl<P, R> Bare<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    fn open(kernel: &str, function: &str) -> Result<Self> {
        let kernel = component(kernel)?;
        let mut config = wasmtime::Config::new();
        config.concurrency_support(false);
        let bare = || -> wasmtime::Result<Self> {
            let engine = wasmtime::Engine::new(&config)?;
            let bytes = Component::from_file(&engine, &kernel.file)?;
            let mut store = Store::new(&engine, ());
            let instance = Linker::new(&engine).instantiate(&mut store, &bytes)?;
            let interface = bytes.get_export_index(None, kernel.interface);
            let function = bytes
                .get_export_index(interface.as_ref(), function)
                .ok_or_else(|| wasmtime::Error::msg(format!("the kernel has no {function}")))?;
            let function = instance.get_typed_func(&mut store, function)?;
            Ok(Self { store, function })
        };
        bare().map_err(anyhow::Error::from)
    }

    #[inline]
    fn call(&mut self, params: P) -> Result<R> {
        let answer = self.function.call(&mut self.store, params);
        answer.map_err(anyhow::Error::from)
    }
}

/// A kernel's component, and the interface that it exports.
struct Exports {
    file: PathBuf,
    interface: &'static str,
}

/// Both hosts run the same components.
fn component(kernel: &str) -> Result<Exports> {
    let (file, interface) = match kernel {
        "scalar" => (
            "host-go/internal/fixture/scalar/scalar.wasm",
            "tenon:scalar/calls@1.0.0",
        ),
        "redact" => (
            "host-go/kernels/redact/redact-1.0.0.wasm",
            "tenon:redact/redactor@1.0.0",
        ),
        _ => bail!("no kernel {kernel} is known here"),
    };
    let file = repository(file);
    Ok(Exports { file, interface })
}

fn show_redaction(answer: &redact::Redaction) -> String {
    let findings = answer.findings.iter();
    show(
        &answer.text,
        findings.map(|it| (format!("{:?}", it.kind), it.start, it.end)),
    )
}

fn show_native(answer: &tenon_kernel_redact::Redaction) -> String {
    let findings = answer.findings.iter();
    show(
        &answer.text,
        findings.map(|it| (it.kind.name().to_owned(), it.start, it.end)),
    )
}

/// A redaction as all engines write it, with the contract's names of kinds.
fn show(text: &str, findings: impl Iterator<Item = (String, u32, u32)>) -> String {
    let mut shown = text.to_owned();
    for (kind, start, end) in findings {
        let kind = kind.rsplit("::").next().unwrap_or_default();
        let _ = write!(shown, " {}:{start}-{end}", kind.to_lowercase());
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_of_every_row_answers_as_expected() {
        let defined = Definitions::read().unwrap();
        let mut checked = HashSet::new();
        for row in defined.rows.iter().filter(|row| row.driver == "rust") {
            for engine in row.sides.values() {
                let (call, engine) = (row.call.as_deref().unwrap(), engine.as_str().unwrap());
                if checked.insert((call, engine)) {
                    let mut side = open(&defined, call, engine)
                        .unwrap_or_else(|error| panic!("{}: {engine}: {error:#}", row.name));
                    side(3).unwrap();
                }
            }
        }
        assert!(!checked.is_empty());
    }

    #[test]
    fn a_wrong_answer_is_told() {
        let call = Call {
            kernel: "k".into(),
            function: "f".into(),
            input: "i".into(),
            expect: "2".into(),
        };
        let open = |answer: u32| {
            let open = ready(&call, vec![0], u32::to_string, move |_| Ok(answer));
            open.err()
        };
        assert!(open(2).is_none());
        let error = open(3).unwrap().to_string();
        assert!(
            error.contains("k.f answers 3, and 2 is expected"),
            "{error}"
        );
    }
}
