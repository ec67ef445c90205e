//! Prints the answer to each line of standard input as a line of JSON, so that other
//! implementations can be compared with this one.

use std::io::{BufWriter, Write, stdin, stdout};
use tenon_kernel_useragent::{Agent, Software, parse};

fn main() -> std::io::Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    for line in stdin().lines() {
        let Agent {
            browser,
            os,
            device,
        } = parse(&line?);
        let answer = serde_json::json!({
            "browser": software(&browser),
            "os": software(&os),
            "device": {"family": device.family, "brand": device.brand, "model": device.model},
        });
        writeln!(out, "{answer}")?;
    }
    out.flush()
}

fn software(software: &Software) -> serde_json::Value {
    serde_json::json!({
        "family": software.family,
        "major": software.major,
        "minor": software.minor,
        "patch": software.patch,
        "patch-minor": software.patch_minor,
    })
}
