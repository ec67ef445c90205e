//! What it costs on the Rust host to rank the lines of an index.

use std::collections::BTreeSet;
use std::hint::black_box;

use anyhow::{Result, ensure};
use serde_json::Value;
use tenon_host::contracts::fuzzyrank::{Contract, Match};
use tenon_kernel_fuzzyrank as native;

use crate::calls::slot;
use crate::definitions::read;
use crate::rounds::{self, SLICE, Sides};

/// As many paths, and hits that are shown, as the Go driver's row has, and its queries.
const PATHS: usize = 60_000;
const SHOWN: u32 = 20;
const QUERIES: [&str; 8] = [
    "s",
    "sts",
    "sts71",
    "apollo13",
    "imgsmall",
    "histapol12",
    "missionshtml",
    "shtlcount",
];

/// The best paths for what somebody types, by an index in a pinned instance against one of native Rust.
pub(crate) fn host_fuzzyrank(name: &str, quick: bool) -> Result<Value> {
    let lines = paths(&read("host-go/examples/accesslog/data/access.log")?)?;
    let slot = slot::<Contract>()?;
    let pin = slot.pin()?;
    let here = pin.index(&lines)?;
    let there = native::Index::new(lines);
    for query in QUERIES {
        let ours = pin.rank_index(&here, query, SHOWN)??;
        let theirs = there.rank(query, SHOWN)?;
        let same = |(a, b): (&Match, &native::Match)| (a.index, a.score) == (b.index, b.score);
        ensure!(
            theirs.total > 0
                && ours.total == theirs.total
                && ours.best.len() == theirs.best.len()
                && ours.best.iter().zip(&theirs.best).all(same),
            "{query}: the kernel answers {ours:?}, native Rust {theirs:?}"
        );
    }
    let sides = Sides {
        a: rounds::each_of(&QUERIES, |query| {
            black_box(pin.rank_index(&here, query, SHOWN)??);
            Ok(())
        }),
        b: Some(rounds::each_of(&QUERIES, |query| {
            black_box(there.rank(query, SHOWN)?);
            Ok(())
        })),
        c: None,
        slice: SLICE,
    };
    rounds::measure(name, sides, quick)
}

/// Paths of the folders and the names of files that a log's requests are for: two folders each, and a name.
fn paths(log: &str) -> Result<String> {
    let requested = log.lines().filter_map(|line| {
        let (_, request) = line.split_once('"')?;
        let path = request.split_whitespace().nth(1)?;
        let path = path.split('?').next().unwrap_or_default();
        Some(path.rsplit_once('/').unwrap_or(("", path)))
    });
    let (folders, mut names): (BTreeSet<&str>, BTreeSet<&str>) = requested.unzip();
    names.remove("");
    let (folders, names) = (Vec::from_iter(folders), Vec::from_iter(names));
    ensure!(!names.is_empty(), "the log has no requests for files");
    let path = |at: usize| {
        let folder = |at: usize| folders[at % folders.len()].trim_start_matches('/');
        let (first, second) = (folder(at), folder(at / folders.len()));
        format!("{first}/{second}/{}", names[at * 7_919 % names.len()])
    };
    Ok((0..PATHS).map(path).collect::<Vec<_>>().join("\n"))
}
