//! The WIT glue: the contract's functions, handed to the pure ones.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/topk",
    world: "kernel",
});

use crate::Index;
use exports::tenon::topk::searcher as contract;

struct Component;

export!(Component);

type Hits = Result<Vec<contract::Hit>, contract::Failure>;

impl contract::Guest for Component {
    type Int8Index = Index<i8>;
    type Float32Index = Index<f32>;

    fn search_int8(
        matrix: Vec<i8>,
        dims: u32,
        query: Vec<i8>,
        metric: contract::Metric,
        k: u32,
    ) -> Hits {
        hits(crate::search(&matrix, dims, &query, metric.into(), k))
    }

    fn search_float32(
        matrix: Vec<f32>,
        dims: u32,
        query: Vec<f32>,
        metric: contract::Metric,
        k: u32,
    ) -> Hits {
        hits(crate::search(&matrix, dims, &query, metric.into(), k))
    }
}

impl contract::GuestInt8Index for Index<i8> {
    fn new(
        matrix: Vec<i8>,
        dims: u32,
        metric: contract::Metric,
    ) -> Result<Self, contract::Failure> {
        Ok(Index::new(matrix, dims, metric.into())?)
    }

    fn search(&self, query: Vec<i8>, k: u32) -> Hits {
        hits(Index::search(self, &query, k))
    }
}

impl contract::GuestFloat32Index for Index<f32> {
    fn new(
        matrix: Vec<f32>,
        dims: u32,
        metric: contract::Metric,
    ) -> Result<Self, contract::Failure> {
        Ok(Index::new(matrix, dims, metric.into())?)
    }

    fn search(&self, query: Vec<f32>, k: u32) -> Hits {
        hits(Index::search(self, &query, k))
    }
}

fn hits(answer: Result<Vec<crate::Hit>, crate::Failure>) -> Hits {
    let hit = |hit: crate::Hit| contract::Hit {
        row: hit.row,
        score: hit.score,
    };
    Ok(answer?.into_iter().map(hit).collect())
}

impl From<contract::Metric> for crate::Metric {
    fn from(metric: contract::Metric) -> Self {
        match metric {
            contract::Metric::Dot => crate::Metric::Dot,
            contract::Metric::Cosine => crate::Metric::Cosine,
        }
    }
}

impl From<crate::Failure> for contract::Failure {
    fn from(failure: crate::Failure) -> Self {
        match failure {
            crate::Failure::Dims(n) => contract::Failure::Dims(n),
            crate::Failure::Matrix(n) => contract::Failure::Matrix(n),
            crate::Failure::Query(n) => contract::Failure::Query(n),
            crate::Failure::K(n) => contract::Failure::K(n),
        }
    }
}
