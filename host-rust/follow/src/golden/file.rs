//! A file of golden cases, as it stands in JSON.

use super::value;
use super::{Error, limits, shortened};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tenon_host::wasmtime::component::{Type, Val};

/// The layout of a file; a reader refuses a newer one.
const FORMAT: u64 = 1;

#[derive(Deserialize)]
struct Head {
    format: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: u64,
    contract: String,
    #[serde(default)]
    tolerance: f64,
    #[serde(default)]
    cases: Vec<Value>,
}

/// A file that was read.
pub(super) struct Suite {
    pub(super) cases: Vec<Case>,
    pub(super) tolerance: f64,
}

/// A call, and what comes of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    #[serde(default)]
    pub(super) func: String,
    kernels: Option<Vec<String>>,
    #[serde(default)]
    args: Vec<Value>,
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    error: Option<Value>,
    #[serde(default)]
    fault: String,
    #[serde(default)]
    message: String,
}

/// What is there is not absent, even where it is null.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// What a case says of the answer.
pub(super) enum Want {
    /// The value, or none of a function without a result. That of a function with a `result` is the side that it is.
    Answer(Option<Val>),
    Fault {
        kind: String,
        message: String,
    },
}

/// Reads a file of cases for a contract.
pub(super) fn read(text: &[u8], contract: &str) -> Result<Suite, Error> {
    if text.len() > limits::SIZE {
        let what = format!("{} bytes, more than {}", text.len(), limits::SIZE);
        return Err(Error::malformed("", what));
    }
    let wrong = |error: serde_json::Error| Error::malformed("", shortened(&error.to_string()));
    let head: Head = serde_json::from_slice(text).map_err(wrong)?;
    if head.format != FORMAT {
        let what = format!(
            "format {}, this program reads {FORMAT}: update it",
            head.format
        );
        return Err(Error::malformed("format", what));
    }
    let file: File = serde_json::from_slice(text).map_err(wrong)?;
    if file.contract.split('@').next() != Some(contract) {
        let what = format!(
            "the cases are of {:?}, the kernel serves {contract}",
            shortened(&file.contract)
        );
        return Err(Error::malformed("contract", what));
    }
    if file.cases.len() > limits::CASES {
        let what = format!("{}, more than {}", file.cases.len(), limits::CASES);
        return Err(Error::malformed("cases", what));
    }
    if file.tolerance < 0.0 {
        return Err(Error::malformed("tolerance", "less than 0"));
    }
    let cases = file.cases.into_iter().enumerate();
    let cases = cases.map(|(at, case)| Case::read(case, &format!("cases[{at}]")));
    Ok(Suite {
        cases: cases.collect::<Result<_, _>>()?,
        tolerance: file.tolerance,
    })
}

impl Case {
    fn read(value: Value, path: &str) -> Result<Case, Error> {
        let size = value.to_string().len();
        if size > limits::CASE_SIZE {
            let what = format!("{size} bytes, more than {}", limits::CASE_SIZE);
            return Err(Error::malformed(path, what));
        }
        let case: Case = serde_json::from_value(value)
            .map_err(|error| Error::malformed(path, shortened(&error.to_string())))?;
        let outcomes = [
            case.result.is_some(),
            case.error.is_some(),
            !case.fault.is_empty(),
        ];
        let outcomes = outcomes.into_iter().filter(|it| *it).count();
        let what = if case.func.is_empty() {
            r#"no "func""#.to_owned()
        } else if outcomes != 1 {
            format!(r#"{outcomes} of "result", "error" and "fault", where there is one"#)
        } else if !case.message.is_empty() && case.fault.is_empty() {
            r#""message" without "fault""#.to_owned()
        } else {
            return Ok(case);
        };
        Err(Error::malformed(path, what))
    }

    /// Whether the version with a label answers as the case says.
    pub(super) fn is_for(&self, label: &str) -> bool {
        let kernels = self.kernels.as_ref();
        kernels.is_none_or(|kernels| kernels.iter().any(|kernel| kernel == label))
    }

    pub(super) fn arguments(
        &self,
        params: &[(String, Type)],
        path: &str,
    ) -> Result<Vec<Val>, Error> {
        if self.args.len() != params.len() {
            let what = format!(
                "{} arguments, {} takes {}",
                self.args.len(),
                shortened(&self.func),
                params.len()
            );
            return Err(Error::malformed(format!("{path}.args"), what));
        }
        let pairs = self.args.iter().zip(params).enumerate();
        pairs
            .map(|(at, (arg, (_, ty)))| value::typed(ty, arg, &format!("{path}.args[{at}]")))
            .collect()
    }

    /// What the case says of the answer, by the function's result.
    pub(super) fn want(&self, result: Option<&Type>, path: &str) -> Result<Want, Error> {
        if !self.fault.is_empty() {
            return Ok(Want::Fault {
                kind: self.fault.clone(),
                message: self.message.clone(),
            });
        }
        let (side, text) = match (&self.error, &self.result) {
            (Some(error), _) => ("error", error),
            (None, result) => ("result", result.as_ref().unwrap_or(&Value::Null)),
        };
        let at = format!("{path}.{side}");
        let answer = match result {
            Some(Type::Result(ty)) if side == "error" => {
                Some(Val::Result(Err(value::carried(ty.err(), text, &at)?)))
            }
            Some(Type::Result(ty)) => Some(Val::Result(Ok(value::carried(ty.ok(), text, &at)?))),
            _ if side == "error" => {
                let what = format!("{} has no error", shortened(&self.func));
                return Err(Error::malformed(at, what));
            }
            Some(ty) => Some(value::typed(ty, text, &at)?),
            None => {
                value::carried(None, text, &at)?;
                None
            }
        };
        Ok(Want::Answer(answer))
    }

    /// What the case says of the answer, in words.
    pub(super) fn expected(&self) -> String {
        match (&self.result, &self.error) {
            (Some(result), _) => format!("result {}", shortened(&result.to_string())),
            (_, Some(error)) => format!("error {}", shortened(&error.to_string())),
            _ if self.message.is_empty() => format!("a fault of kind {}", shortened(&self.fault)),
            _ => format!(
                "a fault of kind {} with {:?}",
                shortened(&self.fault),
                shortened(&self.message)
            ),
        }
    }

    pub(super) fn failed(&self, case: usize, path: &str, want: &str, got: String) -> Error {
        Error::Failed {
            case,
            func: shortened(&self.func),
            path: path.to_owned(),
            want: want.to_owned(),
            got,
        }
    }
}
