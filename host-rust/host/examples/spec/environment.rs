//! What every suite may import: the instance `host` and the root functions that wasmtime's own suite expects.
//!
//! The Go host's harness offers the same, in host-go/internal/spec/environment.go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tenon_host::wasmtime::component::{Linker, Resource, ResourceType};
use tenon_host::wasmtime::{Error, Module, Result};

/// The resource `resource1`, also known as `resource1-again`: no more than its representation.
pub(crate) enum Resource1 {}

/// The resource `resource2`, of which nobody makes one.
pub(crate) enum Resource2 {}

/// What became of the resources of type `resource1` in a suite.
#[derive(Default)]
pub(crate) struct Drops {
    count: AtomicU32,
    last: AtomicU32,
}

impl Drops {
    /// Counts a drop.
    pub(crate) fn note(&self, rep: u32) {
        self.count.fetch_add(1, Relaxed);
        self.last.store(rep, Relaxed);
    }
}

/// Where the environment's core module is.
pub(crate) const INSTANCE: &str = "host";
pub(crate) const MODULE: &str = "simple-module";

/// The bytes of `(module (global (export "g") i32 (i32.const 100)) (func (export "f") (result i32) (i32.const 101)))`.
const SIMPLE_MODULE: &[u8] = b"\0asm\x01\0\0\0\
    \x01\x05\x01\x60\x00\x01\x7f\
    \x03\x02\x01\x00\
    \x06\x07\x01\x7f\x00\x41\xe4\x00\x0b\
    \x07\x09\x02\x01g\x03\x00\x01f\x00\x00\
    \x0a\x07\x01\x05\x00\x41\xe5\x00\x0b";

/// Defines everything in a linker.
pub(crate) fn define(linker: &mut Linker<()>, drops: &Arc<Drops>) -> Result<()> {
    let engine = linker.engine().clone();
    let mut root = linker.root();
    root.func_wrap("host-echo-u32", |_, (v,): (u32,)| Ok((v,)))?;
    root.func_wrap("host-return-two", |_, (): ()| Ok((2u32,)))?;

    let mut host = linker.instance(INSTANCE)?;
    host.func_wrap("return-three", |_, (): ()| Ok((3u32,)))?;
    host.func_wrap("return-hi", |_, (): ()| Ok(("hi".to_owned(),)))?;
    host.instance("nested")?
        .func_wrap("return-four", |_, (): ()| Ok((4u32,)))?;
    host.module(MODULE, &Module::new(&engine, SIMPLE_MODULE)?)?;

    for name in ["resource1", "resource1-again"] {
        let drops = Arc::clone(drops);
        let dropped = move |_: tenon_host::wasmtime::StoreContextMut<'_, ()>, rep| {
            drops.note(rep);
            Ok(())
        };
        host.resource(name, ResourceType::host::<Resource1>(), dropped)?;
    }
    host.resource(
        "resource2",
        ResourceType::host::<Resource2>(),
        |_, _| Ok(()),
    )?;

    type Handle = Resource<Resource1>;
    host.func_wrap("[constructor]resource1", |_, (r,): (u32,)| {
        Ok((Handle::new_own(r),))
    })?;
    host.func_wrap("[static]resource1.assert", |_, (r, rep): (Handle, u32)| {
        expect(&r, true, rep)
    })?;
    host.func_wrap("[static]resource1.last-drop", {
        let drops = Arc::clone(drops);
        move |_, (): ()| Ok((drops.last.load(Relaxed),))
    })?;
    host.func_wrap("[static]resource1.drops", {
        let drops = Arc::clone(drops);
        move |_, (): ()| Ok((drops.count.load(Relaxed),))
    })?;
    host.func_wrap(
        "[method]resource1.simple",
        |_, (this, rep): (Handle, u32)| expect(&this, false, rep),
    )?;
    host.func_wrap(
        "[method]resource1.take-borrow",
        |_, (this, b): (Handle, Handle)| {
            expect(&this, false, this.rep())?;
            expect(&b, false, b.rep())
        },
    )?;
    host.func_wrap(
        "[method]resource1.take-own",
        |_, (this, b): (Handle, Handle)| {
            expect(&this, false, this.rep())?;
            expect(&b, true, b.rep())
        },
    )
}

/// A function of the environment that was asked to find something else than it did.
#[derive(Debug)]
pub(crate) struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the host function refuses its arguments")
    }
}

impl std::error::Error for Refused {}

fn expect(handle: &Resource<Resource1>, owned: bool, rep: u32) -> Result<()> {
    if handle.owned() != owned || handle.rep() != rep {
        return Err(Error::new(Refused));
    }
    Ok(())
}
