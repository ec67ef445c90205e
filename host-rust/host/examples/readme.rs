//! The Rust example of the README: the same kernels, a call and a swap.

use std::error::Error;
use tenon_host::contracts::redact;
use tenon_host::{Config, Engine};

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::new(&Config::default())?;
    let old = engine.load_file("host-go/kernels/redact/redact-1.0.0.wasm")?;
    let next = engine.load_file("host-go/kernels/redact/redact-1.1.0.wasm")?;

    let slot = engine
        .slot::<redact::Contract>("redact")
        .kernel(&old)
        .build()?;
    let line = "GET http://example.org/x from 192.0.2.7 by jo@example.org";
    println!("{}", slot.call(|k| k.redact(line))?.text);

    slot.swap(&next)?; // calls in flight finish on the old version
    println!("{}", slot.call(|k| k.redact(line))?.text);
    Ok(())
}
