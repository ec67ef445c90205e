//! Calls every function that the hosts' WASI stub answers, and writes down what it got.

wit_bindgen::generate!({ path: "wit", world: "guest", generate_all });

use exports::tenon::guests_wasi::calls::Guest;
use std::mem::forget;
use wasi::cli::{
    environment, exit, stderr, stdin, stdout, terminal_stderr, terminal_stdin, terminal_stdout,
};
use wasi::clocks::{monotonic_clock, timezone, wall_clock};
use wasi::filesystem::preopens;
use wasi::io::poll;
use wasi::io::streams::StreamError;
use wasi::random::{insecure, insecure_seed, random};

struct Calls;

export!(Calls);

/// What a stream said, in a word.
fn said<T: std::fmt::Debug>(answer: Result<T, StreamError>) -> String {
    match answer {
        Ok(value) => format!("ok {value:?}"),
        Err(StreamError::Closed) => "closed".to_owned(),
        Err(StreamError::LastOperationFailed(error)) => {
            format!("failed {:?}", error.to_debug_string())
        }
    }
}

impl Guest for Calls {
    fn surroundings() -> String {
        format!(
            "environment {:?}, arguments {:?}, directory {:?}, terminals {} {} {}, files {}",
            environment::get_environment(),
            environment::get_arguments(),
            environment::initial_cwd(),
            terminal_stdin::get_terminal_stdin().is_some(),
            terminal_stdout::get_terminal_stdout().is_some(),
            terminal_stderr::get_terminal_stderr().is_some(),
            preopens::get_directories().len(),
        )
    }

    fn input() -> String {
        let stream = stdin::get_stdin();
        let ready = stream.subscribe();
        ready.block();
        format!(
            "read {}, {}; skip {}, {}; ready {}",
            said(stream.read(10)),
            said(stream.blocking_read(10)),
            said(stream.skip(10)),
            said(stream.blocking_skip(10)),
            ready.ready(),
        )
    }

    fn output() -> String {
        let (stream, other) = (stdout::get_stdout(), stderr::get_stderr());
        let from = stdin::get_stdin();
        let answers = [
            said(stream.check_write()),
            said(stream.write(b"text")),
            said(stream.write(&[])),
            said(stream.blocking_write_and_flush(&[0xff; 4096])),
            said(other.flush()),
            said(other.blocking_flush()),
            said(other.write_zeroes(65536)),
            said(other.blocking_write_zeroes_and_flush(4096)),
            said(other.splice(&from, 10)),
            said(other.blocking_splice(&from, 10)),
        ];
        format!(
            "{}; ready {}",
            answers.join(", "),
            stream.subscribe().ready()
        )
    }

    fn clocks() -> String {
        let (now, resolution) = (wall_clock::now(), wall_clock::resolution());
        let timers = [
            monotonic_clock::subscribe_instant(u64::MAX),
            monotonic_clock::subscribe_duration(u64::MAX),
        ];
        format!(
            "wall {}.{:09}, resolution {}.{:09}; monotonic {}, resolution {}; timers {} {}",
            now.seconds,
            now.nanoseconds,
            resolution.seconds,
            resolution.nanoseconds,
            monotonic_clock::now(),
            monotonic_clock::resolution(),
            timers[0].ready(),
            timers[1].ready(),
        )
    }

    fn random() -> String {
        let seed = insecure_seed::insecure_seed();
        format!(
            "{:016x} {:016x} {:016x} {:016x} {:02x?} {:02x?}",
            seed.0,
            seed.1,
            random::get_random_u64(),
            insecure::get_insecure_random_u64(),
            random::get_random_bytes(9),
            insecure::get_insecure_random_bytes(0),
        )
    }

    fn random_bytes(count: u64) -> (u64, u8) {
        let bytes = random::get_random_bytes(count);
        (
            bytes.len() as u64,
            bytes.last().copied().unwrap_or_default(),
        )
    }

    fn poll(count: u32) -> Vec<u32> {
        let pollables: Vec<_> = (0..count)
            .map(|n| monotonic_clock::subscribe_duration(n.into()))
            .collect();
        poll::poll(&pollables.iter().collect::<Vec<_>>())
    }

    fn hoard(count: u32) {
        for _ in 0..count {
            forget(monotonic_clock::subscribe_duration(0));
        }
    }

    fn exit(code: u8) {
        match code {
            0 => exit::exit(Ok(())),
            1 => exit::exit(Err(())),
            code => exit::exit_with_code(code),
        }
    }

    fn denied() {
        timezone::utc_offset(wall_clock::now());
    }
}
