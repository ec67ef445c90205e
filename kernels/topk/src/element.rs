//! The types of elements.

use crate::dots;
use std::fmt::Debug;

/// What a vector can be made of: `i8` and `f32`.
pub trait Element: Copy + Debug + sealed::Sealed {}

impl Element for i8 {}
impl Element for f32 {}

pub(crate) mod sealed {
    /// How vectors of the type are multiplied.
    pub trait Sealed: Sized {
        /// An element of a query, as the products take it.
        type Wide;

        /// The query as the products take it.
        fn prepare(query: &[Self]) -> Vec<Self::Wide>;

        /// A row's product with the query, of the same length.
        fn dot(row: &[Self], query: &[Self::Wide]) -> f64;

        /// The products of four rows, one behind the other, with the query.
        fn dot4(rows: &[Self], query: &[Self::Wide]) -> [f64; 4];
    }
}

impl sealed::Sealed for i8 {
    // Multiplied as 16 bits; widening the query once saves it for each row.
    type Wide = i16;

    fn prepare(query: &[i8]) -> Vec<i16> {
        query.iter().map(|&element| element.into()).collect()
    }

    fn dot(row: &[i8], query: &[i16]) -> f64 {
        dots::int8(row, query).into()
    }

    fn dot4(rows: &[i8], query: &[i16]) -> [f64; 4] {
        dots::int8x4(rows, query).map(f64::from)
    }
}

impl sealed::Sealed for f32 {
    type Wide = f32;

    fn prepare(query: &[f32]) -> Vec<f32> {
        query.to_vec()
    }

    fn dot(row: &[f32], query: &[f32]) -> f64 {
        dots::float32(row, query).into()
    }

    fn dot4(rows: &[f32], query: &[f32]) -> [f64; 4] {
        dots::float32x4(rows, query).map(f64::from)
    }
}
