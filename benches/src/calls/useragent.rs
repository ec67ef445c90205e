use anyhow::Result;
use tenon_host::contracts::useragent::{Agent, Contract};
use tenon_kernel_useragent as native;

use super::{ready, slot, unknown};
use crate::definitions::{Call, Input};
use crate::rounds::Side;

pub(super) fn open(call: &Call, input: &Input, engine: &str) -> Result<Side<'static>> {
    let texts = input.texts()?;
    match (&*call.function, engine) {
        ("parse", "rust-host") => {
            let slot = slot::<Contract>()?;
            ready(call, texts, show_agent, move |ua| {
                Ok(slot.call(|k| k.parse(ua))?)
            })
        }
        ("parse", "rust") => ready(call, texts, show_native, |ua| Ok(native::parse(ua))),
        _ => Err(unknown(call, engine)),
    }
}

/// Writes an agent as the Go driver does: the kernel's types and the contract's have the same fields.
macro_rules! show {
    ($agent:ident) => {{
        let (browser, os, device) = (&$agent.browser, &$agent.os, &$agent.device);
        let families = [&browser.family, &os.family, &device.family];
        let parts = [
            &browser.major,
            &browser.minor,
            &browser.patch,
            &browser.patch_minor,
            &os.major,
            &os.minor,
            &os.patch,
            &os.patch_minor,
            &device.brand,
            &device.model,
        ];
        let parts = parts.map(|part| part.as_deref().unwrap_or("-"));
        format!("{}|{}", families.map(|it| &**it).join("|"), parts.join("|"))
    }};
}

fn show_agent(agent: &Agent) -> String {
    show!(agent)
}

fn show_native(agent: &native::Agent) -> String {
    show!(agent)
}
