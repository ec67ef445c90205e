//! Parameters.

use super::guest::{Guest, LISTS, MEMORY};
use super::layout::{bytes, words_of};
use tenon_transpile::plan::Answer;

const WRITTEN: u32 = 0;
const STAGED: u32 = 1;

#[test]
fn exactly_the_bytes_are_stored_whatever_their_number() {
    for mut guest in Guest::both() {
        for (ty, size) in LISTS.into_iter().chain([("string", 1)]) {
            let func = format!("take-{ty}");
            for n in (0..=64).step_by(size as usize) {
                // In the middle, and with nothing behind it.
                for address in [4096, MEMORY - n] {
                    guest.reset();
                    guest.set("give0", address);
                    guest.set("answer", 77);
                    let bytes = bytes(n as usize);
                    let ignored = 0xdead_beef;
                    let len = n / size;
                    let flat = [ignored, u64::from(len)];
                    let given = guest.give(&func, STAGED, &flat, &words_of(&bytes));
                    assert_eq!((given.status, &given.rest[..]), (0, &[77][..]));
                    assert!(guest.holds_only(&[(address, &bytes)]), "{func} {n}");
                    assert_eq!(guest.get("asked0"), u64::from(size) << 32 | u64::from(n));
                    assert_eq!(guest.get("old"), 0, "nothing is allocated anew");
                    assert_eq!((guest.get("reallocs"), guest.get("calls")), (1, 1));
                    assert_eq!(guest.get("address0"), u64::from(address));
                    assert_eq!(guest.get("len0"), u64::from(len));
                }
            }
        }
    }
}

#[test]
fn what_the_host_has_written_is_passed_on() {
    for mut guest in Guest::both() {
        for len in 0..=70 {
            guest.reset();
            let given = guest.give("take-s16", WRITTEN, &[4096, len], &words_of(&bytes(64)));
            assert_eq!(given.status, 0);
            assert!(guest.holds_only(&[]), "the words mean nothing");
            assert_eq!((guest.get("reallocs"), guest.get("calls")), (0, 1));
            assert_eq!((guest.get("address0"), guest.get("len0")), (4096, len));
        }
    }
}

#[test]
fn two_parameters_are_stored_in_their_order() {
    for mut guest in Guest::both() {
        assert_eq!(guest.entry("two").staged, [0, 2]);
        for (first, second) in [(0, 0), (3, 64), (64, 2), (17, 6), (64, 64)] {
            guest.reset();
            for (name, value) in [("give0", 512), ("give1", 8192), ("answer", 1)] {
                guest.set(name, value);
            }
            let (a, b) = (bytes(first), bytes(second));
            let words = [words_of(&a), words_of(&b)].concat();
            let flat = [0, first as u64, u64::MAX, 0, second as u64 / 2];
            let given = guest.give("two", STAGED, &flat, &words);
            assert_eq!(
                (given.status, given.address),
                (1, 1),
                "the answer is no address"
            );
            assert!(guest.holds_only(&[(512, &a), (8192, &b)]));
            assert_eq!(guest.get("asked0"), 1 << 32 | first as u64);
            assert_eq!(guest.get("asked1"), 2 << 32 | second as u64);
            assert_eq!((guest.get("reallocs"), guest.get("calls")), (2, 1));
            let passed = ["address0", "len0", "between", "address1", "len1"];
            let passed = passed.map(|name| guest.get(name));
            assert_eq!(passed, [512, flat[1], u64::MAX, 8192, flat[4]]);
        }
        let flat = [1, 2, 3, 4, 5];
        guest.give("two", WRITTEN, &flat, &[0; 16]);
        let passed = ["address0", "len0", "between", "address1", "len1"];
        assert_eq!(passed.map(|name| guest.get(name)), flat);
    }
}

#[test]
fn flat_results_come_back_as_they_are() {
    for mut guest in Guest::both() {
        let words = words_of(b"abc");
        guest.set("give0", 512);
        let float = guest.give("float", STAGED, &[0, 3], &words);
        assert_eq!(float.rest, [1.5_f64.to_bits()]);
        let nothing = guest.give("nothing", STAGED, &[0, 3], &words);
        assert_eq!((nothing.status, nothing.rest.len()), (0, 0));
        assert!(guest.call("traps", STAGED, &[0, 3], &words).is_err());
    }
}

#[test]
fn post_return_gets_results_but_not_their_address() {
    for mut guest in Guest::both() {
        for (func, posts) in [("free", 1), ("spill", 0), ("take-string", 0)] {
            assert_eq!(guest.entry(func).answer, Answer::Flat);
            guest.reset();
            guest.set("give0", 512);
            guest.set("answer", 4096);
            let given = guest.give(func, STAGED, &[0, 3], &words_of(b"abc"));
            assert_eq!((given.status, &given.rest[..]), (0, &[4096][..]), "{func}");
            assert_eq!(guest.get("posts"), posts, "{func}");
            assert_eq!(guest.get("freed"), posts * 4096, "{func}");
        }
    }
}
