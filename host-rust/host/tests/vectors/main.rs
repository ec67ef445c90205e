//! The golden cases of wit/vectors, on this host: each contract that it brings along, through its typed interface. The Go host
//! and native Rust are asked the same.

mod editdistance;
mod fuzzyrank;
mod geohex;
mod jsonpick;
mod redact;
mod scalar;
mod thumbnail;
mod topk;
mod useragent;
mod utf8check;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;
use tenon_host::{Config, Contract, Engine, Fault, FaultKind, Slot};

const ROOT: &str = "../..";

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(&Config::default()).unwrap());

/// What a function answers, as JSON: its result, or its contract's own error.
type Answer = Result<Value, Value>;

#[derive(Deserialize)]
struct Golden {
    contract: String,
    cases: Vec<Case>,
}

/// A call of a function, and what comes of it.
#[derive(Debug, Deserialize)]
struct Case {
    func: String,
    args: Value,
    /// The labels of the versions that it is about, where it is not about all.
    kernels: Option<Vec<String>>,
    #[serde(default)]
    result: Value,
    error: Option<Value>,
    fault: Option<String>,
    /// A part of the fault's message.
    #[serde(default)]
    message: String,
}

impl Case {
    /// The arguments, as a tuple of them.
    fn args<T: DeserializeOwned>(&self) -> T {
        T::deserialize(&self.args).unwrap_or_else(|error| panic!("{self:?}: {error}"))
    }

    /// Whether that is what was to come of it.
    fn is_met_by(&self, got: &Result<Answer, Fault>) -> bool {
        match (got, &self.error, &self.fault) {
            (Ok(Ok(got)), None, None) => close(got, &self.result),
            (Ok(Err(got)), Some(error), None) => got == error,
            (Err(got), None, Some(fault)) => {
                got.kind().as_str() == fault && got.message().contains(&self.message)
            }
            _ => false,
        }
    }
}

/// How far apart two numbers may be: what serde_json may read wrong of a score, and a tenth of a millimetre in degrees.
const TOLERANCE: f64 = 1e-9;

/// Whether two answers are equal but for the last digits of numbers that are not whole.
fn close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let near = |(name, a)| b.get(name).is_some_and(|b| close(a, b));
            a.len() == b.len() && a.iter().all(near)
        }
        (Value::Number(x), Value::Number(y)) if x.is_f64() && y.is_f64() => {
            let [x, y] = [x, y].map(|number| number.as_f64().unwrap());
            (x - y).abs() <= TOLERANCE
        }
        _ => a == b,
    }
}

/// A slot of its own for a committed component.
fn slot<C: Contract>(file: &str) -> Slot<C> {
    let kernel = ENGINE.load_file(build_of(file)).unwrap();
    let slot = ENGINE.slot(file).kernel(&kernel).instances(1);
    // After a case that ends in a fault, an instance is made again meanwhile.
    slot.max_wait(Duration::from_secs(60)).build().unwrap()
}

/// The committed component, or the pre-initialised build of the same version: the folder that TENON_PREINIT names, if it does,
/// holds those of some kernels.
fn build_of(file: &str) -> PathBuf {
    let committed = Path::new(ROOT).join(file);
    let Some(folder) = std::env::var_os("TENON_PREINIT") else {
        return committed;
    };
    let name = file.rsplit('/').next().unwrap();
    let built = Path::new(&folder).join(name.replace("-1.0.0", ""));
    if built.is_file() { built } else { committed }
}

/// The same of a kernel's 1.0.0.
fn first<C: Contract>(name: &str) -> Slot<C> {
    slot(&format!("host-go/kernels/{name}/{name}-1.0.0.wasm"))
}

/// Holds the answers against the golden cases of the slot's contract, and says how many there are for its version.
fn golden<C: Contract>(
    slot: &Slot<C>,
    mut answer: impl FnMut(&C::Api, &Case) -> Result<Answer, Fault>,
) -> usize {
    let name = C::PACKAGE.strip_prefix("tenon:").unwrap();
    let file = Path::new(ROOT).join(format!("wit/vectors/{name}.json"));
    let golden: Golden = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(golden.contract, format!("{}@{}", C::PACKAGE, C::VERSION));
    let label = slot.kernel().unwrap().label().to_owned();
    let mut checked = 0;
    for case in golden.cases {
        if case.kernels.as_ref().is_none_or(|it| it.contains(&label)) {
            let got = slot.call(|k| answer(k, &case));
            assert!(case.is_met_by(&got), "{label}: {case:?}: {got:?}");
            checked += 1;
        }
    }
    checked
}

#[test]
fn a_wrong_answer_is_none() {
    let case = |text: &str| serde_json::from_str::<Case>(text).unwrap();
    let half = case(r#"{"func": "f", "args": [], "result": [0.5]}"#);
    let refused = case(r#"{"func": "f", "args": [], "error": {"k": 4}}"#);
    let trapped = case(r#"{"func": "f", "args": [], "fault": "trap", "message": "boom"}"#);
    let trap = |message: &str| Err(Fault::new(FaultKind::Trap, message));
    assert!(half.is_met_by(&Ok(Ok(json!([0.5 + TOLERANCE / 2.0])))));
    assert!(refused.is_met_by(&Ok(Err(json!({"k": 4})))));
    assert!(trapped.is_met_by(&trap("a boom")));
    for (case, wrong) in [
        (&half, Ok(Ok(json!([0.5 + TOLERANCE * 2.0])))),
        (&half, Ok(Ok(json!([0.5, 0.5])))),
        (&half, Ok(Err(json!([0.5])))),
        (&half, trap("boom")),
        (&refused, Ok(Err(json!({"k": 5})))),
        (&refused, Ok(Ok(json!({"k": 4})))),
        (&trapped, trap("bang")),
        (&trapped, Err(Fault::new(FaultKind::Stack, "boom"))),
        (&trapped, Ok(Ok(Value::Null))),
    ] {
        assert!(!case.is_met_by(&wrong), "{case:?}: {wrong:?}");
    }
}
