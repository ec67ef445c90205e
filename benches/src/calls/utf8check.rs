use anyhow::Result;
use tenon_host::contracts::utf8check::Contract;
use tenon_kernel_utf8check as native;

use super::{ready, slot, unknown};
use crate::definitions::{Call, Input};
use crate::rounds::Side;

pub(super) fn open(call: &Call, input: &Input, engine: &str) -> Result<Side<'static>> {
    let texts = input.texts()?;
    match (&*call.function, engine) {
        ("first-error", "rust-host") => {
            let slot = slot::<Contract>()?;
            ready(call, texts, show, move |text| {
                Ok(slot.call(|k| k.first_error(text.as_bytes()))?)
            })
        }
        ("first-error", "rust") => ready(call, texts, show, |text| {
            Ok(native::first_error(text.as_bytes()))
        }),
        _ => Err(unknown(call, engine)),
    }
}

/// The answer as the Go driver writes it.
fn show(at: &Option<u32>) -> String {
    format!("{} {}", at.unwrap_or_default(), at.is_some())
}
