//! WASI 0.2 as a stub: answers that are always the same and reach nothing. The Go host's stub gives the same.
//!
//! A function answers where the component declares the type that WASI gives it, which all versions `0.2.x` share. Every
//! other one links too, those that a later version adds and those of other types: it is refused when it is called.

mod shape;

pub(crate) use shape::Named;

use crate::fault::FaultKind;
use crate::host_call::{self, Ended, HostCall};
use crate::state::State;
use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Linker, Resource, ResourceAny, ResourceType, Type, Val};

/// Seconds since 1970 on the wall clock: the first moment of 2000.
const WALL_CLOCK: u64 = 946_684_800;

/// Nanoseconds on the monotonic clock.
const MONOTONIC_CLOCK: u64 = 1_000_000_000;

/// Bytes that may be written to a stream at a time.
const CHECK_WRITE: u64 = 65_536;

/// Random bytes that a call may ask for.
const MAX_RANDOM_BYTES: u64 = 1 << 20;

/// What a handle of any resource of the stub stands for: there is nothing to tell them apart by.
struct Stub;

/// Whether the stub has something for an interface.
pub(crate) fn knows(import: &str) -> bool {
    import.starts_with("wasi:")
        && import
            .split_once('@')
            .is_some_and(|(_, version)| version.starts_with("0.2."))
}

