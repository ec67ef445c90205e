//! Numbers that are the same in every run.

/// A generator of numbers from a seed: SplitMix64.
///
/// ```
/// let (mut a, mut b) = (tenon_fuzz::Random::new(7), tenon_fuzz::Random::new(7));
/// assert_eq!(a.below(1_000), b.below(1_000));
/// ```
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator; seeds that differ by one give unrelated numbers.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.bits() as u8
    }
}
