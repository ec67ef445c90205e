use anyhow::{Result, ensure};
use tenon_host::contracts::editdistance::{Contract, Match};
use tenon_kernel_editdistance as native;

use super::{ready, slot, unknown};
use crate::definitions::{Call, Input};
use crate::rounds::Side;

/// How far a match may be.
const CUTOFF: u32 = 8;

/// What the functions take: a text, and those that follow it in the input.
#[derive(PartialEq, Eq, Hash)]
struct Comparison {
    query: String,
    texts: Vec<&'static str>,
    /// The texts, a line each.
    lines: String,
}

/// An input's texts, each with so many that follow it, and the first behind the last.
fn comparisons(input: &Input, others: usize) -> Result<Vec<Comparison>> {
    let texts: &'static [String] = input.texts()?.leak();
    ensure!(
        texts.len() > others,
        "the input has not more than {others} texts"
    );
    let comparison = |(at, query): (usize, &String)| {
        let following = texts.iter().cycle().skip(at + 1).take(others);
        let texts: Vec<_> = following.map(String::as_str).collect();
        Comparison {
            query: query.clone(),
            lines: texts.join("\n"),
            texts,
        }
    };
    Ok(texts.iter().enumerate().map(comparison).collect())
}

pub(super) fn open(call: &Call, input: &Input, engine: &str) -> Result<Side<'static>> {
    match &*call.function {
        "distance" => distance(call, comparisons(input, 1)?, engine),
        "distances" => distances(call, comparisons(input, 64)?, engine),
        "nearest-lines" => nearest_lines(call, comparisons(input, 64)?, engine),
        _ => Err(unknown(call, engine)),
    }
}

fn distance(call: &Call, inputs: Vec<Comparison>, engine: &str) -> Result<Side<'static>> {
    match engine {
        "rust-host" => {
            let slot = slot::<Contract>()?;
            ready(call, inputs, u32::to_string, move |it| {
                Ok(slot.call(|k| k.distance(&it.query, it.texts[0]))?)
            })
        }
        "rust" => ready(call, inputs, u32::to_string, |it| {
            Ok(native::distance(&it.query, it.texts[0]))
        }),
        _ => Err(unknown(call, engine)),
    }
}

fn distances(call: &Call, inputs: Vec<Comparison>, engine: &str) -> Result<Side<'static>> {
    let show = |all: &Vec<u32>| list(all.iter().map(u32::to_string));
    match engine {
        "rust-host" => {
            let slot = slot::<Contract>()?;
            ready(call, inputs, show, move |it| {
                Ok(slot.call(|k| k.distances(&it.query, &it.texts))?)
            })
        }
        "rust" => ready(call, inputs, show, |it| {
            Ok(native::distances(&it.query, &it.texts))
        }),
        _ => Err(unknown(call, engine)),
    }
}

fn nearest_lines(call: &Call, inputs: Vec<Comparison>, engine: &str) -> Result<Side<'static>> {
    let shown = |index: u32, distance: u32| format!("{{{index} {distance}}}");
    match engine {
        "rust-host" => {
            let slot = slot::<Contract>()?;
            let show =
                move |all: &Vec<Match>| list(all.iter().map(|it| shown(it.index, it.distance)));
            ready(call, inputs, show, move |it| {
                Ok(slot.call(|k| k.nearest_lines(&it.query, &it.lines, CUTOFF))?)
            })
        }
        "rust" => {
            let show = move |all: &Vec<native::Match>| {
                list(all.iter().map(|it| shown(it.index, it.distance)))
            };
            ready(call, inputs, show, |it| {
                Ok(native::nearest_lines(&it.query, &it.lines, CUTOFF))
            })
        }
        _ => Err(unknown(call, engine)),
    }
}

/// A list as the Go driver writes it.
fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(" "))
}
