//! Smaller inputs that fail the same way.

/// Takes away and zeroes bytes for as long as the input fails, at most `tries` times.
///
/// ```
/// let failing = b"some long text with an X in it";
/// let small = tenon_fuzz::shrink(failing, 1_000, |bytes| bytes.contains(&b'X'));
/// assert_eq!(small, b"X");
/// ```
pub fn shrink(input: &[u8], tries: usize, fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut small = input.to_vec();
    let mut left = tries;
    let mut attempt = |small: &mut Vec<u8>, candidate: Vec<u8>| {
        if left == 0 || candidate == *small {
            return false;
        }
        left -= 1;
        let failed = fails(&candidate);
        if failed {
            *small = candidate;
        }
        failed
    };
    let mut step = small.len().next_power_of_two();
    while step > 0 {
        let mut at = 0;
        let mut changed = false;
        while at < small.len() {
            let end = (at + step).min(small.len());
            let without = [&small[..at], &small[end..]].concat();
            if attempt(&mut small, without) {
                changed = true;
                continue;
            }
            let mut zeroed = small.clone();
            zeroed[at..end].fill(0);
            attempt(&mut small, zeroed);
            at = end;
        }
        // Another pass of single bytes may get further: what one removed made another removable.
        if step > 1 || !changed {
            step /= 2;
        }
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn what_does_not_matter_goes() {
        let input: Vec<u8> = (0..=255).collect();
        let needs = |bytes: &[u8]| bytes.contains(&17) && bytes.contains(&200);
        assert_eq!(shrink(&input, 10_000, needs), [17, 200]);
    }

    #[test]
    fn tries_are_bounded() {
        let count = Cell::new(0);
        shrink(&[1; 1_000], 25, |_| {
            count.set(count.get() + 1);
            false
        });
        assert_eq!(count.get(), 25);
        assert!(shrink(&[], 25, |_| true).is_empty());
    }
}
