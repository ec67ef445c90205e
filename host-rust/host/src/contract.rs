//! What a slot must know of a contract, and the macro that writes it.

use crate::guest::{Guest, State};
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
#[macro_export]
macro_rules! contract {
    (
        wit: $wit:literal,
        package: $package:literal,
        interface: $($path:ident)::+,
        $(#[$doc:meta])*
        pub trait $Api:ident {
            $(
                $(#[$fn_doc:meta])*
                fn $fn:ident($($arg:ident: $arg_ty:ty),* $(,)?) $(-> $out:ty)? => $call:ident;
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
                wasmtime_crate: tenon_host::wasmtime,
            });
        }

        pub use bindings::exports::$($path)::+::*;

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
                    self.call(stringify!($fn), |bindings, store| bindings.$call(store $(, $arg)*))
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
