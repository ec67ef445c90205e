//! Strings and lists that come back.

use super::guest::{Given, Guest, LISTS, MEMORY};
use super::layout::{bytes, hold, words_of};
use tenon_transpile::plan::Answer;

const STAGED: u32 = 1;
const DONE: u32 = 0;
const LIFT: u32 = 1;

/// Where a function leaves address and length.
const AREA: u32 = 1024;

impl Guest {
    /// Calls a function that answers with an address and a length.
    fn answer(&mut self, func: &str, area: u32, [address, len]: [u32; 2]) -> Given {
        self.set("answer", area);
        self.set("give0", 512);
        let pair = [address.to_le_bytes(), len.to_le_bytes()].concat();
        if area <= MEMORY - 8 {
            self.put(area, &pair);
        }
        let flat: &[u64] = if func == "give" { &[] } else { &[0, 0] };
        let words = vec![0; 4 * flat.len()];
        self.give(func, STAGED, flat, &words)
    }

    /// Whether nothing was done with an answer but to tell where it is.
    fn leaves(&mut self, func: &str, area: u32, answer: [u32; 2]) {
        self.reset();
        let given = self.answer(func, area, answer);
        let left = Given {
            status: LIFT,
            address: area,
            len: 0,
            rest: vec![0; 8],
        };
        assert_eq!(given, left, "{func} at {area}: {answer:?}");
        assert_eq!((self.get("calls"), self.get("posts")), (1, 0));
    }
}

#[test]
fn short_answers_come_in_words_and_are_freed_once() {
    for mut guest in Guest::both() {
        for (ty, size) in LISTS.into_iter().chain([("string", 1)]) {
            let func = format!("echo-{ty}");
            assert_eq!(guest.entry(&func).answer, Answer::Text);
            for n in (0..=70_u32).step_by(size as usize) {
                for address in [4096, MEMORY - n] {
                    if n > 64 {
                        guest.leaves(&func, AREA, [address, n / size]);
                        continue;
                    }
                    guest.reset();
                    let bytes = bytes(n as usize);
                    guest.put(address, &bytes);
                    let given = guest.answer(&func, AREA, [address, n / size]);
                    assert_eq!(
                        (given.status, given.address, given.len),
                        (DONE, address, n / size)
                    );
                    assert!(hold(&given.rest, &bytes), "{func} {n}: {:x?}", given.rest);
                    assert_eq!((guest.get("calls"), guest.get("posts")), (1, 1));
                    assert_eq!(guest.get("freed"), u64::from(AREA));
                }
            }
        }
    }
}

#[test]
fn functions_without_parameters_or_post_return_answer_too() {
    for mut guest in Guest::both() {
        for (func, posts) in [("give", 1), ("keep", 0)] {
            guest.reset();
            guest.put(4096, b"an answer");
            let given = guest.answer(func, AREA, [4096, 9]);
            assert_eq!(given.status, DONE);
            assert!(hold(&given.rest, b"an answer"));
            assert_eq!(guest.get("posts"), posts, "{func}");
        }
        assert!(guest.entry("give").staged.is_empty());
    }
}

#[test]
fn an_answer_that_is_not_where_it_should_be_is_left_to_the_host() {
    for mut guest in Guest::both() {
        for area in [
            1,
            2,
            3,
            AREA + 1,
            MEMORY - 4,
            MEMORY,
            0x8000_0000,
            0xffff_fff8,
            0xffff_fffc,
        ] {
            guest.leaves("echo-string", area, [4096, 3]);
        }
        // The last place where it finds room.
        guest.reset();
        assert_eq!(
            guest.answer("echo-string", MEMORY - 8, [4096, 3]).status,
            DONE
        );
    }
}

#[test]
fn answers_that_are_not_sound_are_left_to_the_host() {
    for mut guest in Guest::both() {
        for (ty, size) in LISTS.into_iter().chain([("string", 1)]) {
            let func = format!("echo-{ty}");
            for off in 1..size {
                guest.leaves(&func, AREA, [4096 + off, 0]);
                guest.leaves(&func, AREA, [4096 + off, 1]);
            }
            for len in 0..=64 / size {
                guest.leaves(&func, AREA, [MEMORY - len * size + size, len]);
                guest.leaves(&func, AREA, [0xffff_ffff - (size - 1), len]);
            }
            // Lengths that are none when multiplied in 32 bits.
            for len in [
                64 / size + 1,
                0x1000_0000,
                0x2000_0000,
                0x8000_0000,
                0xffff_ffff,
            ] {
                guest.leaves(&func, AREA, [4096, len]);
            }
        }
    }
}

#[test]
fn the_words_of_an_answer_are_those_of_a_parameter() {
    for mut guest in Guest::both() {
        for n in 0..=64 {
            guest.reset();
            // The function answers with what it was given: its parameter is stored where the answer points to.
            let bytes = bytes(n as usize);
            guest.set("answer", AREA);
            guest.set("give0", 512);
            guest.put(AREA, &[512_u32.to_le_bytes(), u32::to_le_bytes(n)].concat());
            let given = guest.give("echo-string", STAGED, &[0, u64::from(n)], &words_of(&bytes));
            assert!(hold(&given.rest, &bytes), "{n}");
        }
    }
}
