//! Components into transpile.

use super::plan_check;
use tenon_transpile::{Error, Kind, MAGIC, Options, Transpiled};

/// What the Go host asks for.
fn hardened() -> Options {
    Options {
        gate: true,
        floats: true,
        ..Options::default()
    }
}

fn run(bytes: &[u8], options: &Options) -> Result<Transpiled, Error> {
    let result = tenon_transpile::transpile(bytes, options);
    if let Err(error) = &result {
        assert_ne!(error.kind, Kind::Internal, "{error}");
        assert!(!error.message.is_empty(), "a refusal without a reason");
        assert!(error.to_string().len() < 1 << 16, "a refusal without end");
    }
    result
}

/// Bytes are refused for a reason, or give a plan that fits its hardened modules, which an engine accepts.
pub fn transpile(bytes: &[u8]) -> &'static str {
    match run(bytes, &hardened()) {
        Ok(transpiled) => {
            plan_check::check(&transpiled);
            "answer"
        }
        Err(error) => error.kind.as_str(),
    }
}

/// What transpile writes for the Go host is read back, and is the same in a second run. Hardening alone refuses nothing
/// but what it makes too large.
pub fn plan(bytes: &[u8]) -> &'static str {
    let plain = run(bytes, &Options::default());
    let transpiled = match (plain, run(bytes, &hardened())) {
        (Ok(plain), Ok(hardened)) => {
            plan_check::check(&plain);
            assert_eq!(plain.modules.is_empty(), hardened.modules.is_empty());
            hardened
        }
        (Err(plain), Err(hardened)) => {
            assert_eq!(plain, hardened);
            return plain.kind.as_str();
        }
        (Ok(_), Err(error)) => {
            assert_eq!(error.kind, Kind::Limit, "{error}");
            return error.kind.as_str();
        }
        (Err(error), Ok(_)) => panic!("only the plain modules are refused: {error}"),
    };
    let container = transpiled.encode();
    let again = run(bytes, &hardened())
        .expect("what passed once passes twice")
        .encode();
    assert_eq!(container, again, "two runs give two plans");

    let (magic, rest) = container.split_at(MAGIC.len());
    assert_eq!(magic, MAGIC);
    let (format, rest) = number(rest);
    assert_eq!(format, u64::from(tenon_transpile::plan::FORMAT));
    let (length, rest) = number(rest);
    let (json, mut code) = rest.split_at(length as usize);
    let plan: serde_json::Value = serde_json::from_slice(json).expect("the plan is JSON");
    assert_eq!(plan["format"], format);
    assert_eq!(plan["component"]["size"], bytes.len());
    let modules = plan["modules"].as_array().expect("a list of modules");
    assert_eq!(modules.len(), transpiled.modules.len());
    for (module, bytes) in modules.iter().zip(&transpiled.modules) {
        let size = module["size"].as_u64().expect("a size") as usize;
        let this;
        (this, code) = code.split_at(size);
        assert_eq!(this, bytes);
    }
    assert!(code.is_empty(), "bytes behind the last module");
    "answer"
}

fn number(bytes: &[u8]) -> (u64, &[u8]) {
    let (number, rest) = bytes.split_first_chunk().expect("a header");
    (u32::from_le_bytes(*number).into(), rest)
}
