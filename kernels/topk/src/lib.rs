//! Finds the rows of a matrix that are most similar to a query, by comparing every one.
//!
//! ```
//! use tenon_kernel_topk::{Hit, Index, Metric, search};
//!
//! let matrix = [1i8, 0, 0, 1, 3, 4]; // three rows of two elements
//! let hits = search(&matrix, 2, &[1, 1], Metric::Dot, 2)?;
//! assert_eq!(hits, [Hit { row: 2, score: 7.0 }, Hit { row: 0, score: 1.0 }]);
//!
//! let index = Index::new(matrix.to_vec(), 2, Metric::Cosine)?;
//! assert_eq!(index.search(&[6, 8], 1)?, [Hit { row: 2, score: 1.0 }]);
//! # Ok::<(), tenon_kernel_topk::Failure>(())
//! ```
//!
//! # How it looks
//!
//! Four rows are multiplied with the query at a time, so that each part of the query is read once for four rows; in
//! WebAssembly with 128-bit vectors, elsewhere by plain code that gives the same bits. What a row scores is held against the
//! worst of the k best so far, which are a heap.

mod best;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[path = "dots_plain.rs"]
mod dots;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "dots_simd.rs"]
mod dots;
mod element;

#[cfg(target_family = "wasm")]
mod component;

pub use element::Element;

use best::Best;
use std::fmt;

/// The most elements of a row: the dot product of two such rows of int8 still fits into 32 bits.
pub const MAX_DIMS: u32 = 65_536;

/// What makes two vectors similar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Their dot product.
    Dot,
    /// The cosine of their angle; 0 where a vector has no length.
    Cosine,
}

/// A row with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The row's number, from 0.
    pub row: u32,
    /// How similar it is to the query; never NaN.
    pub score: f64,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// A row of so many elements: it must have at least 1 and at most [`MAX_DIMS`].
    Dims(u32),
    /// A matrix of so many elements, which is no multiple of its dims, or more than 32 bits can count.
    Matrix(u32),
    /// A query of so many elements, which is not its matrix's dims.
    Query(u32),
    /// So many hits of a matrix that has fewer rows.
    K(u32),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Dims(n) => write!(f, "a row of {n} elements, not of 1 to {MAX_DIMS}"),
            Failure::Matrix(n) => {
                write!(
                    f,
                    "a matrix of {n} elements, which is no multiple of its dims"
                )
            }
            Failure::Query(n) => {
                write!(f, "a query of {n} elements, which is not its matrix's dims")
            }
            Failure::K(n) => write!(f, "{n} hits of a matrix that has fewer rows"),
        }
    }
}

impl std::error::Error for Failure {}

/// A matrix, with the lengths of its rows where the metric needs them.
#[derive(Clone, Debug)]
pub struct Index<T> {
    matrix: Vec<T>,
    shape: Shape,
    /// Of each row; empty for [`Metric::Dot`].
    lengths: Vec<f64>,
}

impl<T: Element> Index<T> {
    /// Takes a matrix: its rows of `dims` elements, one behind the other.
    ///
    /// # Errors
    ///
    /// [`Failure::Dims`] and [`Failure::Matrix`].
    pub fn new(matrix: Vec<T>, dims: u32, metric: Metric) -> Result<Self, Failure> {
        let shape = Shape::of(matrix.len(), dims)?;
        let lengths = match metric {
            Metric::Dot => Vec::new(),
            Metric::Cosine => matrix.chunks_exact(shape.dims).map(length).collect(),
        };
        Ok(Self {
            matrix,
            shape,
            lengths,
        })
    }

    /// The k rows that are most similar to the query: highest score first, of equal scores the lower row first. Rows
    /// whose score is NaN are left out.
    ///
    /// # Errors
    ///
    /// [`Failure::Query`] and [`Failure::K`].
    pub fn search(&self, query: &[T], k: u32) -> Result<Vec<Hit>, Failure> {
        self.shape.check(query.len(), k)?;
        let mut best = Best::new(k);
        if self.lengths.is_empty() {
            self.shape
                .each(&self.matrix, query, |row, dot| best.offer(row, dot));
        } else {
            let of_query = length(query);
            self.shape.each(&self.matrix, query, |row, dot| {
                best.offer(row, cosine(dot, of_query, self.lengths[row as usize]));
            });
        }
        Ok(best.into_hits())
    }
}

/// What [`Index::search`] gives for a matrix that is searched once.
///
/// # Errors
///
/// Any [`Failure`].
pub fn search<T: Element>(
    matrix: &[T],
    dims: u32,
    query: &[T],
    metric: Metric,
    k: u32,
) -> Result<Vec<Hit>, Failure> {
    let shape = Shape::of(matrix.len(), dims)?;
    shape.check(query.len(), k)?;
    let mut best = Best::new(k);
    match metric {
        Metric::Dot => shape.each(matrix, query, |row, dot| best.offer(row, dot)),
        Metric::Cosine => {
            let of_query = length(query);
            shape.each(matrix, query, |row, dot| {
                let start = row as usize * shape.dims;
                let of_row = length(&matrix[start..start + shape.dims]);
                best.offer(row, cosine(dot, of_query, of_row));
            });
        }
    }
    Ok(best.into_hits())
}

/// The numbers of elements and rows, checked.
#[derive(Clone, Copy, Debug)]
struct Shape {
    dims: usize,
    rows: u32,
}

impl Shape {
    fn of(elements: usize, dims: u32) -> Result<Self, Failure> {
        if dims == 0 || dims > MAX_DIMS {
            return Err(Failure::Dims(dims));
        }
        match u32::try_from(elements) {
            Ok(elements) if elements.is_multiple_of(dims) => Ok(Self {
                dims: dims as usize,
                rows: elements / dims,
            }),
            elements => Err(Failure::Matrix(elements.unwrap_or(u32::MAX))),
        }
    }

    fn check(self, query: usize, k: u32) -> Result<(), Failure> {
        if query != self.dims {
            return Err(Failure::Query(u32::try_from(query).unwrap_or(u32::MAX)));
        }
        if k > self.rows {
            return Err(Failure::K(k));
        }
        Ok(())
    }

    /// Calls `found` with each row's dot product with the query, in the order of rows.
    fn each<T: Element>(self, matrix: &[T], query: &[T], mut found: impl FnMut(u32, f64)) {
        let query = T::prepare(query);
        let mut row = 0;
        let mut blocks = matrix.chunks_exact(4 * self.dims);
        for block in &mut blocks {
            for dot in T::dot4(block, &query) {
                found(row, dot);
                row += 1;
            }
        }
        for one in blocks.remainder().chunks_exact(self.dims) {
            found(row, T::dot(one, &query));
            row += 1;
        }
    }
}

/// A vector's length: the square root of its dot product with itself.
fn length<T: Element>(vector: &[T]) -> f64 {
    T::dot(vector, &T::prepare(vector)).sqrt()
}

fn cosine(dot: f64, of_query: f64, of_row: f64) -> f64 {
    if of_query == 0.0 || of_row == 0.0 {
        0.0
    } else {
        dot / (of_query * of_row)
    }
}
