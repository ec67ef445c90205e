//! What a slot must know of a contract, and the macro that writes it.

use crate::guest::Guest;
use crate::state::State;
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

/// A contract in Rust: its identity and the types of its one interface.
///
/// The [`contract!`](crate::contract) macro implements this for a contract of your own.
pub trait Contract: Sized + 'static {
    /// Namespace and name of the WIT package, as `tenon:redact`.
    const PACKAGE: &'static str;

    /// Version of the WIT package, as `1.0.0`.
    const VERSION: &'static str;

    /// The interface as a caller sees it, such as `dyn Redactor`: both a kernel and a baseline are one.
    type Api: ?Sized;

    /// The interface as a baseline implements it, such as `dyn Redactor + Send + Sync`.
    type Native: ?Sized + Send + Sync + 'static;

    /// Where the functions stand among a component's exports.
    type Indices: Send + Sync + 'static;

    /// The functions of one instance.
    type Bindings: Send + 'static;

    /// Finds the functions in a component.
    fn find(pre: &InstancePre<State>) -> wasmtime::Result<Self::Indices>;

    /// Takes the functions of an instance, checking every type against the contract's.
    fn bind(
        indices: &Self::Indices,
        store: &mut Store<State>,
        instance: &Instance,
    ) -> wasmtime::Result<Self::Bindings>;

    /// An instance as its interface.
    fn guest(guest: &Guest<Self::Bindings>) -> &Self::Api;

    /// A baseline as its interface.
    fn native(native: &Self::Native) -> &Self::Api;
}

/// A contract for which values of type `N` can be a baseline: those that implement its interface.
pub trait Baseline<N>: Contract {
    /// The value behind a pointer that threads share.
    fn share(native: N) -> std::sync::Arc<Self::Native>;
}

