//! Products of rows with a query, by plain code.

/// The sums of float32 that the contract prescribes.
const SUMS: usize = 8;

pub(crate) fn int8(row: &[i8], query: &[i16]) -> i32 {
    row.iter()
        .zip(query)
        .map(|(&a, &b)| i32::from(a) * i32::from(b))
        .sum()
}

pub(crate) fn int8x4(rows: &[i8], query: &[i16]) -> [i32; 4] {
    let dims = query.len();
    [0, 1, 2, 3].map(|i| int8(&rows[i * dims..][..dims], query))
}

pub(crate) fn float32(row: &[f32], query: &[f32]) -> f32 {
    let mut s = [0f32; SUMS];
    let (rows, queries) = (row.chunks_exact(SUMS), query.chunks_exact(SUMS));
    let rest = rows.remainder().iter().zip(queries.remainder());
    for (row, query) in rows.zip(queries) {
        for i in 0..SUMS {
            s[i] += row[i] * query[i];
        }
    }
    for (s, (a, b)) in s.iter_mut().zip(rest) {
        *s += a * b;
    }
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

pub(crate) fn float32x4(rows: &[f32], query: &[f32]) -> [f32; 4] {
    let dims = query.len();
    [0, 1, 2, 3].map(|i| float32(&rows[i * dims..][..dims], query))
}
