//! What a kernel is granted besides its arguments: functions and resources of the host.

use crate::host_call::{self, HostCall};
use crate::state::{Maker, State};
use std::any::TypeId;
use std::fmt;
use std::sync::Arc;
use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceType, Val};

/// What a component is loaded with. The default grants nothing: a kernel is a pure function of its arguments.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{Config, Engine, Import, LoadOptions, wasmtime::component::Val};
///
/// // (component (import "now" (func (result u64))) … (export "f" …)) calls `now` and gives its answer.
/// # let bytes = wat::parse_str(r#"(component
/// #   (import "now" (func $now (result u64)))
/// #   (core func $now (canon lower (func $now)))
/// #   (core module $m (import "" "now" (func $now (result i64))) (export "f" (func $now)))
/// #   (core instance $i (instantiate $m (with "" (instance (export "now" (func $now))))))
/// #   (func (export "f") (result u64) (canon lift (core func $i "f"))))"#).unwrap();
/// let engine = Engine::new(&Config::default())?;
/// let options = LoadOptions {
///     imports: vec![Import::world().func("now", |_, _| Ok(Some(Val::U64(42))))],
///     ..LoadOptions::default()
/// };
/// let kernel = engine.load_with(&bytes, &options)?;
/// assert_eq!(kernel.grants(), ["now"]);
/// assert_eq!(kernel.call_wave("f", &[""; 0])?, "42");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// What the host implements. More than the component imports is fine.
    pub imports: Vec<Import>,
    /// Whether the interfaces of WASI that `imports` leave open are answered.
    pub wasi: Wasi,
}

/// What a component gets for the interfaces of WASI that it imports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wasi {
    /// Nothing: a component that needs them is refused.
    #[default]
    None,
    /// Answers that are always the same and reach nothing: an empty environment, output that is thrown away, input
    /// that has ended, a clock that stands still, numbers from a fixed seed. It lets components of `wasm32-wasip2`
    /// run that link WASI without needing it; what else they call of it ends in a fault of kind `policy`. It has
    /// resources of its own alone: whoever grants an interface grants those too whose functions take or give its resources.
    Stub,
}

