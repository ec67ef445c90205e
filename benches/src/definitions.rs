//! What `benches/claims.json` says is measured. What is claimed of it is not this program's to know.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[path = "../../host-rust/host/examples/accesslog/log.rs"]
mod log;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// The definitions.
#[derive(Deserialize)]
pub(crate) struct Definitions {
    format: u32,
    inputs: BTreeMap<String, Input>,
    calls: BTreeMap<String, Call>,
    pub(crate) rows: Vec<Row>,
}

/// A function of a kernel, with what it is called with and what it answers.
#[derive(Deserialize)]
pub(crate) struct Call {
    pub(crate) kernel: String,
    pub(crate) function: String,
    pub(crate) input: String,
    /// The answer as text, or, of several different inputs, `sha256:` and the digest of the answers to the first of them, a
    /// line each.
    pub(crate) expect: String,
}

/// One row. Without a call it is a special one, which this program knows by its name.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) driver: String,
    pub(crate) call: Option<String>,
    pub(crate) measure: Option<String>,
    #[serde(default)]
    pub(crate) sides: BTreeMap<String, serde_json::Value>,
}

/// Degrees north of the equator, and east of Greenwich.
pub(crate) type Place = (f64, f64);

/// Places follow each other by so many lines of their file: far apart, as those of strangers are.
const APART: usize = 7_919;

/// What a function is called with, over and over.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Input {
    /// A file of the repository, cut up.
    File {
        file: String,
        each: String,
        bytes: Option<usize>,
        count: Option<usize>,
    },
    /// One text.
    Text { text: String },
    /// So many pairs of numbers: n and 2.
    Pairs { pairs: u32 },
    /// One list of the first so many squares.
    Squares { squares: u32 },
}

impl Definitions {
    pub(crate) fn read() -> Result<Self> {
        let path = repository("benches/claims.json");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let defined: Self =
            serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        ensure!(
            defined.format == 3,
            "{}: format {} is not known here, only 3",
            path.display(),
            defined.format
        );
        Ok(defined)
    }

    /// A row of this driver's.
    pub(crate) fn row(&self, name: &str) -> Result<&Row> {
        let mut rows = self.rows.iter();
        rows.find(|row| row.name == name && row.driver == "rust")
            .with_context(|| format!("there is no row {name} of the Rust driver"))
    }

    /// A call with its input.
    pub(crate) fn call(&self, name: &str) -> Result<(&Call, &Input)> {
        let call = self.calls.get(name);
        let call = call.with_context(|| format!("there is no call {name}"))?;
        let input = self.inputs.get(&call.input);
        Ok((
            call,
            input.with_context(|| format!("there is no input {}", call.input))?,
        ))
    }
}

impl Input {
    /// An input's strings.
    pub(crate) fn texts(&self) -> Result<Vec<String>> {
        let (file, each, bytes) = match self {
            Input::Text { text } => return Ok(vec![text.clone()]),
            Input::File {
                file, each, bytes, ..
            } => (file, each, bytes),
            _ => bail!("the input is no text"),
        };
        let text = read(file)?;
        let lines = text.trim().split('\n');
        Ok(match each.as_str() {
            "line" => lines.map(str::to_owned).collect(),
            "user-agent" => {
                let records = log::parse(text.as_bytes()).into_iter();
                records.map(|record| record.agent).collect()
            }
            "text" => joined(lines, bytes.unwrap_or_default()),
            _ => bail!("a file is cut up by line, user-agent or text, not by {each}"),
        })
    }

    /// An input's files, as they are.
    pub(crate) fn bytes(&self) -> Result<Vec<Vec<u8>>> {
        match self {
            Input::File { file, each, .. } if each == "file" => {
                let path = repository(file);
                let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
                Ok(vec![bytes])
            }
            _ => bail!("the input is no file"),
        }
    }

    /// An input's lists of places.
    pub(crate) fn places(&self) -> Result<Vec<Vec<Place>>> {
        let (file, count) = match self {
            Input::File {
                file, each, count, ..
            } if each == "place" => (file, count.unwrap_or(1)),
            _ => bail!("the input is no places"),
        };
        let text = read(file)?;
        let place = |line: &str| -> Result<Place> {
            let words: Vec<_> = line.split(' ').collect();
            let [_, lat, lng] = words[..] else {
                bail!("{file}: {line:?} is no cell with a place");
            };
            Ok((lat.parse()?, lng.parse()?))
        };
        let places: Vec<Place> = text.trim().split('\n').map(place).collect::<Result<_>>()?;
        let apart = (0..places.len()).map(|at| places[at * APART % places.len()]);
        let apart: Vec<Place> = apart.collect();
        Ok(apart
            .chunks_exact(count.max(1))
            .map(<[_]>::to_vec)
            .collect())
    }

    /// An input's pairs of numbers.
    pub(crate) fn pairs(&self) -> Result<Vec<(u32, u32)>> {
        match self {
            Input::Pairs { pairs } => Ok((0..*pairs).map(|n| (n, 2)).collect()),
            _ => bail!("the input is no pairs"),
        }
    }

    /// An input's lists of numbers.
    pub(crate) fn lists(&self) -> Result<Vec<Vec<u32>>> {
        match self {
            Input::Squares { squares } => {
                Ok(vec![(0..*squares).map(|n| n.wrapping_mul(n)).collect()])
            }
            _ => bail!("the input is no list"),
        }
    }
}

/// Texts of whole lines, each as soon as it has so many bytes. What is left over is dropped.
fn joined<'a>(lines: impl Iterator<Item = &'a str>, bytes: usize) -> Vec<String> {
    let (mut texts, mut text) = (Vec::new(), String::new());
    for line in lines {
        text.push_str(line);
        text.push('\n');
        if text.len() >= bytes {
            texts.push(std::mem::take(&mut text));
        }
    }
    texts
}

/// The text of a file of the repository.
pub(crate) fn read(file: &str) -> Result<String> {
    let path = repository(file);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// A file of the checkout that this program was built in.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
