use std::fmt::Write as _;

use anyhow::Result;
use tenon_host::contracts::redact::{Contract, Redaction};
use tenon_kernel_redact as native;

use super::bare::Bare;
use super::{ready, slot, unknown};
use crate::definitions::{Call, Input};
use crate::rounds::Side;

pub(super) fn open(call: &Call, input: &Input, engine: &str) -> Result<Side<'static>> {
    let inputs = input.texts()?;
    match (&*call.function, engine) {
        ("redact", "rust-host") => {
            let slot = slot::<Contract>()?;
            ready(call, inputs, show_redaction, move |text| {
                Ok(slot.call(|k| k.redact(text))?)
            })
        }
        ("redact", "rust") => ready(call, inputs, show_native, |text| Ok(native::redact(text))),
        ("redact", "wasmtime") => {
            let mut f = Bare::<(&str,), (Redaction,)>::open::<Contract>("redactor", "redact")?;
            ready(call, inputs, show_redaction, move |text| {
                Ok(f.call((text,))?.0)
            })
        }
        _ => Err(unknown(call, engine)),
    }
}

fn show_redaction(answer: &Redaction) -> String {
    let findings = answer.findings.iter();
    show(
        &answer.text,
        findings.map(|it| (format!("{:?}", it.kind), it.start, it.end)),
    )
}

fn show_native(answer: &native::Redaction) -> String {
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
