//! The contract of tests/data/counters, a kernel of it, and hosts for it.

// bindgen! exports the type that it is given for a resource, so that has to be public, and so what it is made of.
// Nor does every test that has this module look at all of it.
#![allow(unreachable_pub, dead_code)]

use std::sync::{Arc, Mutex};
use tenon_host::{Engine, Import, Kernel, LoadOptions, wasmtime};

pub mod contract {
    tenon_host::contract! {
        wit: "tests/data/counters",
        package: "acme:counters@0.1.0",
        interface: acme::counters::counting,
        resources: [Counter],
        imports: {
            audit: acme::counters::audit = "acme:counters/audit@0.1.0",
            surroundings: world,
        },
        with: { "acme:counters/audit.ticket": crate::counters::Ticket },
        /// Counters that live in the kernel.
        pub trait Counting {
            /// A counter that begins at a number.
            fn counter(start: u32) -> Resource<'_, Counter> => counter.call_constructor;
            /// Adds to it.
            fn add(counter: &Resource<'_, Counter>, n: u32) -> u32 => counter.call_add;
            /// Both in one.
            fn merge(a: &Resource<'_, Counter>, b: Resource<'_, Counter>) -> Resource<'_, Counter> => counter.call_merge;
            /// A counter, or the odd number.
            fn even(n: u32) -> Result<Resource<'_, Counter>, u32> => call_even;
            /// A counter, unless it is zero.
            fn some(n: u32) -> Option<Resource<'_, Counter>> => call_some;
            /// Its number.
            fn take(counter: Option<Resource<'_, Counter>>) -> u32 => call_take;
            /// Stamps a ticket twice.
            fn audited(kind: u32, by: u32) -> u32 => call_audited;
            /// Traps.
            fn fail() => call_fail;
        }
    }
}

/// A resource of the host.
pub struct Ticket {
    pub kind: u32,
    pub stamps: u32,
    pub ends: Arc<Mutex<Vec<u32>>>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.ends.lock().unwrap().push(self.kind);
    }
}

/// What the host has seen of its instances.
#[derive(Clone, Default)]
pub struct Office {
    pub notes: Arc<Mutex<Vec<u32>>>,
    pub ends: Arc<Mutex<Vec<u32>>>,
}

/// One instance's part of it.
pub struct Desk {
    office: Office,
    tickets: wasmtime::component::ResourceTable,
}

impl contract::audit::Host for Desk {
    fn note(&mut self, value: u32) -> wasmtime::Result<()> {
        if value == 666 {
            return Err(std::io::Error::other("the audit is closed").into());
        }
        self.office.notes.lock().unwrap().push(value);
        Ok(())
    }
}

impl contract::audit::HostTicket for Desk {
    fn new(&mut self, kind: u32) -> wasmtime::Result<wasmtime::component::Resource<Ticket>> {
        let ends = Arc::clone(&self.office.ends);
        Ok(self.tickets.push(Ticket {
            kind,
            stamps: 0,
            ends,
        })?)
    }

    fn stamp(
        &mut self,
        ticket: wasmtime::component::Resource<Ticket>,
        by: u32,
    ) -> wasmtime::Result<u32> {
        let ticket = self.tickets.get_mut(&ticket)?;
        ticket.stamps += by;
        Ok(ticket.stamps)
    }

    fn drop(&mut self, ticket: wasmtime::component::Resource<Ticket>) -> wasmtime::Result<()> {
        self.tickets.delete(ticket)?;
        Ok(())
    }
}

impl contract::surroundings::Host for Desk {
    fn limit(&mut self) -> wasmtime::Result<u32> {
        Ok(100)
    }
}

impl Office {
    pub fn imports(&self) -> Vec<Import> {
        let make = |office: Office| {
            move || Desk {
                office: office.clone(),
                tickets: Default::default(),
            }
        };
        vec![
            contract::audit::import(make(self.clone())),
            contract::surroundings::import(make(self.clone())),
        ]
    }

    pub fn load(&self, engine: &Engine) -> Kernel {
        let options = LoadOptions {
            imports: self.imports(),
            ..LoadOptions::default()
        };
        engine.load_with(&component(), &options).unwrap()
    }

    pub fn notes(&self) -> Vec<u32> {
        std::mem::take(&mut self.notes.lock().unwrap())
    }

    pub fn ends(&self) -> Vec<u32> {
        std::mem::take(&mut self.ends.lock().unwrap())
    }
}

pub fn component() -> Vec<u8> {
    wat::parse_str(include_str!("../data/counters/counters.wat")).unwrap()
}
