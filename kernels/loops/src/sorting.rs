//! Order: sorts and a search tree.

use std::collections::BTreeMap;
use std::hint::black_box;

use crate::each_round;
use crate::input::Random;

const COUNT: usize = 1024;

fn numbers() -> Vec<u32> {
    let mut random = Random::new();
    (0..COUNT).map(|_| random.next() as u32).collect()
}

/// Heapsort of 1,024 numbers.
pub fn heapsort(rounds: u32) -> u64 {
    sorted(rounds, heapsort_of)
}

/// The standard library's unstable sort of 1,024 numbers.
pub fn sort(rounds: u32) -> u64 {
    sorted(rounds, |values| values.sort_unstable())
}

fn sorted(rounds: u32, sort: impl Fn(&mut [u32])) -> u64 {
    let start = numbers();
    let mut values = start.clone();
    each_round(rounds, || {
        values.copy_from_slice(black_box(&start));
        sort(&mut values);
        u64::from(values[COUNT / 3])
    })
}

fn heapsort_of(values: &mut [u32]) {
    for root in (0..values.len() / 2).rev() {
        sift(values, root);
    }
    for end in (1..values.len()).rev() {
        values.swap(0, end);
        sift(&mut values[..end], 0);
    }
}

/// Lets the value at `root` sink until no child is larger.
fn sift(heap: &mut [u32], mut root: usize) {
    loop {
        let mut child = 2 * root + 1;
        if child >= heap.len() {
            return;
        }
        if child + 1 < heap.len() && heap[child] < heap[child + 1] {
            child += 1;
        }
        if heap[root] >= heap[child] {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}

/// Insertions into and removals from the standard library's B-tree.
pub fn btree(rounds: u32) -> u64 {
    let mut random = Random::new();
    let mut tree = BTreeMap::new();
    each_round(rounds, || {
        for _ in 0..64 {
            let key = random.next() as u16;
            *tree.entry(key).or_insert(0_u64) += 1;
            if tree.len() > 512 {
                tree.pop_first();
            }
        }
        let middle = tree.range(0x8000..).next();
        middle.map_or(0, |(&key, &count)| u64::from(key) << 16 | count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heapsort_sorts() {
        for count in [0, 1, 2, 3, 100, COUNT] {
            let mut values = numbers();
            values.truncate(count);
            let mut expected = values.clone();
            expected.sort();
            heapsort_of(&mut values);
            assert_eq!(values, expected);
        }
    }

    #[test]
    fn both_sorts_answer_alike() {
        assert_eq!(heapsort(3), sort(3));
    }
}
