//! The WIT glue: the contract's functions, handed to the pure ones.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/ledger",
    world: "kernel",
});

use crate::Page;
use exports::tenon::ledger::book as contract;

struct Component;

export!(Component);

impl contract::Guest for Component {
    type Page = Page;

    fn enter(sequence: u64, payload: Vec<u8>) -> contract::Entry {
        entry(sequence, crate::enter(sequence, &payload))
    }
}

impl contract::GuestPage for Page {
    fn new() -> Self {
        Page::new()
    }

    fn enter(&self, sequence: u64, payload: Vec<u8>) -> contract::Entry {
        entry(sequence, Page::enter(self, sequence, &payload))
    }
}

fn entry(sequence: u64, entry: crate::Entry) -> contract::Entry {
    contract::Entry {
        sequence,
        before: entry.before,
        kept: entry.kept,
        after: entry.after,
        line: entry.line,
        check: entry.check,
        receipt: entry.receipt,
    }
}
