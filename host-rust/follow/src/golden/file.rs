//! A file of golden cases, as it stands in JSON.

use super::value;
use super::{Error, limits, shortened};
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use tenon_host::wasmtime::component::{Type, Val};

/// The layout of a file; a reader refuses a newer one.
const FORMAT: u64 = 1;

#[derive(Deserialize)]
struct Head {
    format: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<'t> {
    #[serde(rename = "format")]
    _format: u64,
    contract: String,
    #[serde(default)]
    tolerance: f64,
    #[serde(borrow, default)]
    cases: Texts<'t>,
}

/// The texts of cases, of which no more are kept than may be.
#[derive(Default)]
struct Texts<'t> {
    kept: Vec<&'t RawValue>,
    count: usize,
}

impl<'de: 't, 't> Deserialize<'de> for Texts<'t> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Texts::default())
    }
}

impl<'de: 't, 't> Visitor<'de> for Texts<'t> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of cases")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut from: A) -> Result<Self, A::Error> {
        while self.kept.len() < limits::CASES
            && let Some(text) = from.next_element()?
        {
            self.kept.push(text);
        }
        self.count = self.kept.len();
        while from.next_element::<IgnoredAny>()?.is_some() {
            self.count += 1;
        }
        Ok(self)
    }
}

/// A file that was read. Its cases are kept as text: read, JSON of many small values takes many times its size.
pub(super) struct Suite<'t> {
    texts: Vec<&'t RawValue>,
    pub(super) tolerance: f64,
}

impl Suite<'_> {
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The cases in their order, read one at a time.
    pub(super) fn cases(&self) -> impl Iterator<Item = Result<Case, Error>> {
        let texts = self.texts.iter().enumerate();
        texts.map(|(at, text)| Case::read(text.get(), &format!("cases[{at}]")))
    }
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

/// Reads a file of cases for a contract, and looks at each of them.
pub(super) fn read<'t>(text: &'t [u8], contract: &str) -> Result<Suite<'t>, Error> {
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
    let file: File<'_> = serde_json::from_slice(text).map_err(wrong)?;
    if file.contract.split('@').next() != Some(contract) {
        let what = format!(
            "the cases are of {:?}, the kernel serves {contract}",
            shortened(&file.contract)
        );
        return Err(Error::malformed("contract", what));
    }
    if file.cases.count > limits::CASES {
        let what = format!("{}, more than {}", file.cases.count, limits::CASES);
        return Err(Error::malformed("cases", what));
    }
    if file.tolerance < 0.0 {
        return Err(Error::malformed("tolerance", "less than 0"));
    }
    let suite = Suite {
        texts: file.cases.kept,
        tolerance: file.tolerance,
    };
    suite.cases().try_for_each(|case| case.map(drop))?;
    Ok(suite)
}

impl Case {
    fn read(text: &str, path: &str) -> Result<Case, Error> {
        if text.len() > limits::CASE_SIZE {
            let what = format!("{} bytes, more than {}", text.len(), limits::CASE_SIZE);
            return Err(Error::malformed(path, what));
        }
        // By way of a value, so that of equal keys the last one counts, as on the Go host.
        let case: Case = serde_json::from_str(text)
            .and_then(serde_json::from_value::<Case>)
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
