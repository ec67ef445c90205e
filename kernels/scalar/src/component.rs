//! The WIT glue: the contract's functions, handed to the pure ones.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/scalar",
    world: "kernel",
});

struct Component;

export!(Component);

impl exports::tenon::scalar::calls::Guest for Component {
    fn add(a: u32, b: u32) -> u32 {
        crate::add(a, b)
    }

    fn sum(values: Vec<u32>) -> u64 {
        crate::sum(&values)
    }

    fn echo_bytes(bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    fn echo_string(text: String) -> String {
        text
    }

    fn fail(message: String) {
        crate::fail(&message)
    }
}
