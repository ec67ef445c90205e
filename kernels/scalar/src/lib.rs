//! The fixture kernel: the smallest calls there are, for tests and benches of the hosts.

#[cfg(target_family = "wasm")]
mod component;

/// The wrapping sum of two numbers.
pub fn add(a: u32, b: u32) -> u32 {
    a.wrapping_add(b)
}

/// The wrapping sum of a list.
pub fn sum(values: &[u32]) -> u64 {
    values
        .iter()
        .fold(0, |total: u64, &value| total.wrapping_add(value.into()))
}

/// Never returns: panics with the given message.
///
/// # Panics
///
/// Always; that is its use.
pub fn fail(message: &str) -> ! {
    panic!("{message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn add_wraps() {
        assert_eq!(add(2, 3), 5);
        assert_eq!(add(u32::MAX, 2), 1);
    }

    #[test]
    fn sum_does_not_overflow_at_32_bits() {
        assert_eq!(sum(&[]), 0);
        assert_eq!(sum(&[1, 2, 3]), 6);
        assert_eq!(sum(&[u32::MAX; 3]), 3 * u64::from(u32::MAX));
    }

    #[test]
    #[should_panic(expected = "on purpose")]
    fn fail_panics_with_the_message() {
        fail("on purpose");
    }
}
