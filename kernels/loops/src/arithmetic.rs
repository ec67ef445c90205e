//! Numbers: floats, long multiplication, recursion, counting.

use std::hint::black_box;

use crate::input::{self, Random};
use crate::{each_round, fold};

const SIDE: usize = 48;

/// The product of two matrices of 48 by 48 doubles; it becomes a factor of the next round.
pub fn matmul(rounds: u32) -> u64 {
    let mut random = Random::new();
    let mut matrix = || -> Vec<f64> { (0..SIDE * SIDE).map(|_| random.fraction()).collect() };
    let (mut a, b) = (matrix(), matrix());
    let mut product = vec![0.0; SIDE * SIDE];
    each_round(rounds, || {
        multiply(&a, &b, &mut product, SIDE);
        // Divided, or a few hundred rounds would end in infinity.
        for (to, from) in a.iter_mut().zip(&product) {
            *to = from / SIDE as f64;
        }
        product[SIDE + 1].to_bits()
    })
}

fn multiply(a: &[f64], b: &[f64], product: &mut [f64], side: usize) {
    for (row, to) in a.chunks_exact(side).zip(product.chunks_exact_mut(side)) {
        to.fill(0.0);
        for (factor, from) in row.iter().zip(b.chunks_exact(side)) {
            for (to, from) in to.iter_mut().zip(from) {
                *to += factor * from;
            }
        }
    }
}

/// The Mandelbrot set in doubles, 48 by 32 points.
pub fn mandelbrot(rounds: u32) -> u64 {
    let mut zoom = 1.0;
    each_round(rounds, || {
        let mut sum = 0;
        for y in 0..32 {
            for x in 0..48 {
                let (re, im) = (f64::from(x) / 16.0 - 2.0, f64::from(y) / 16.0 - 1.0);
                sum = fold(sum, steps(re * zoom, im * zoom).into());
            }
        }
        zoom *= 0.999;
        sum
    })
}

/// How many steps the point takes to leave the circle of radius 2; at most 100.
fn steps(re: f64, im: f64) -> u32 {
    let (mut x, mut y) = (0.0, 0.0);
    for step in 0..100 {
        let (xx, yy) = (x * x, y * y);
        if xx + yy > 4.0 {
            return step;
        }
        (x, y) = (xx - yy + re, 2.0 * x * y + im);
    }
    100
}

/// Gain, offset and clamp of 4,096 samples in single precision.
pub fn tonemap(rounds: u32) -> u64 {
    let mut random = Random::new();
    let samples: Vec<f32> = (0..4096)
        .map(|_| random.fraction() as f32 * 2.0 - 0.5)
        .collect();
    let mut pixels = vec![0_u8; samples.len()];
    let mut gain = 1.0;
    each_round(rounds, || {
        for (pixel, &sample) in pixels.iter_mut().zip(&samples) {
            *pixel = tone(sample * gain);
        }
        gain = if gain > 2.0 { 0.5 } else { gain * 1.01 };
        pixels
            .iter()
            .step_by(512)
            .fold(0, |sum, &pixel| fold(sum, pixel.into()))
    })
}

/// A sample of 0 to 1 as a byte, the bright half compressed; what lies outside is black or white.
fn tone(sample: f32) -> u8 {
    let knee = if sample > 0.5 {
        0.5 + (sample - 0.5) * 0.75
    } else {
        sample
    };
    let low = if knee < 0.0 { 0.0 } else { knee };
    let clamped = if low > 1.0 { 1.0 } else { low };
    (clamped * 255.0) as u8
}

/// The product of two numbers of 2,048 bits; its upper half is a factor of the next round.
pub fn bigmul(rounds: u32) -> u64 {
    let mut random = Random::new();
    let mut limbs = || -> Vec<u32> { (0..64).map(|_| random.next() as u32).collect() };
    let (mut a, b) = (limbs(), limbs());
    each_round(rounds, || {
        let product = product(&a, &b);
        a.copy_from_slice(&product[64..]);
        // The factor must not dwindle to nothing.
        a[63] |= 1 << 31;
        u64::from(product[0]) << 32 | u64::from(product[100])
    })
}

