//! The WIT glue: the contract's functions, handed to the pure ones.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/loops",
    world: "kernel",
});

struct Component;

export!(Component);

impl exports::tenon::loops::calls::Guest for Component {
    fn sha256(rounds: u32) -> u64 {
        crate::sha256(rounds)
    }

    fn crc32(rounds: u32) -> u64 {
        crate::crc32(rounds)
    }

    fn fnv(rounds: u32) -> u64 {
        crate::fnv(rounds)
    }

    fn siphash(rounds: u32) -> u64 {
        crate::siphash(rounds)
    }

    fn base64(rounds: u32) -> u64 {
        crate::base64(rounds)
    }

    fn utf8(rounds: u32) -> u64 {
        crate::utf8(rounds)
    }

    fn json(rounds: u32) -> u64 {
        crate::json(rounds)
    }

    fn levenshtein(rounds: u32) -> u64 {
        crate::levenshtein(rounds)
    }

    fn dfa(rounds: u32) -> u64 {
        crate::dfa(rounds)
    }

    fn heapsort(rounds: u32) -> u64 {
        crate::heapsort(rounds)
    }

    fn sort(rounds: u32) -> u64 {
        crate::sort(rounds)
    }

    fn btree(rounds: u32) -> u64 {
        crate::btree(rounds)
    }

    fn matches(rounds: u32) -> u64 {
        crate::matches(rounds)
    }

    fn interpret(rounds: u32) -> u64 {
        crate::interpret(rounds)
    }

    fn matmul(rounds: u32) -> u64 {
        crate::matmul(rounds)
    }

    fn mandelbrot(rounds: u32) -> u64 {
        crate::mandelbrot(rounds)
    }

    fn tonemap(rounds: u32) -> u64 {
        crate::tonemap(rounds)
    }

    fn bigmul(rounds: u32) -> u64 {
        crate::bigmul(rounds)
    }

    fn queens(rounds: u32) -> u64 {
        crate::queens(rounds)
    }

    fn sieve(rounds: u32) -> u64 {
        crate::sieve(rounds)
    }

    fn histogram(rounds: u32) -> u64 {
        crate::histogram(rounds)
    }
}
