//! `tenon wit`: contracts as text and in components.

mod check;
mod compare;
mod docs;
mod fmt;
mod from_resolve;
mod model;
mod parts;
mod read;
mod rules;
mod steps;
#[cfg(test)]
mod table;
mod type_text;

use crate::args::Wit;
use crate::failure::Result;
use read::Contract;

/// Does what the arguments say.
pub(crate) fn run(args: &Wit) -> Result<()> {
    match args {
        Wit::Check(args) => check::run(args),
        Wit::Fmt(args) => fmt::run(args),
    }
}

/// Compares the contracts of two components, given as names for messages with bytes: of the one in force, and of the one
/// that is to stand in for it.
///
/// It fails where one of them is no component that the hosts would take.
pub(crate) fn compare_components(
    old: (&str, &[u8]),
    new: (&str, &[u8]),
) -> Result<steps::Comparison> {
    let old = Contract::of_component(old.0, old.1)?.model()?;
    let new = Contract::of_component(new.0, new.1)?.model()?;
    Ok(steps::Comparison::of(&old, &new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar() -> Vec<u8> {
        let file = "../../host-go/internal/fixture/scalar/scalar.wasm";
        std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
            .expect("the fixture kernel")
    }

    #[test]
    fn a_component_is_compatible_with_itself() {
        let scalar = scalar();
        let same = compare_components(("a", &scalar), ("b", &scalar)).expect("two components");
        assert!(same.compatible && same.allowed() && same.differences.is_empty());
        assert_eq!(same.packages.0, "tenon:scalar@1.0.0");
    }

    #[test]
    fn what_is_no_component_is_refused_by_name() {
        let error = compare_components(
            ("old.wasm", &scalar()),
            ("new.wasm", b"\0asm\x0d\0\x01\0\xff"),
        )
        .expect_err("no component");
        assert!(error.to_string().contains("new.wasm"), "{error}");
    }
}
