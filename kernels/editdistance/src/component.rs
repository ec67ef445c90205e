//! The WIT glue: the contract's functions, handed to the pure ones.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/editdistance",
    world: "kernel",
});

use exports::tenon::editdistance::comparer as contract;

struct Component;

export!(Component);

impl contract::Guest for Component {
    fn distance(a: String, b: String) -> u32 {
        crate::distance(&a, &b)
    }

    fn within(a: String, b: String, cutoff: u32) -> Option<u32> {
        crate::within(&a, &b, cutoff)
    }

    fn distances(query: String, candidates: Vec<String>) -> Vec<u32> {
        crate::distances(&query, &candidates)
    }

    fn nearest(query: String, candidates: Vec<String>, cutoff: u32) -> Vec<contract::Match> {
        matches(crate::nearest(&query, &candidates, cutoff))
    }

    fn nearest_lines(query: String, lines: String, cutoff: u32) -> Vec<contract::Match> {
        matches(crate::nearest_lines(&query, &lines, cutoff))
    }
}

fn matches(found: Vec<crate::Match>) -> Vec<contract::Match> {
    let found = found.into_iter();
    found
        .map(|crate::Match { index, distance }| contract::Match { index, distance })
        .collect()
}
