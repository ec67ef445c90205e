//! The search against the naive one, and sizes that nobody means.

use tenon_kernel_topk::{Element, Failure, Hit, Index, MAX_DIMS, Metric, search};

/// Numbers that look random and are the same in each run (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n
    }
}

/// Every row's score, sorted: no blocks, no heap.
fn naive<T: Element>(
    rows: &[Vec<T>],
    query: &[T],
    metric: Metric,
    k: u32,
    dot: impl Fn(&[T], &[T]) -> f64,
) -> Vec<Hit> {
    let score = |row: &Vec<T>| match (metric, dot(row, query)) {
        (Metric::Dot, dot) => dot,
        (Metric::Cosine, dot_of_both) => {
            let lengths = [dot(query, query).sqrt(), dot(row, row).sqrt()];
            if lengths.contains(&0.0) {
                0.0
            } else {
                dot_of_both / (lengths[0] * lengths[1])
            }
        }
    };
    let mut hits: Vec<Hit> = (0..)
        .zip(rows)
        .map(|(number, row)| Hit {
            row: number,
            score: score(row),
        })
        .filter(|hit| !hit.score.is_nan())
        .collect();
    // A stable sort: rows of one score stay in order.
    hits.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap());
    hits.truncate(k as usize);
    hits
}

fn dot_int8(a: &[i8], b: &[i8]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(&a, &b)| f64::from(a) * f64::from(b))
        .sum()
}

fn dot_float32(a: &[f32], b: &[f32]) -> f64 {
    let mut s = [0f32; 8];
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        s[i % 8] += a * b;
    }
    (((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))).into()
}

fn compare<T: Element>(element: impl Fn(&mut Random) -> T, dot: impl Fn(&[T], &[T]) -> f64) {
    let mut random = Random(1);
    let random = &mut random;
    for turn in 0..3_000 {
        let dims = 1 + random.below(70);
        let vector = |random: &mut Random| (0..dims).map(|_| element(random)).collect::<Vec<T>>();
        let rows: Vec<Vec<T>> = (0..random.below(23)).map(|_| vector(random)).collect();
        let query = vector(random);
        let k = random.below(rows.len() + 1) as u32;
        let metric = [Metric::Dot, Metric::Cosine][turn % 2];
        let expected = naive(&rows, &query, metric, k, &dot);
        let matrix = rows.concat();
        let once = search(&matrix, dims as u32, &query, metric, k);
        assert_eq!(once.as_ref(), Ok(&expected), "{rows:?} {query:?}");
        let index = Index::new(matrix, dims as u32, metric).unwrap();
        assert_eq!(
            index.search(&query, k).as_ref(),
            Ok(&expected),
            "{rows:?} {query:?}"
        );
    }
}

#[test]
fn int8_is_the_naive_search() {
    compare(|random| random.next() as i8, dot_int8);
}

#[test]
fn int8_with_many_equal_scores_is_the_naive_search() {
    compare(|random| random.below(3) as i8 - 1, dot_int8);
}

#[test]
fn float32_is_the_naive_search() {
    compare(
        |random| random.below(2_000_001) as f32 / 1e6 - 1.0,
        dot_float32,
    );
}

#[test]
fn float32_beyond_numbers_is_the_naive_search() {
    const ODD: [f32; 10] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN_POSITIVE,
        1e-45,
    ];
    compare(
        |random| {
            if random.below(20) == 0 {
                ODD[random.below(10)]
            } else {
                1.0
            }
        },
        dot_float32,
    );
}

#[test]
fn rows_without_a_score_are_no_hits() {
    let matrix = [f32::NAN, 1.0, f32::INFINITY, f32::NEG_INFINITY];
    let rows = |query: f32| -> Vec<u32> {
        let hits = search(&matrix, 1, &[query], Metric::Dot, 4).unwrap();
        hits.iter().map(|hit| hit.row).collect()
    };
    assert_eq!(rows(1.0), [2, 1, 3]);
    assert_eq!(rows(0.0), [1], "infinity times zero is no number");
    assert_eq!(rows(f32::NAN), []);
}

#[test]
fn the_largest_products_fit() {
    let row = vec![-128i8; MAX_DIMS as usize];
    let hits = search(&row, MAX_DIMS, &row, Metric::Dot, 1).unwrap();
    assert_eq!(hits[0].score, f64::from(1 << 30));
    let hits = search(&row, MAX_DIMS, &row, Metric::Cosine, 1).unwrap();
    assert_eq!(hits[0].score, 1.0);
}

#[test]
fn sizes_that_nobody_means_are_failures() {
    let of = |elements: usize, dims: u32, query: usize, k: u32| {
        search(
            &vec![1i8; elements],
            dims,
            &vec![1i8; query],
            Metric::Dot,
            k,
        )
    };
    assert_eq!(of(4, 0, 0, 0), Err(Failure::Dims(0)));
    assert_eq!(of(4, MAX_DIMS + 1, 1, 1), Err(Failure::Dims(MAX_DIMS + 1)));
    assert_eq!(of(4, u32::MAX, 1, 1), Err(Failure::Dims(u32::MAX)));
    assert_eq!(of(5, 2, 2, 1), Err(Failure::Matrix(5)));
    assert_eq!(of(4, 2, 1, 1), Err(Failure::Query(1)));
    assert_eq!(of(4, 2, 2, 3), Err(Failure::K(3)));
    assert_eq!(of(0, 2, 2, 1), Err(Failure::K(1)));
    assert_eq!(of(0, 2, 2, 0), Ok(Vec::new()));
    for failure in [
        Failure::Dims(0),
        Failure::Matrix(5),
        Failure::Query(1),
        Failure::K(3),
    ] {
        assert!(failure.to_string().len() > 10, "{failure}");
    }
}
