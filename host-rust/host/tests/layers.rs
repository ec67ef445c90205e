//! The modules of this crate, lowest first: each uses only those above it in this list.

use std::collections::BTreeSet;
use std::path::Path;

const LAYERS: &str = "
    kind code fault config facts evict cache refill stats key breaker route
    clock limits memory pieces state values host_call imports wasi link frame trap
    engine kernel events load guest dynamic resource
    contract contracts version exclusive pool pinned slot builder swap call
";

/// The modules that a file names behind `crate::`, leaving its tests out.
fn uses(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| {
        line.split("crate::")
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    })
    .map(|rest| {
        rest.split(|c: char| c != '_' && !c.is_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_owned()
    })
    .collect()
}

#[test]
fn modules_use_only_lower_ones() {
    let source = Path::new("src");
    let layers: Vec<_> = LAYERS.split_whitespace().collect();
    let there = std::fs::read_dir(source)
        .unwrap()
        .map(|file| file.unwrap().path());
    let there = there.filter_map(|path| {
        path.file_stem()
            .map(|name| name.to_str().unwrap().to_owned())
    });
    let there: BTreeSet<_> = there.filter(|name| name != "lib").collect();
    let listed: BTreeSet<_> = layers.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(listed, there, "every module has its layer");
    for (level, module) in layers.iter().enumerate() {
        let code = std::fs::read_to_string(source.join(module).with_extension("rs")).unwrap();
        for used in uses(&code) {
            let at = layers.iter().position(|other| *other == used);
            assert!(
                at.is_none_or(|at| at <= level),
                "{module} uses {used}, which is above it"
            );
        }
    }
}
