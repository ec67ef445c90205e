//! A call from a kernel to a function of the host, on values.

use crate::fault::FaultKind;
use crate::state::State;
use crate::values::{brief, check};
use std::error::Error;
use std::fmt;
use wasmtime::component::types::ComponentFunc;
use wasmtime::component::{
    Resource, ResourceAny, ResourceTable, ResourceTableError, ResourceType, Val,
};
use wasmtime::{AsContextMut, StoreContextMut};

/// What a host function on values has at hand; see [`Import::func`](crate::Import::func).
///
/// A resource among the arguments is looked at by [`value`](HostCall::value) or taken by [`take`](HostCall::take);
/// what is neither ends with the call, as the component expects.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tenon_host::{Config, Engine, Import, LoadOptions, wasmtime::component::Val};
///
/// struct Purse { coins: u32 }
///
/// let purses = Import::interface("acme:shop/purses@1.0.0")
///     .resource::<Purse>("purse")
///     .func("find", |call, _| call.give(Purse { coins: 3 }).map(Some))
///     .func("[method]purse.pay", |call, args| {
///         let purse = call.value::<Purse>(&args[0])?;
///         purse.coins = purse.coins.checked_sub(1).ok_or("the purse is empty").map_err(tenon_host::wasmtime::Error::msg)?;
///         Ok(Some(Val::U32(purse.coins)))
///     })
///     .func("empty", |call, args| Ok(Some(Val::U32(call.take::<Purse>(&args[0])?.coins))));
///
/// // The component's function `f` finds a purse, pays with it, and empties it.
/// # let component = wat::parse_str(r#"(component
/// #     (import "acme:shop/purses@1.0.0" (instance $i
/// #         (export "purse" (type $purse (sub resource)))
/// #         (export "find" (func (result (own $purse))))
/// #         (export "[method]purse.pay" (func (param "self" (borrow $purse)) (result u32)))
/// #         (export "empty" (func (param "purse" (own $purse)) (result u32)))))
/// #     (core func $find (canon lower (func $i "find")))
/// #     (core func $pay (canon lower (func $i "[method]purse.pay")))
/// #     (core func $empty (canon lower (func $i "empty")))
/// #     (core module $m
/// #         (import "" "find" (func $find (result i32)))
/// #         (import "" "pay" (func $pay (param i32) (result i32)))
/// #         (import "" "empty" (func $empty (param i32) (result i32)))
/// #         (func (export "f") (result i32) (local i32)
/// #             (local.set 0 (call $find))
/// #             (drop (call $pay (local.get 0)))
/// #             (call $empty (local.get 0))))
/// #     (core instance $m (instantiate $m (with "" (instance
/// #         (export "find" (func $find)) (export "pay" (func $pay)) (export "empty" (func $empty))))))
/// #     (func (export "f") (result u32) (canon lift (core func $m "f"))))"#)?;
/// let options = LoadOptions { imports: vec![purses], ..LoadOptions::default() };
/// let kernel = Engine::new(&Config::default())?.load_with(&component, &options)?;
/// assert_eq!(kernel.call_wave("f", &[""; 0])?, "2");
/// # Ok(())
/// # }
/// ```
pub struct HostCall<'a> {
    store: StoreContextMut<'a, State>,
    seen: Vec<Seen>,
}

/// A handle among the arguments whose value has been looked at: wasmtime lets it be turned into the value's place once.
struct Seen {
    handle: ResourceAny,
    /// `None` once the value is taken.
    place: Option<u32>,
    delete: fn(&mut ResourceTable, u32) -> Result<(), ResourceTableError>,
}

