//! wasmtime against the oracle: golden vectors of lift and lower, and functions that give their argument back.
//!
//! `tenon-oracle vectors --out DIR` makes what is run here; `cargo xtask oracle` does both.

mod carrier;
mod floats;
mod values;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use carrier::{Carrier, number, unhex};
use serde_json::Value as Json;

/// More disagreements than this are not printed.
const SHOWN: usize = 20;

fn folder() -> PathBuf {
    let dir = std::env::var_os("TENON_ORACLE")
        .expect("TENON_ORACLE names the folder that `tenon-oracle vectors` wrote");
    PathBuf::from(dir)
}

fn lines(dir: &Path, name: &str) -> impl Iterator<Item = Json> {
    let file = File::open(dir.join(name)).unwrap();
    BufReader::new(file)
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

fn json(dir: &Path, name: &str) -> Json {
    serde_json::from_reader(File::open(dir.join(name)).unwrap()).unwrap()
}

#[test]
#[ignore = "needs TENON_ORACLE, the folder of the oracle's vectors: `cargo xtask oracle` makes it"]
fn vectors() {
    let dir = folder();
    let index = json(&dir, "index.json");
    let engine = carrier::engine();
    let mut current: Option<(String, Carrier, Blank)> = None;
    let (mut count, mut wrong) = (0, Vec::new());
    for vector in lines(&dir, "vectors.jsonl") {
        let name = vector["c"].as_str().unwrap();
        if current.as_ref().is_none_or(|(loaded, ..)| loaded != name) {
            let entry = index["vectors"]
                .as_array()
                .unwrap()
                .iter()
                .find(|entry| entry["name"] == name)
                .unwrap();
            current = Some((
                name.to_owned(),
                Carrier::load(&engine, &dir, name),
                Blank::of(entry),
            ));
        }
        let (_, carrier, blank) = current.as_mut().unwrap();
        count += 1;
        if let Err(complaint) = judge(carrier, blank, &vector) {
            wrong.push(format!("{complaint}\n  {vector}"));
        }
    }
    let some = wrong
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        wrong.is_empty(),
        "{} of {count} vectors:\n{some}",
        wrong.len()
    );
    println!("{count} vectors");
    assert!(count >= 20_000, "{count} vectors");
}

/// What a dump shows where nothing was written.
struct Blank {
    start: u64,
    byte: u8,
}

impl Blank {
    fn of(entry: &Json) -> Blank {
        Blank {
            start: entry["dump"].as_u64().unwrap(),
            byte: entry["blank"].as_u64().unwrap() as u8,
        }
    }

    /// The dump that an outcome describes.
    fn with(&self, outcome: &Json) -> Vec<u8> {
        let end = outcome["end"].as_u64().unwrap();
        let mut dump = vec![self.byte; (end - self.start) as usize];
        for chunk in outcome["mem"].as_array().unwrap() {
            let at = (chunk[0].as_u64().unwrap() - self.start) as usize;
            let bytes = unhex(&chunk[1]);
            dump[at..at + bytes.len()].copy_from_slice(&bytes);
        }
        dump
    }
}

fn judge(carrier: &mut Carrier, blank: &Blank, vector: &Json) -> Result<(), String> {
    let function = vector["f"].as_str().unwrap();
    let flat: Vec<Json> = vector["flat"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|raw| number(raw.as_u64().unwrap()))
        .collect();
    let args = if function.starts_with("eat-") {
        vec![vector["value"].clone()]
    } else {
        flat
    };
    if vector.get("new").is_some() || vector.get("hold").is_some() {
        carrier.end(); // handles are numbered from the start
    }
    let prepared = carrier
        .prepare(vector)
        .and_then(|()| carrier.give_resources(vector));
    prepared.map_err(|error| format!("before the call: {error:#}"))?;
    carrier.will_give(&vector["value"]);
    let result = match (carrier.call(function, &args), vector.get("trap")) {
        (Err(_), Some(_)) => return Ok(()),
        (Err(error), None) => return Err(format!("it traps: {error:#}")),
        (Ok(result), Some(_)) => {
            return Err(format!("no trap, but {:?}, {:?}", result, carrier.taken()));
        }
        (Ok(result), None) => result,
    };
    let want = &vector["want"];
    if vector.get("value").is_none() {
        if let Some(val) = &result {
            let asked = carrier.ask_numbers(val);
            asked.map_err(|error| format!("after the call: {error:#}"))?;
        }
        let got = result
            .map(|val| carrier.encode(&val))
            .or_else(|| carrier.taken());
        return if got.as_ref() == Some(want) {
            Ok(())
        } else {
            Err(format!("it gives {got:?}"))
        };
    }
    // wasmtime keeps strings in UTF-8.
    let outcome = want
        .as_array()
        .unwrap()
        .iter()
        .find(|outcome| outcome["from"].as_array().unwrap().contains(&"utf8".into()));
    let got = carrier
        .dump()
        .map_err(|error| format!("after the call: {error:#}"))?;
    let want = blank.with(outcome.unwrap());
    match got.iter().zip(&want).position(|(got, want)| got != want) {
        Some(at) => Err(format!(
            "byte {:#x} is {:#x}, not {:#x}",
            blank.start + at as u64,
            got[at],
            want[at]
        )),
        None if got.len() != want.len() => Err(format!(
            "the heap ends {} bytes later",
            got.len() as i64 - want.len() as i64
        )),
        None => Ok(()),
    }
}

#[test]
#[ignore = "needs TENON_ORACLE, the folder of the oracle's vectors: `cargo xtask oracle` makes it"]
fn identity() {
    let dir = folder();
    let engine = carrier::engine();
    let mut current: Option<(String, Carrier)> = None;
    let (mut types, mut values, mut wrong) = (0, 0, Vec::new());
    for line in lines(&dir, "identity.jsonl") {
        let name = line["c"].as_str().unwrap();
        if current.as_ref().is_none_or(|(loaded, _)| loaded != name) {
            current = Some((name.to_owned(), Carrier::load(&engine, &dir, name)));
        }
        let (_, carrier) = current.as_mut().unwrap();
        types += 1;
        let all = line["values"].as_array().unwrap();
        let mut same = |function: &str, value: &Json| match carrier.call(
            &format!("{function}-{}", line["n"]),
            std::slice::from_ref(value),
        ) {
            Ok(Some(val)) if values::encode(&val, &[]) == *value => {}
            Ok(other) => wrong.push(format!(
                "{name} {function}-{}: {value} comes back as {other:?}",
                line["n"]
            )),
            Err(error) => wrong.push(format!(
                "{name} {function}-{}: {value}: {error:#}",
                line["n"]
            )),
        };
        for value in all {
            values += 1;
            same("flat", value);
        }
        same("list", &serde_json::json!({ "items": all }));
    }
    let some = wrong
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        wrong.is_empty(),
        "{} of {values} values:\n{some}",
        wrong.len()
    );
    println!("{types} types, {values} values");
    assert!(values > 0, "there are no values in {}", dir.display());
}