type Items = Arc<dyn Fn(&mut LinkerInstance<'_, State>) -> wasmtime::Result<()> + Send + Sync>;
type Whole = Arc<dyn Fn(&mut Linker<State>) -> wasmtime::Result<()> + Send + Sync>;

/// A part of an import.
#[derive(Clone)]
enum Part {
    Items(Items),
    Nested(Import),
    Linker(Whole),
}

/// The host's implementation of one imported interface, or of the functions of the world itself.
///
/// The code that [`contract!`](crate::contract) writes for a world's imports makes typed ones; by hand they are made
/// of functions on values:
///
/// ```
/// use tenon_host::{Import, wasmtime::component::Val};
///
/// struct Session { user: String }
///
/// let import = Import::interface("acme:shop/sessions@1.2.0")
///     .resource::<Session>("session")
///     .func("[constructor]session", |call, args| {
///         let [Val::String(user)] = args else { tenon_host::wasmtime::bail!("a user's name") };
///         call.give(Session { user: user.clone() }).map(Some)
///     })
///     .func("[method]session.user", |call, args| {
///         Ok(Some(Val::String(call.value::<Session>(&args[0])?.user.clone())))
///     });
/// assert_eq!(import.name(), "acme:shop/sessions@1.2.0");
/// ```
///
/// A component that imports `acme:shop/sessions@1.0.3` finds this too, and so does one that imports `@1.4.0`: versions
/// match as they do in wasmtime's linker and on the Go host. An exact match goes first, then the highest version of the same
/// semver track (`1`, `0.3`; a version `0.0.z` or with a pre-release is only itself).
#[derive(Clone)]
pub struct Import {
    name: String,
    parts: Vec<Part>,
    makers: Vec<Maker>,
}

impl Import {
    /// An interface by its full name, with nothing in it yet.
    pub fn interface(name: impl Into<String>) -> Import {
        Import {
            name: name.into(),
            parts: Vec::new(),
            makers: Vec::new(),
        }
    }

    /// What a world imports outside of interfaces, with nothing in it yet.
    pub fn world() -> Import {
        Import::interface("")
    }

    /// The interface's full name; empty for the world itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a function on values, by its name in the component: `write`, `[method]blob.read`.
    ///
    /// It is called with as many values, and of such types, as the component declares, and answers with a value where
    /// the component declares a result. An error is a trap for the kernel, and for its caller a fault of kind `trap`
    /// with the error in its chain.
    pub fn func<F>(self, name: &str, call: F) -> Import
    where
        F: Fn(&mut HostCall<'_>, &[Val]) -> wasmtime::Result<Option<Val>> + Send + Sync + 'static,
    {
        let (name, call) = (name.to_owned(), Arc::new(call));
        self.part(move |instance| {
            let call = Arc::clone(&call);
            instance.func_new(&name, move |store, ty, args, results| {
                host_call::run(store, &ty, args, results, &*call)
            })
        })
    }

    /// Adds a resource whose values are of type `T`, for [`HostCall::give`].
    ///
    /// A value is dropped when the kernel drops its handle, or with the instance: whatever has to happen then is `T`'s
    /// own `Drop`. Two resources with the same `T` are one type to a component.
    pub fn resource<T: Send + 'static>(self, name: &str) -> Import {
        let name = name.to_owned();
        self.part(move |instance| {
            instance.resource(&name, ResourceType::host::<T>(), |mut store, rep| {
                let taken = store
                    .data_mut()
                    .resources()
                    .delete(Resource::<T>::new_own(rep));
                taken.map(drop).map_err(host_call::failed)
            })
        })
    }

    /// Adds an instance within this one.
    pub fn nested(mut self, import: Import) -> Import {
        self.parts.push(Part::Nested(import));
        self
    }

    /// Adds what code of wasmtime's `bindgen!` defines: `make` makes a value for each instance of a kernel, and `link`
    /// is given the place in the linker, to define functions that find that value by [`State::host`].
    ///
    /// Errors of functions that are defined this way by hand read as the guest's, of kind `abi`; those of [`Import::func`] and of
    /// [`contract!`](crate::contract) are known as the host's.
    ///
    /// Imports that are implemented by the same type share one value in an instance: that of the first of them.
    pub fn typed<H: Send + 'static>(
        self,
        make: impl Fn() -> H + Send + Sync + 'static,
        link: impl Fn(&mut LinkerInstance<'_, State>) -> wasmtime::Result<()> + Send + Sync + 'static,
    ) -> Import {
        self.made_by(make).part(link)
    }

    /// Adds the functions of a world, as `bindgen!` defines them on a whole linker.
    #[doc(hidden)]
    pub fn typed_world<H: Send + 'static>(
        mut self,
        make: impl Fn() -> H + Send + Sync + 'static,
        link: impl Fn(&mut Linker<State>) -> wasmtime::Result<()> + Send + Sync + 'static,
    ) -> Import {
        self.parts.push(Part::Linker(Arc::new(link)));
        self.made_by(make)
    }

    fn made_by<H: Send + 'static>(
        mut self,
        make: impl Fn() -> H + Send + Sync + 'static,
    ) -> Import {
        self.makers.push(Maker {
            ty: TypeId::of::<H>(),
            make: Arc::new(move || Box::new(make())),
        });
        self
    }

    fn part(
        mut self,
        define: impl Fn(&mut LinkerInstance<'_, State>) -> wasmtime::Result<()> + Send + Sync + 'static,
    ) -> Import {
        self.parts.push(Part::Items(Arc::new(define)));
        self
    }

    /// Defines all of it in a linker.
    pub(crate) fn define(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        for part in &self.parts {
            if let Part::Linker(define) = part {
                define(linker)?;
            }
        }
        if self.name.is_empty() {
            self.define_items(&mut linker.root())
        } else {
            self.define_items(&mut linker.instance(&self.name)?)
        }
    }

    fn define_items(&self, instance: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
        for part in &self.parts {
            match part {
                Part::Items(define) => define(instance)?,
                Part::Nested(import) => {
                    import.define_items(&mut instance.instance(&import.name)?)?
                }
                Part::Linker(_) => {}
            }
        }
        Ok(())
    }

    /// The values that each instance needs, those of nested imports included.
    pub(crate) fn makers(&self) -> Vec<Maker> {
        let nested = self.parts.iter().filter_map(|part| match part {
            Part::Nested(import) => Some(import.makers()),
            _ => None,
        });
        self.makers
            .iter()
            .cloned()
            .chain(nested.flatten())
            .collect()
    }
}

impl fmt::Debug for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Import({})", self.name)
    }
}
