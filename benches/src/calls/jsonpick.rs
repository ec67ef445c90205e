use anyhow::{Result, bail};
use tenon_host::contracts::jsonpick::Contract;
use tenon_kernel_jsonpick as native;

use super::{ready, slot, unknown};
use crate::definitions::{Call, Input};
use crate::rounds::Side;

const PAGE_PATHS: &str = "/items/0/id\n/items/0/type\n/items/0/actor/login\n/items/0/repo/name\n\
    /items/0/payload/issue/title\n/items/0/created_at\n/items/0/public\n/next";

const LINE_PATHS: &str = "/id\n/type\n/actor/login\n/repo/name\n/payload/issue/title\n/created_at";

/// Where values stand in a document, which the input keeps.
struct Picked {
    document: &'static str,
    values: Vec<(u32, u32)>,
}

/// The JSON of each value as the Go driver writes it, and a dash for none.
fn show(picked: &Picked) -> String {
    let values = picked.values.iter().map(|&(start, end)| {
        let text = &picked.document[start as usize..end as usize];
        if text.is_empty() { "-" } else { text }
    });
    values.collect::<Vec<_>>().join(" ")
}

/// Each of an input's texts, which are documents a line, as the items of one document.
fn pages(texts: &[String]) -> Vec<String> {
    let page = |text: &String| {
        let items = text.trim().replace('\n', ",");
        let next = "https://api.forge.example/events?page=2";
        format!(r#"{{"incomplete":false,"items":[{items}],"next":"{next}"}}"#)
    };
    texts.iter().map(page).collect()
}

pub(super) fn open(call: &Call, input: &Input, engine: &str) -> Result<Side<'static>> {
    let texts = input.texts()?;
    let (paths, documents) = match &*call.function {
        "pick" => (PAGE_PATHS, pages(&texts)),
        "pick-lines" => (LINE_PATHS, texts),
        _ => return Err(unknown(call, engine)),
    };
    let in_lines = call.function == "pick-lines";
    match engine {
        "rust-host" => {
            let slot = slot::<Contract>()?;
            ready(call, documents, show, move |document| {
                let bytes = document.as_bytes();
                let values = if in_lines {
                    slot.call(|k| k.pick_lines(paths, bytes))??.values
                } else {
                    slot.call(|k| k.pick(paths, bytes))??
                };
                let values = values.iter().map(|value| (value.start, value.end));
                Ok(Picked {
                    document,
                    values: values.collect(),
                })
            })
        }
        "rust" => {
            let Ok(mut picker) = native::Picker::new(paths) else {
                bail!("the paths are none");
            };
            ready(call, documents, show, move |document| {
                let bytes = document.as_bytes();
                let values = if in_lines {
                    picker.pick_lines(bytes)?.values
                } else {
                    picker.pick(bytes)?
                };
                let values = values.iter().map(|value| (value.start, value.end));
                Ok(Picked {
                    document,
                    values: values.collect(),
                })
            })
        }
        _ => Err(unknown(call, engine)),
    }
}
