//! A component of Rust's standard library: each function reaches for one thing that a system gives.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

wit_bindgen::generate!({ path: "../wit", world: "wasip2" });

use exports::tenon::guests::system::{Guest, Moment};

struct System;

export!(System);

impl Guest for System {
    fn hello(name: String) -> String {
        let greeting = format!("Hello, {name}!");
        println!("{greeting}");
        eprintln!("greeted {name}");
        greeting
    }

    fn count_words(text: String) -> Vec<(String, u32)> {
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for word in text.split_whitespace() {
            *counts.entry(word).or_default() += 1;
        }
        let mut list: Vec<_> = counts
            .into_iter()
            .map(|(word, n)| (word.to_owned(), n))
            .collect();
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        list
    }

    fn now() -> Moment {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Moment {
            seconds: since.as_secs(),
            nanoseconds: since.subsec_nanos(),
        }
    }

    fn elapsed() -> u64 {
        let start = Instant::now();
        start.elapsed().as_nanos() as u64
    }

    fn sleep(milliseconds: u32) {
        std::thread::sleep(Duration::from_millis(milliseconds.into()));
    }

    fn random_bytes(count: u32) -> Vec<u8> {
        let mut bytes = vec![0; count as usize];
        getrandom::fill(&mut bytes).expect("random bytes");
        bytes
    }

    fn random_hash(number: u64) -> u64 {
        RandomState::new().hash_one(number)
    }

    fn arguments() -> Vec<String> {
        std::env::args().collect()
    }

    fn variable(name: String) -> Option<String> {
        std::env::var(name).ok()
    }

    fn variables() -> u32 {
        std::env::vars_os().count() as u32
    }

    fn input() -> Vec<u8> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .expect("standard input");
        bytes
    }

    fn can_read(path: String) -> bool {
        std::fs::File::open(path).is_ok()
    }

    fn exit(code: i32) {
        std::process::exit(code);
    }

    fn fail(message: String) {
        panic!("{message}");
    }
}
