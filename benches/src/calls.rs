//! The functions that a row may call, on the engines that there are: a further row for one of them is data only.

mod bare;
mod editdistance;
mod geohex;
mod jsonpick;
mod redact;
mod scalar;
mod thumbnail;
mod useragent;
mod utf8check;

use std::collections::HashSet;
use std::hash::Hash;
use std::hint::black_box;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tenon_host::{Config, Contract, Engine, Slot};

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
    let open = match &*call.kernel {
        "editdistance" => editdistance::open,
        "geohex" => geohex::open,
        "jsonpick" => jsonpick::open,
        "redact" => redact::open,
        "scalar" => scalar::open,
        "thumbnail" => thumbnail::open,
        "useragent" => useragent::open,
        "utf8check" => utf8check::open,
        other => bail!("no kernel {other} is known here"),
    };
    open(call, input, engine)
}

/// What is said of a function that there is not, or not on the engine.
fn unknown(call: &Call, engine: &str) -> anyhow::Error {
    let Call {
        kernel, function, ..
    } = call;
    anyhow::format_err!("{kernel}.{function} is not written for the engine {engine}")
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
pub(crate) fn slot<C: Contract>() -> Result<Slot<C>> {
    let engine = Engine::new(&Config::default())?;
    let kernel = engine.load_file(component(C::PACKAGE)?)?;
    Ok(engine.slot::<C>("bench").kernel(&kernel).build()?)
}

/// Where the component of a contract's kernel lies: both hosts run the same.
fn component(package: &str) -> Result<PathBuf> {
    let name = package.strip_prefix("tenon:");
    let name = name.with_context(|| format!("{package} is no contract of Tenon's"))?;
    Ok(repository(&match name {
        "scalar" => "host-go/internal/fixture/scalar/scalar.wasm".to_owned(),
        _ => format!("host-go/kernels/{name}/{name}-1.0.0.wasm"),
    }))
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
