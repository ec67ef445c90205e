//! Products of rows with a query, with WebAssembly's 128-bit vectors.
//!
//! What is read last in memory is read first in each step: an engine that checks bounds in code then checks once a row
//! and step. Both hosts' engines have 16 vector registers for it on amd64; four rows take 4 (int8) or 8 (float32).

use std::arch::wasm32::{
    f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, i16x8_load_extend_i8x8, i32x4_add,
    i32x4_dot_i16x8, i32x4_extract_lane, i32x4_splat, v128, v128_load,
};

/// The elements of a row that one step takes.
const INT8_STEP: usize = 32;
const FLOAT32_STEP: usize = 8;

pub(crate) fn int8(row: &[i8], query: &[i16]) -> i32 {
    let [dot] = int8_rows([row], query);
    dot
}

pub(crate) fn int8x4(rows: &[i8], query: &[i16]) -> [i32; 4] {
    int8_rows(split(rows, query.len()), query)
}

pub(crate) fn float32(row: &[f32], query: &[f32]) -> f32 {
    let [dot] = float32_rows([row], query);
    dot
}

pub(crate) fn float32x4(rows: &[f32], query: &[f32]) -> [f32; 4] {
    float32_rows(split(rows, query.len()), query)
}

/// Four rows of `dims` elements.
fn split<T>(rows: &[T], dims: usize) -> [&[T]; 4] {
    let (first, second) = rows.split_at(2 * dims);
    let (a, b) = first.split_at(dims);
    let (c, d) = second.split_at(dims);
    [a, b, c, d]
}

#[inline(always)]
fn int8_rows<const N: usize>(rows: [&[i8]; N], query: &[i16]) -> [i32; N] {
    let dims = query.len();
    assert!(rows.iter().all(|row| row.len() == dims));
    let whole = dims - dims % INT8_STEP;
    let mut sums = [i32x4_splat(0); N];
    let mut at = 0;
    while at < whole {
        // SAFETY: at + INT8_STEP <= dims, which is the length of the query and of each row.
        unsafe {
            let query = query.as_ptr().add(at);
            let q = [24, 16, 8, 0].map(|i| v128_load(query.add(i).cast::<v128>()));
            for (sum, row) in sums.iter_mut().zip(rows) {
                let row = row.as_ptr().add(at);
                let r = [24, 16, 8, 0].map(|i| i16x8_load_extend_i8x8(row.add(i)));
                let high = i32x4_add(i32x4_dot_i16x8(r[0], q[0]), i32x4_dot_i16x8(r[1], q[1]));
                let low = i32x4_add(i32x4_dot_i16x8(r[2], q[2]), i32x4_dot_i16x8(r[3], q[3]));
                *sum = i32x4_add(*sum, i32x4_add(high, low));
            }
        }
        at += INT8_STEP;
    }
    let mut dots = sums.map(|sum| {
        i32x4_extract_lane::<0>(sum)
            + i32x4_extract_lane::<1>(sum)
            + i32x4_extract_lane::<2>(sum)
            + i32x4_extract_lane::<3>(sum)
    });
    for (dot, row) in dots.iter_mut().zip(rows) {
        let rest = row[whole..].iter().zip(&query[whole..]);
        *dot += rest
            .map(|(&a, &b)| i32::from(a) * i32::from(b))
            .sum::<i32>();
    }
    dots
}

#[inline(always)]
fn float32_rows<const N: usize>(rows: [&[f32]; N], query: &[f32]) -> [f32; N] {
    let dims = query.len();
    assert!(rows.iter().all(|row| row.len() == dims));
    let whole = dims - dims % FLOAT32_STEP;
    let mut sums = [[f32x4_splat(0.0); 2]; N];
    let mut at = 0;
    while at < whole {
        // SAFETY: at + FLOAT32_STEP <= dims, which is the length of the query and of each row.
        unsafe {
            float32_step(
                &mut sums,
                rows.map(|row| row.as_ptr().add(at)),
                query.as_ptr().add(at),
            )
        };
        at += FLOAT32_STEP;
    }
    if at < dims {
        // Zeros behind the rest add nothing: no sum is ever negative zero.
        let padded = |vector: &[f32]| {
            let mut padded = [0f32; FLOAT32_STEP];
            padded[..dims - at].copy_from_slice(&vector[at..]);
            padded
        };
        let (rows, query) = (rows.map(padded), padded(query));
        // SAFETY: each has FLOAT32_STEP elements.
        unsafe {
            float32_step(
                &mut sums,
                rows.each_ref().map(|row| row.as_ptr()),
                query.as_ptr(),
            )
        };
    }
    sums.map(|[low, high]| {
        let t = f32x4_add(low, high);
        (f32x4_extract_lane::<0>(t) + f32x4_extract_lane::<2>(t))
            + (f32x4_extract_lane::<1>(t) + f32x4_extract_lane::<3>(t))
    })
}

/// Adds the products of `FLOAT32_STEP` elements.
///
/// # Safety
///
/// So many elements can be read at each pointer.
#[inline(always)]
unsafe fn float32_step<const N: usize>(
    sums: &mut [[v128; 2]; N],
    rows: [*const f32; N],
    query: *const f32,
) {
    // SAFETY: the caller's.
    unsafe {
        let high = v128_load(query.add(4).cast::<v128>());
        let low = v128_load(query.cast::<v128>());
        for (sum, row) in sums.iter_mut().zip(rows) {
            sum[1] = f32x4_add(
                sum[1],
                f32x4_mul(v128_load(row.add(4).cast::<v128>()), high),
            );
            sum[0] = f32x4_add(sum[0], f32x4_mul(v128_load(row.cast::<v128>()), low));
        }
    }
}