/// Defines an interface of WASI, by the type that the component declares for it. `stubs` are the resources of the stub, those
/// that the interface itself defines among them.
pub(crate) fn define(
    linker: &mut Linker<State>,
    engine: &wasmtime::Engine,
    import: &str,
    ty: &ComponentInstance,
    stubs: &[Named],
) -> wasmtime::Result<()> {
    let mut instance = linker.instance(import)?;
    for (name, item) in ty.exports(engine) {
        match item.ty {
            ComponentItem::Resource(_) if stubs.iter().any(|it| it.is(import, name)) => {
                instance.resource(name, ResourceType::host::<Stub>(), |_, _| Ok(()))?;
            }
            ComponentItem::ComponentFunc(ty) => {
                let offered = shape::offered(import, name, &ty, stubs);
                let (import, func) = (import.to_owned(), name.to_owned());
                instance.func_new(name, move |store, ty, args, results| {
                    host_call::run(store, &ty, args, results, &|call, args| match offered {
                        true => answer(&import, &func, call, args),
                        false => Err(refused(&import, &func)),
                    })
                })?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// A function of an interface whose type, as the component declares it, has a resource that is none of the stub's.
pub(crate) fn foreign(
    engine: &wasmtime::Engine,
    ty: &ComponentInstance,
    stubs: &[Named],
) -> Option<String> {
    let own = |ty: &Type| within(ty, &|resource| stubs.iter().any(|it| it.ty == *resource));
    ty.exports(engine).find_map(|(name, item)| {
        let ComponentItem::ComponentFunc(func) = item.ty else {
            return None;
        };
        let fits = func.params().all(|(_, ty)| own(&ty)) && func.results().all(|ty| own(&ty));
        (!fits).then(|| name.to_owned())
    })
}

/// `cli/stdout` of `wasi:cli/stdout@0.2.3`.
fn interface(import: &str) -> &str {
    let name = import.split_once('@').map_or(import, |(name, _)| name);
    name.strip_prefix("wasi:").unwrap_or(name)
}

/// Whether all resources in a type are as they should be.
fn within(ty: &Type, fits: &dyn Fn(&ResourceType) -> bool) -> bool {
    let part = |ty: &Type| within(ty, fits);
    match ty {
        Type::Own(resource) | Type::Borrow(resource) => fits(resource),
        Type::List(list) => part(&list.ty()),
        Type::Option(option) => part(&option.ty()),
        Type::Record(record) => record.fields().all(|field| part(&field.ty)),
        Type::Tuple(tuple) => tuple.types().all(|ty| part(&ty)),
        Type::Variant(variant) => variant
            .cases()
            .all(|case| case.ty.as_ref().is_none_or(part)),
        Type::Result(result) => result.ok().iter().chain(&result.err()).all(part),
        _ => true,
    }
}

/// What a function answers; `None` for a function without a result.
fn answer(
    import: &str,
    func: &str,
    call: &mut HostCall<'_>,
    args: &[Val],
) -> wasmtime::Result<Option<Val>> {
    // `[method]output-stream.write` is known as `output-stream.write`.
    let function = func.split_once(']').map_or(func, |(_, name)| name);
    Ok(Some(match (interface(import), function) {
        ("cli/environment", "get-environment" | "get-arguments")
        | ("filesystem/preopens", "get-directories") => Val::List(Vec::new()),
        ("cli/environment", "initial-cwd")
        | ("cli/terminal-stdin", "get-terminal-stdin")
        | ("cli/terminal-stdout", "get-terminal-stdout")
        | ("cli/terminal-stderr", "get-terminal-stderr") => Val::Option(None),
        ("cli/exit", "exit" | "exit-with-code") => {
            return Err(ended(
                FaultKind::Trap,
                "the component called exit".to_owned(),
            ));
        }

        ("cli/stdin", "get-stdin")
        | ("cli/stdout", "get-stdout")
        | ("cli/stderr", "get-stderr")
        | ("io/streams", "input-stream.subscribe" | "output-stream.subscribe")
        | ("clocks/monotonic-clock", "subscribe-instant" | "subscribe-duration") => handle(call)?,
        ("io/streams", "output-stream.check-write") => ok(Some(Val::U64(CHECK_WRITE))),
        ("io/streams", "output-stream.splice" | "output-stream.blocking-splice") => {
            ok(Some(Val::U64(0)))
        }
        (
            "io/streams",
            "output-stream.write"
            | "output-stream.write-zeroes"
            | "output-stream.flush"
            | "output-stream.blocking-flush"
            | "output-stream.blocking-write-and-flush"
            | "output-stream.blocking-write-zeroes-and-flush",
        ) => ok(None),
        (
            "io/streams",
            "input-stream.read"
            | "input-stream.blocking-read"
            | "input-stream.skip"
            | "input-stream.blocking-skip",
        ) => {
            let closed = Val::Variant("closed".to_owned(), None);
            Val::Result(Err(Some(Box::new(closed))))
        }
        ("io/error", "error.to-debug-string") => Val::String(String::new()),
        ("io/poll", "pollable.ready") => Val::Bool(true),
        ("io/poll", "pollable.block") => return Ok(None),
        ("io/poll", "poll") => match args {
            [Val::List(pollables)] => {
                Val::List((0..).map(Val::U32).take(pollables.len()).collect())
            }
            _ => return Err(refused(import, func)),
        },

        ("clocks/wall-clock", "now") => datetime(WALL_CLOCK, 0),
        ("clocks/wall-clock", "resolution") => datetime(0, 1),
        ("clocks/monotonic-clock", "now") => Val::U64(MONOTONIC_CLOCK),
        ("clocks/monotonic-clock", "resolution") => Val::U64(1),

        ("random/random", "get-random-u64") | ("random/insecure", "get-insecure-random-u64") => {
            Val::U64(next(call.state()))
        }
        ("random/random", "get-random-bytes")
        | ("random/insecure", "get-insecure-random-bytes") => match args {
            [Val::U64(length)] => random_bytes(call.state(), *length)?,
            _ => return Err(refused(import, func)),
        },
        ("random/insecure-seed", "insecure-seed") => {
            let state = call.state();
            Val::Tuple(vec![Val::U64(next(state)), Val::U64(next(state))])
        }
        _ => return Err(refused(import, func)),
    }))
}

fn refused(import: &str, func: &str) -> wasmtime::Error {
    let message = format!("the WASI stub does not offer {import}#{func}");
    ended(FaultKind::Policy, message)
}

fn ended(kind: FaultKind, message: String) -> wasmtime::Error {
    wasmtime::Error::new(Ended { kind, message })
}

fn ok(value: Option<Val>) -> Val {
    Val::Result(Ok(value.map(Box::new)))
}

fn datetime(seconds: u64, nanoseconds: u32) -> Val {
    Val::Record(vec![
        ("seconds".to_owned(), Val::U64(seconds)),
        ("nanoseconds".to_owned(), Val::U32(nanoseconds)),
    ])
}

fn handle(call: &mut HostCall<'_>) -> wasmtime::Result<Val> {
    let resource = Resource::<Stub>::new_own(0);
    let handle = ResourceAny::try_from_resource(resource, call.store())?;
    Ok(Val::Resource(handle))
}

/// SplitMix64, from the seed 0 in each instance.
fn next(state: &mut State) -> u64 {
    state.random = state.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = state.random;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn random_bytes(state: &mut State, length: u64) -> wasmtime::Result<Val> {
    if length > MAX_RANDOM_BYTES {
        let message = format!(
            "the component asked for {length} random bytes; {MAX_RANDOM_BYTES} is the most"
        );
        return Err(ended(FaultKind::Trap, message));
    }
    let draws = (0..length.div_ceil(8)).flat_map(|_| next(state).to_le_bytes());
    Ok(Val::List(
        draws.take(length as usize).map(Val::U8).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::memory::Memory;

    #[test]
    fn every_patch_of_0_2_is_known_and_nothing_else() {
        for name in ["wasi:cli/stdout@0.2.0", "wasi:io/poll@0.2.17"] {
            assert!(knows(name), "{name}");
        }
        for name in [
            "wasi:cli/stdout",
            "wasi:cli/stdout@0.3.0",
            "wasi:cli/run@0.20.0",
            "acme:cli/stdout@0.2.0",
        ] {
            assert!(!knows(name), "{name}");
        }
    }

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut state = State::alone(&Config::default(), &Memory::new(0));
        assert_eq!(next(&mut state), 0xE220_A839_7B1D_CDAF);
        assert_eq!(next(&mut state), 0x6E78_9E6A_A1B9_65F4);
        let Val::List(bytes) = random_bytes(&mut state, 9).expect("few") else {
            panic!("no list");
        };
        let expected = 0x06C4_5D18_8009_454F_u64.to_le_bytes();
        assert!(
            bytes
                .iter()
                .zip(expected)
                .all(|(byte, it)| *byte == Val::U8(it))
        );
        assert_eq!(bytes.len(), 9);
        assert!(random_bytes(&mut state, MAX_RANDOM_BYTES + 1).is_err());
    }
}
