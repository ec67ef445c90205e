//! Turns the rules into finished automata, so that the kernel neither parses nor compiles a regular expression.
//!
//! Each rule gives two files in `OUT_DIR`: `<name>.forward`, which finds where the leftmost match ends, and
//! `<name>.reverse`, which finds from there where it starts.

use regex_automata::MatchKind;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use std::path::Path;
use std::{env, fs};

#[path = "src/rules.rs"]
mod rules;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/rules.rs");
    let folder = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let little = env::var("CARGO_CFG_TARGET_ENDIAN").is_ok_and(|endian| endian == "little");
    for (name, rule) in rules::RULES {
        let forward = dense::Config::new().start_kind(StartKind::Unanchored);
        let reverse = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .match_kind(MatchKind::All);
        for (direction, config) in [("forward", forward), ("reverse", reverse)] {
            let automaton = dense::Builder::new()
                .configure(config.minimize(true))
                .syntax(syntax::Config::new().unicode(false).utf8(false))
                .thompson(
                    thompson::Config::new()
                        .utf8(false)
                        .reverse(direction == "reverse"),
                )
                .build(rule)
                .unwrap_or_else(|error| panic!("the rule {name} does not compile: {error}"));
            let (bytes, padding) = if little {
                automaton.to_bytes_little_endian()
            } else {
                automaton.to_bytes_big_endian()
            };
            fs::write(
                Path::new(&folder).join(format!("{name}.{direction}")),
                &bytes[padding..],
            )
            .expect("OUT_DIR can be written to");
        }
    }
}
