//! The WIT glue: the contract's function, handed to the pure one.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/utf8check",
    world: "kernel",
});

struct Component;

export!(Component);

impl exports::tenon::utf8check::checker::Guest for Component {
    fn first_error(bytes: Vec<u8>) -> Option<u32> {
        crate::first_error(&bytes)
    }
}
