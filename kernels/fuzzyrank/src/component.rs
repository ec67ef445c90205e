//! The WIT glue: the contract's functions, handed to the pure ones.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/fuzzyrank",
    world: "kernel",
});

use crate::Index;
use exports::tenon::fuzzyrank::ranker as contract;

struct Component;

export!(Component);

impl contract::Guest for Component {
    type Index = Index;

    fn rank(
        query: String,
        lines: String,
        limit: u32,
    ) -> Result<contract::Ranking, contract::Failure> {
        ranking(crate::rank(&query, &lines, limit))
    }

    fn positions(query: String, line: String) -> Result<Option<Vec<u32>>, contract::Failure> {
        Ok(crate::positions(&query, &line)?)
    }
}

impl contract::GuestIndex for Index {
    fn new(lines: String) -> Self {
        Index::new(lines)
    }

    fn rank(&self, query: String, limit: u32) -> Result<contract::Ranking, contract::Failure> {
        ranking(Index::rank(self, &query, limit))
    }
}

fn ranking(
    answer: Result<crate::Ranking, crate::Failure>,
) -> Result<contract::Ranking, contract::Failure> {
    let crate::Ranking { total, best } = answer?;
    let best = best
        .into_iter()
        .map(|crate::Match { index, score }| contract::Match { index, score })
        .collect();
    Ok(contract::Ranking { total, best })
}

impl From<crate::Failure> for contract::Failure {
    fn from(failure: crate::Failure) -> Self {
        match failure {
            crate::Failure::Query(n) => contract::Failure::Query(n),
            crate::Failure::Line(n) => contract::Failure::Line(n),
        }
    }
}