/// Long multiplication, least limb first.
fn product(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut product = vec![0_u32; a.len() + b.len()];
    for (i, &x) in a.iter().enumerate() {
        let mut carry = 0;
        for (to, &y) in product[i..].iter_mut().zip(b) {
            let sum = u64::from(x) * u64::from(y) + u64::from(*to) + carry;
            *to = sum as u32;
            carry = sum >> 32;
        }
        product[i + b.len()] = carry as u32;
    }
    product
}

/// The solutions of seven queens, by recursion.
pub fn queens(rounds: u32) -> u64 {
    each_round(rounds, || place(black_box(0x7f), 0, 0, 0).into())
}

/// Places a queen in each row that is left; a set bit is a column that is taken, or attacked along a diagonal.
fn place(all: u32, columns: u32, left: u32, right: u32) -> u32 {
    if columns == all {
        return 1;
    }
    let mut free = all & !(columns | left | right);
    let mut solutions = 0;
    while free != 0 {
        let queen = free & free.wrapping_neg();
        free ^= queen;
        solutions += place(
            all,
            columns | queen,
            (left | queen) << 1,
            (right | queen) >> 1,
        );
    }
    solutions
}

/// The primes below 16,384.
pub fn sieve(rounds: u32) -> u64 {
    let mut composite = vec![false; 1 << 14];
    each_round(rounds, || primes(black_box(&mut composite)))
}

/// Counts the primes below the slice's length.
fn primes(composite: &mut [bool]) -> u64 {
    composite.fill(false);
    let mut count = 0;
    for n in 2..composite.len() {
        if composite[n] {
            continue;
        }
        count += 1;
        let mut multiple = n * n;
        while multiple < composite.len() {
            composite[multiple] = true;
            multiple += n;
        }
    }
    count
}

/// How often each byte occurs in 16 KiB.
pub fn histogram(rounds: u32) -> u64 {
    let data = input::bytes(16 << 10);
    each_round(rounds, || {
        let counts = count(black_box(&data));
        counts.iter().fold(0, |sum, &count| fold(sum, count.into()))
    })
}

fn count(data: &[u8]) -> [u32; 256] {
    let mut counts = [0; 256];
    for &byte in data {
        counts[usize::from(byte)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_of_two_matrices() {
        let mut product = [f64::NAN; 4];
        multiply(
            &[1.0, 2.0, 3.0, 4.0],
            &[5.0, 6.0, 7.0, 8.0],
            &mut product,
            2,
        );
        assert_eq!(product, [19.0, 22.0, 43.0, 50.0]);
    }

    #[test]
    fn points_in_and_out_of_the_set() {
        assert_eq!(
            [steps(0.0, 0.0), steps(-1.0, 0.0), steps(2.0, 2.0)],
            [100, 100, 1]
        );
    }

    #[test]
    fn tones_are_clamped_at_both_ends() {
        assert_eq!(
            [-1.0, 0.0, 0.5, 2.0, f32::NAN].map(tone),
            [0, 0, 127, 255, 0]
        );
    }

    #[test]
    fn long_multiplication_carries() {
        assert_eq!(
            product(&[u32::MAX, u32::MAX], &[u32::MAX, u32::MAX]),
            [1, 0, u32::MAX - 1, u32::MAX]
        );
    }

    #[test]
    fn seven_and_eight_queens() {
        assert_eq!([place(0x7f, 0, 0, 0), place(0xff, 0, 0, 0)], [40, 92]);
    }

    #[test]
    fn primes_are_counted() {
        assert_eq!(primes(&mut [false; 100]), 25);
        assert_eq!(primes(&mut [true; 16384]), 1900);
    }

    #[test]
    fn bytes_are_counted() {
        let counts = count(b"abca");
        assert_eq!((counts[97], counts[98], counts[0]), (2, 1, 0));
        assert_eq!(counts.iter().sum::<u32>(), 4);
    }
}
