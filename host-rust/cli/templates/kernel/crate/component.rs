//! The WIT glue: the contract's function, handed to the pure one.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/{{name}}",
    world: "kernel",
});

use exports::{{namespace_snake}}::{{snake}}::counter as contract;

struct Component;

export!(Component);

impl contract::Guest for Component {
    fn count(text: String) -> Result<contract::Counts, contract::Failure> {
        let counts = crate::count(&text)?;
        Ok(contract::Counts {
            lines: counts.lines,
            words: counts.words,
            characters: counts.characters,
        })
    }
}

impl From<crate::Failure> for contract::Failure {
    fn from(failure: crate::Failure) -> Self {
        match failure {
            crate::Failure::Binary(at) => contract::Failure::Binary(at),
        }
    }
}
