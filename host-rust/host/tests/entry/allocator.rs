//! Allocators that give what will not do.

use super::guest::{Given, Guest, LISTS, MEMORY};
use super::layout::{bytes, words_of};

const STAGED: u32 = 1;
const ALLOC: u32 = 2;

#[test]
fn memory_that_is_not_there_is_refused() {
    for mut guest in Guest::both() {
        for (ty, size) in LISTS.into_iter().chain([("string", 1)]) {
            for n in (0..=64).step_by(size as usize) {
                for func in [format!("take-{ty}"), format!("echo-{ty}")] {
                    for address in [
                        MEMORY - n + size,
                        MEMORY + size,
                        0x8000_0000,
                        0xffff_ffff - (size - 1),
                    ] {
                        refuses(&mut guest, &func, [address, size, n]);
                    }
                }
            }
        }
    }
}

#[test]
fn memory_that_is_not_aligned_is_refused() {
    for mut guest in Guest::both() {
        for (ty, size) in LISTS {
            for off in 1..size {
                for n in [0, size, 64] {
                    refuses(&mut guest, &format!("take-{ty}"), [4096 + off, size, n]);
                }
            }
        }
    }
}

fn refuses(guest: &mut Guest, func: &str, [address, size, n]: [u32; 3]) {
    guest.reset();
    guest.set("give0", address);
    let flat = [0, u64::from(n / size)];
    let given = guest.give(func, STAGED, &flat, &words_of(&bytes(n as usize)));
    let rest = vec![0; given.rest.len()];
    let refused = Given {
        status: ALLOC,
        address,
        len: n,
        rest,
    };
    assert_eq!(given, refused, "{func} {n}");
    assert!(guest.holds_only(&[]), "{func} {n}");
    let counts = ["reallocs", "calls", "posts"].map(|name| guest.get(name));
    assert_eq!(counts, [1, 0, 0], "{func} {n}");
}

#[test]
fn either_of_two_parameters_may_fail() {
    for mut guest in Guest::both() {
        let (a, b) = (bytes(20), bytes(10));
        let words = [words_of(&a), words_of(&b)].concat();
        let flat = [0, 20, 0, 0, 5];
        for (second, [first_gets, second_gets], failed, reallocs) in [
            (false, [MEMORY - 19, 8192], MEMORY - 19, 1),
            (true, [512, 8193], 8193, 2),
            (true, [512, MEMORY - 8], MEMORY - 8, 2),
        ] {
            guest.reset();
            guest.set("give0", first_gets);
            guest.set("give1", second_gets);
            let given = guest.give("two", STAGED, &flat, &words);
            let len = if second { 10 } else { 20 };
            assert_eq!(
                (given.status, given.address, given.len),
                (ALLOC, failed, len)
            );
            let stored: &[(u32, &[u8])] = if second { &[(512, &a)] } else { &[] };
            assert!(guest.holds_only(stored));
            let counts = ["reallocs", "calls", "posts"].map(|name| guest.get(name));
            assert_eq!(counts, [reallocs, 0, 0]);
        }
    }
}