impl<'a> HostCall<'a> {
    /// Makes a value of the host into a resource that belongs to the kernel, as the answer to its call.
    pub fn give<T: Send + 'static>(&mut self, value: T) -> wasmtime::Result<Val> {
        let resource = self.store.data_mut().resources().push(value)?;
        let handle = ResourceAny::try_from_resource(resource, &mut self.store)?;
        Ok(Val::Resource(handle))
    }

    /// The value behind a handle among the arguments, lent or owned.
    pub fn value<T: Send + 'static>(&mut self, handle: &Val) -> wasmtime::Result<&mut T> {
        let place = self.place::<T>(handle)?;
        let key = Resource::<T>::new_borrow(place);
        Ok(self.store.data_mut().resources().get_mut(&key)?)
    }

    /// The value behind an owned handle among the arguments: the kernel has given it away.
    ///
    /// To hand it back as the answer, [`give`](HostCall::give) it again.
    pub fn take<T: Send + 'static>(&mut self, handle: &Val) -> wasmtime::Result<T> {
        let place = self.place::<T>(handle)?;
        let Val::Resource(any) = handle else {
            return Err(not_a_resource(handle));
        };
        if !any.owned() {
            wasmtime::bail!("the kernel has lent the resource, not given it away");
        }
        for seen in self.seen.iter_mut().filter(|seen| seen.handle == *any) {
            seen.place = None;
        }
        let key = Resource::<T>::new_own(place);
        Ok(self.store.data_mut().resources().delete(key)?)
    }

    /// The state of the calling instance.
    pub fn state(&mut self) -> &mut State {
        self.store.data_mut()
    }

    pub(crate) fn store(&mut self) -> &mut StoreContextMut<'a, State> {
        &mut self.store
    }

    /// Where the value of a handle is kept.
    fn place<T: 'static>(&mut self, handle: &Val) -> wasmtime::Result<u32> {
        let Val::Resource(any) = handle else {
            return Err(not_a_resource(handle));
        };
        if any.ty() != ResourceType::host::<T>() {
            wasmtime::bail!("the resource is not a {}", std::any::type_name::<T>());
        }
        if let Some(seen) = self.seen.iter().find(|seen| seen.handle == *any) {
            let taken = || wasmtime::format_err!("the resource has been taken");
            return seen.place.ok_or_else(taken);
        }
        let place = any.try_into_resource::<T>(&mut self.store)?.rep();
        self.seen.push(Seen {
            handle: *any,
            place: Some(place),
            delete: |table, place| table.delete(Resource::<T>::new_own(place)).map(drop),
        });
        Ok(place)
    }

    /// Ends what the call has lent and was given, whatever of it the function has looked at.
    fn settle(&mut self, args: &[Val], answer: Option<&Val>) -> wasmtime::Result<()> {
        let (mut handles, mut kept) = (Vec::new(), Vec::new());
        args.iter().for_each(|arg| collect(arg, &mut handles));
        answer
            .into_iter()
            .for_each(|value| collect(value, &mut kept));
        for handle in handles {
            let seen = self.seen.iter().find(|seen| seen.handle == handle);
            match seen {
                Some(_) if kept.contains(&handle) => {
                    return Err(failed(wasmtime::format_err!(
                        "a resource whose value was looked at is handed back: take the value and give it again"
                    )));
                }
                None if kept.contains(&handle) => {}
                None => handle.resource_drop(&mut self.store)?,
                Some(seen) => {
                    if let (true, Some(place)) = (handle.owned(), seen.place) {
                        (seen.delete)(self.store.data_mut().resources(), place).map_err(failed)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn not_a_resource(value: &Val) -> wasmtime::Error {
    wasmtime::format_err!("{} is not a resource", brief(format_args!("{value:?}")))
}

/// Every handle in a value.
fn collect(value: &Val, handles: &mut Vec<ResourceAny>) {
    match value {
        Val::Resource(handle) => handles.push(*handle),
        Val::List(values) | Val::Tuple(values) => {
            values.iter().for_each(|value| collect(value, handles));
        }
        Val::Record(fields) => fields.iter().for_each(|(_, value)| collect(value, handles)),
        Val::Variant(_, Some(value))
        | Val::Option(Some(value))
        | Val::Result(Ok(Some(value)) | Err(Some(value))) => collect(value, handles),
        _ => {}
    }
}

/// A function of the host on values.
pub(crate) type Function<'f> =
    dyn Fn(&mut HostCall<'_>, &[Val]) -> wasmtime::Result<Option<Val>> + 'f;

/// Runs a function of the host on values.
pub(crate) fn run(
    mut store: StoreContextMut<'_, State>,
    ty: &ComponentFunc,
    args: &[Val],
    results: &mut [Val],
    call: &Function<'_>,
) -> wasmtime::Result<()> {
    let mut host = HostCall {
        store: store.as_context_mut(),
        seen: Vec::new(),
    };
    let answer = call(&mut host, args).map_err(failed)?;
    host.settle(args, answer.as_ref())?;
    match (results, answer, ty.results().next()) {
        ([], None, _) => Ok(()),
        ([result], Some(answer), Some(ty)) => {
            check(&ty, &answer).map_err(|error| wrong(&format!("a wrong result: {error}")))?;
            *result = answer;
            Ok(())
        }
        ([], Some(_), _) => Err(wrong("a result, its type has none")),
        _ => Err(wrong("no result, its type has one")),
    }
}

fn wrong(what: &str) -> wasmtime::Error {
    failed(wasmtime::format_err!("the host's function gives {what}"))
}

/// An error of the host's own implementation, told apart from wasmtime's errors about the guest.
#[derive(Debug)]
pub(crate) struct HostFailure(pub(crate) Box<dyn Error + Send + Sync>);

impl fmt::Display for HostFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for HostFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// Marks an error as the host's.
pub(crate) fn failed(error: impl Into<wasmtime::Error>) -> wasmtime::Error {
    let error = error.into();
    if error.is::<Ended>() {
        return error;
    }
    wasmtime::Error::new(HostFailure(error.into_boxed_dyn_error()))
}

/// A call that the host itself ends, with a fault of this kind and in these words.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) kind: FaultKind,
    pub(crate) message: String,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Ended {}

/// wasmtime as the code of [`contract!`](crate::contract) sees it: errors of host functions are marked as such.
#[doc(hidden)]
pub mod bindings {
    pub use wasmtime::*;

    /// What the code of `bindgen!` calls with the answer of a host function.
    pub trait ToWasmtimeResult<T> {
        /// The answer, its error marked.
        fn to_wasmtime_result(self) -> Result<T>;
    }

    impl<T> ToWasmtimeResult<T> for Result<T> {
        fn to_wasmtime_result(self) -> Result<T> {
            self.map_err(super::failed)
        }
    }
}