/// Writes the module of a contract: wasmtime's bindings, a trait with a method a function, and the [`Contract`] type.
///
/// Types come from wasmtime's `bindgen!`, by the WIT package in the folder `wit` (relative to your `Cargo.toml`), whose
/// world is called `kernel`. Name the interface's path and the interface as a trait; a method's arguments and result are
/// those that `bindgen!` chooses (lists and strings are borrowed in arguments and owned in results). After `=>` stands
/// the function of the bindings, which is `call_` and the name.
///
/// ```
/// mod greeting {
///     tenon_host::contract! {
///         wit: "tests/data/greeting",
///         package: "acme:greeting@0.1.0",
///         interface: acme::greeting::greeter,
///         /// Greets.
///         pub trait Greeter {
///             /// A greeting for everyone named.
///             fn greet(names: &[&str]) -> Vec<Greeting> => call_greet;
///         }
///     }
/// }
///
/// struct Plain;
///
/// impl greeting::Greeter for Plain {
///     fn greet(&self, names: &[&str]) -> Result<Vec<greeting::Greeting>, tenon_host::Fault> {
///         Ok(names.iter().map(|name| greeting::Greeting { text: format!("Hello {name}"), warm: true }).collect())
///     }
/// }
///
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{Config, Engine};
///
/// let engine = Engine::new(&Config::default())?;
/// let slot = engine.slot::<greeting::Contract>("hello").baseline(Plain).build()?;
/// assert_eq!(slot.call(|k| k.greet(&["you"]))?[0].text, "Hello you");
/// # Ok(())
/// # }
/// ```
///
/// # Resources
///
/// Name the interface's resources, and its functions by the resource and theirs, as `blob.call_read`. In the trait a resource
/// is a [`Resource`](crate::Resource): owned as an argument it is given away, lent it is a reference, as a result it is the caller's.
///
/// # Imports
///
/// For each interface that the world imports, a module with its types, its traits (`Host`, and `HostBlob` for a resource `blob`),
/// and a function `import`, whose result goes into [`LoadOptions`](crate::LoadOptions). It takes a function that makes the
/// value that implements the traits, one for each instance of the kernel. Methods answer with a `wasmtime::Result`: an
/// error is a trap for the kernel, and for its caller a fault of kind `trap` with the error in its chain. What the world
/// imports outside of interfaces is named `world`, and its trait `Host` too. With `with` a resource gets a type of yours, to
/// be kept in [`State::resources`](crate::State::resources) or a table of the implementing value's own.
///
/// ```
/// mod counters {
///     tenon_host::contract! {
///         wit: "tests/data/counters",
///         package: "acme:counters@0.1.0",
///         interface: acme::counters::counting,
///         resources: [Counter],
///         imports: {
///             audit: acme::counters::audit = "acme:counters/audit@0.1.0",
///             surroundings: world,
///         },
///         with: { "acme:counters/audit.ticket": crate::Ticket },
///         /// Counters that live in the kernel.
///         pub trait Counting {
///             /// A counter that begins at a number.
///             fn counter(start: u32) -> Resource<'_, Counter> => counter.call_constructor;
///             /// Adds to it, and tells what it has come to.
///             fn add(counter: &Resource<'_, Counter>, n: u32) -> u32 => counter.call_add;
///             /// Takes a ticket of a kind, and has it stamped twice.
///             fn audited(kind: u32, by: u32) -> u32 => call_audited;
///         }
///     }
/// }
///
/// use tenon_host::{Config, Engine, LoadOptions, wasmtime};
/// use tenon_host::wasmtime::component::{Resource, ResourceTable};
///
/// pub struct Ticket { stamps: u32 }      // dropped when the kernel drops its handle
///
/// #[derive(Default)]
/// struct Office { notes: Vec<u32>, tickets: ResourceTable }
///
/// impl counters::audit::Host for Office {
///     fn note(&mut self, value: u32) -> wasmtime::Result<()> {
///         self.notes.push(value);
///         Ok(())
///     }
/// }
///
/// impl counters::audit::HostTicket for Office {
///     fn new(&mut self, _kind: u32) -> wasmtime::Result<Resource<Ticket>> {
///         Ok(self.tickets.push(Ticket { stamps: 0 })?)
///     }
///     fn stamp(&mut self, ticket: Resource<Ticket>, by: u32) -> wasmtime::Result<u32> {
///         let ticket = self.tickets.get_mut(&ticket)?;
///         ticket.stamps += by;
///         Ok(ticket.stamps)
///     }
///     fn drop(&mut self, ticket: Resource<Ticket>) -> wasmtime::Result<()> {
///         self.tickets.delete(ticket)?;
///         Ok(())
///     }
/// }
///
/// impl counters::surroundings::Host for Office {
///     fn limit(&mut self) -> wasmtime::Result<u32> { Ok(100) }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let options = LoadOptions {
///     imports: vec![counters::audit::import(Office::default), counters::surroundings::import(Office::default)],
///     ..LoadOptions::default()
/// };
/// let engine = Engine::new(&Config::default())?;
/// # let component = wat::parse_file("tests/data/counters/counters.wat")?;
/// let kernel = engine.load_with(&component, &options)?;
/// assert_eq!(kernel.grants(), ["acme:counters/audit@0.1.0", "limit"]);
///
/// let slot = engine.slot::<counters::Contract>("counters").kernel(&kernel).build()?;
/// assert_eq!(slot.call(|k| k.audited(1, 5))?, 10);
///
/// let pin = slot.pin()?;
/// let counter = pin.counter(40)?;
/// assert_eq!(pin.add(&counter, 2)?, 42);
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! contract {
    (
        wit: $wit:literal,
        package: $package:literal,
        interface: $($path:ident)::+,
        $(resources: [$($Resource:ident),* $(,)?],)?
        $(imports: { $($module:ident: $import:ident $(:: $import_path:ident)* $(= $import_name:literal)?),* $(,)? },)?
        $(with: { $($with:tt)* },)?
        $(#[$doc:meta])*
        pub trait $Api:ident {
            $(
                $(#[$fn_doc:meta])*
                fn $fn:ident($($arg:ident: $arg_ty:ty),* $(,)?) $(-> $out:ty)? => $call:ident $(. $method:ident)?;
            )+
        }
    ) => {
        #[allow(missing_docs, unreachable_pub, unused_imports)]
        mod bindings {
            $crate::wasmtime::component::bindgen!({
                path: $wit,
                world: "kernel",
                ownership: Borrowing { duplicate_if_necessary: false },
                additional_derives: [PartialEq],
                imports: { default: trappable },
                $(with: { $($with)* },)?
                wasmtime_crate: tenon_host::bindings,
            });
        }

        pub use bindings::exports::$($path)::+::*;
        #[allow(unused_imports)]
        use $crate::Resource;

        $($(
            /// A resource of the contract; see [`Resource`](tenon_host::Resource).
            pub enum $Resource {}
        )*)?

        $($(
            $crate::contract!(@import $module: $import $(:: $import_path)* $(= $import_name)?);
        )*)?

        $(#[$doc])*
        pub trait $Api {
            $(
                $(#[$fn_doc])*
                fn $fn(&self $(, $arg: $arg_ty)*) -> ::core::result::Result<$crate::contract!(@out $($out)?), $crate::Fault>;
            )+
        }

        impl $Api for $crate::Guest<Guest> {
            $(
                #[inline]
                fn $fn(&self $(, $arg: $arg_ty)*) -> ::core::result::Result<$crate::contract!(@out $($out)?), $crate::Fault> {
                    $(let $arg = $crate::Argument::pass($arg, self)?;)*
                    $(let $arg = $arg.give();)*
                    let answer = self.call(
                        $crate::contract!(@name $fn $call $($method)?),
                        |bindings, store| $crate::contract!(@call bindings store [$call $($method)?] $($arg)*),
                    )?;
                    ::core::result::Result::Ok($crate::Answer::take(answer, self))
                }
            )+
        }

        /// The contract, for [`Engine::slot`](tenon_host::Engine::slot).
        pub struct Contract;

        impl $crate::Contract for Contract {
            const PACKAGE: &'static str = $crate::package_name($package);
            const VERSION: &'static str = $crate::package_version($package);
            type Api = dyn $Api;
            type Native = dyn $Api + Send + Sync;
            type Indices = GuestIndices;
            type Bindings = Guest;

            fn find(
                pre: &$crate::wasmtime::component::InstancePre<$crate::State>,
            ) -> $crate::wasmtime::Result<GuestIndices> {
                GuestIndices::new(pre)
            }

            fn bind(
                indices: &GuestIndices,
                store: &mut $crate::wasmtime::Store<$crate::State>,
                instance: &$crate::wasmtime::component::Instance,
            ) -> $crate::wasmtime::Result<Guest> {
                indices.load(store, instance)
            }

            fn guest(guest: &$crate::Guest<Guest>) -> &(dyn $Api + 'static) {
                guest
            }

            fn native(native: &Self::Native) -> &(dyn $Api + 'static) {
                native
            }
        }

        impl<N: $Api + Send + Sync + 'static> $crate::Baseline<N> for Contract {
            fn share(native: N) -> ::std::sync::Arc<dyn $Api + Send + Sync> {
                ::std::sync::Arc::new(native)
            }
        }
    };
    (@out $out:ty) => { $out };
    (@out) => { () };
    (@name $fn:ident $call:ident) => { stringify!($fn) };
    (@name $fn:ident $call:ident $method:ident) => { concat!(stringify!($call), ".", stringify!($method)) };
    (@call $bindings:ident $store:ident [$call:ident] $($arg:ident)*) => { $bindings.$call($store $(, $arg)*) };
    (@call $bindings:ident $store:ident [$call:ident $method:ident] $($arg:ident)*) => {
        $bindings.$call().$method($store $(, $arg)*)
    };
    (@import $module:ident: world) => {
        /// What the world imports outside of interfaces.
        pub mod $module {
            pub use super::bindings::KernelImports as Host;

            /// Implements it by the values of `make`, one for each instance.
            pub fn import<H: Host + Send + 'static>(make: impl Fn() -> H + Send + Sync + 'static) -> $crate::Import {
                $crate::Import::world().typed_world(make, |linker| {
                    super::bindings::Kernel::add_to_linker_imports::<_, $crate::wasmtime::component::HasSelf<H>>(
                        linker,
                        |state: &mut $crate::State| state.host::<H>(),
                    )
                })
            }
        }
    };
    (@import $module:ident: $($path:ident)::+ = $name:literal) => {
        #[doc = concat!("The imported interface `", $name, "`.")]
        pub mod $module {
            pub use super::bindings::$($path)::+::*;

            /// Implements it by the values of `make`, one for each instance.
            pub fn import<H: Host + Send + 'static>(make: impl Fn() -> H + Send + Sync + 'static) -> $crate::Import {
                $crate::Import::interface($name).typed(make, |instance| {
                    add_to_linker_instance::<_, $crate::wasmtime::component::HasSelf<H>>(
                        instance,
                        |state: &mut $crate::State| state.host::<H>(),
                    )
                })
            }
        }
    };
}

/// `ns:name` of `ns:name@version`.
#[doc(hidden)]
pub const fn package_name(package: &str) -> &str {
    package.split_at(at(package)).0
}

/// `version` of `ns:name@version`, empty where there is none.
#[doc(hidden)]
pub const fn package_version(package: &str) -> &str {
    let (_, version) = package.split_at(at(package));
    if version.is_empty() {
        version
    } else {
        version.split_at(1).1
    }
}

const fn at(package: &str) -> usize {
    let bytes = package.as_bytes();
    let mut index = 0;
    while index < bytes.len() && bytes[index] != b'@' {
        index += 1;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_split_at_their_version() {
        assert_eq!(
            (package_name("a:b@1.0.0"), package_version("a:b@1.0.0")),
            ("a:b", "1.0.0")
        );
        assert_eq!((package_name("a:b"), package_version("a:b")), ("a:b", ""));
    }
}
