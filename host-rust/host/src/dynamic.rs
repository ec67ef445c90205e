//! Calls whose types are known only at run time: for tools, tests and warming up.

use crate::facts::ExportName;
use crate::fault::{Fault, FaultKind};
use crate::guest::Guest;
use crate::kernel::Kernel;
use crate::limits::{CallOptions, Limits, TOOL_DEADLINE};
use crate::state::State;
use crate::values::{brief, check, has_resource, type_name, zeros};
use std::fmt;
use wasmtime::Store;
use wasmtime::component::{Func, Type, Val};

/// One instance of a kernel, for calls by name. It ends with its first fault.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::wasmtime::component::Val;
/// # use tenon_host::{Config, Engine};
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let instance = kernel.open()?;
/// let sum = instance.call("add", &[Val::U32(40), Val::U32(2)])?;
/// assert_eq!(sum, [Val::U32(42)]);
/// # Ok(())
/// # }
/// ```
pub struct Instance {
    guest: Guest<()>,
    limits: Limits,
}

impl Instance {
    /// Bounds the calls that follow; before that a call may run for ten seconds. What `options` leave open stays as it is.
    ///
    /// A budget of fuel is a fault of kind `policy` where the engine does not count fuel.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine};
    /// use std::time::Duration;
    /// use tenon_host::CallOptions;
    ///
    /// # let engine = Engine::new(&Config::default())?;
    /// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// let mut instance = kernel.open()?;
    /// instance.set_limits(&CallOptions { deadline: Some(Duration::from_millis(50)), ..CallOptions::default() })?;
    /// assert_eq!(instance.call_wave("add", &["40", "2"])?, "42");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_limits(&mut self, options: &CallOptions) -> Result<(), Fault> {
        let limits = self.limits.with(options);
        limits.check(self.guest.kernel().engine().config().fuel)?;
        self.guest.set_limits(limits.clone());
        self.limits = limits;
        Ok(())
    }

    /// Calls an export; see [`Kernel::find_export`] for how it may be named. The result has one value, or none.
    pub fn call(&self, export: &str, args: &[Val]) -> Result<Vec<Val>, Fault> {
        let kernel = self.guest.kernel();
        let name = kernel.find_export(export)?;
        let types = self.guest.param_types(name)?;
        if types.len() != args.len() {
            return Err(wrong_arguments(name, &types, args.len()));
        }
        for ((param, ty), arg) in types.iter().zip(args) {
            check(ty, arg).map_err(|error| {
                let message = brief(format_args!("argument {param}: {error}"));
                Fault::new(FaultKind::Abi, message).in_export(name.to_string())
            })?;
        }
        self.guest.call_dynamic(name, args)
    }

    /// The parameters of an export, by name and type.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine};
    /// use tenon_host::wasmtime::component::Type;
    ///
    /// # let engine = Engine::new(&Config::default())?;
    /// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// let instance = kernel.open_cold()?;
    /// assert_eq!(instance.params("add")?[1], ("b".to_owned(), Type::U32));
    /// assert_eq!(instance.results("add")?, [Type::U32]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn params(&self, export: &str) -> Result<Vec<(String, Type)>, Fault> {
        self.guest
            .param_types(self.guest.kernel().find_export(export)?)
    }

    /// The type of an export's result, or nothing; see [`params`](Instance::params) for an example.
    pub fn results(&self, export: &str) -> Result<Vec<Type>, Fault> {
        self.guest
            .result_types(self.guest.kernel().find_export(export)?)
    }

    /// Drops a resource that a call has given; its destructor may run. Each owned handle is dropped once, or given away in a
    /// call; other values are left alone.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use tenon_host::{Config, Engine};
    /// use tenon_host::wasmtime::component::Val;
    ///
    /// # let engine = Engine::new(&Config::default())?;
    /// // A component with a resource `box`, made by a function `make`.
    /// # let component = wat::parse_str(r#"(component
    /// #     (type $box (resource (rep i32)))
    /// #     (core func $new (canon resource.new $box))
    /// #     (core module $m (import "" "new" (func $new (param i32) (result i32)))
    /// #         (func (export "make") (result i32) (call $new (i32.const 7))))
    /// #     (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
    /// #     (export $b "box" (type $box))
    /// #     (func (export "make") (result (own $b)) (canon lift (core func $m "make"))))"#)?;
    /// let instance = engine.load(&component)?.open()?;
    /// let made = instance.call("make", &[])?.remove(0);
    /// instance.drop_resource(&made)?;
    /// assert!(instance.drop_resource(&made).is_err(), "dropped already");
    /// # Ok(())
    /// # }
    /// ```
    pub fn drop_resource(&self, value: &Val) -> Result<(), Fault> {
        match value {
            Val::Resource(handle) => self.guest.drop_resource(*handle),
            _ => Ok(()),
        }
    }

    /// Calls an export with arguments and result in WAVE, the text format for values.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine};
    /// # let engine = Engine::new(&Config::default())?;
    /// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// let instance = kernel.open()?;
    /// assert_eq!(instance.call_wave("echo-string", &[r#""hi""#])?, r#""hi""#);
    /// assert_eq!(instance.call_wave("sum", &["[1, 2, 3]"])?, "6");
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_wave(&self, export: &str, args: &[impl AsRef<str>]) -> Result<String, Fault> {
        let name = self.guest.kernel().find_export(export)?;
        let types = self.guest.param_types(name)?;
        if types.len() != args.len() {
            return Err(wrong_arguments(name, &types, args.len()));
        }
        let result = self.guest.result_types(name)?;
        if types
            .iter()
            .map(|(_, ty)| ty)
            .chain(&result)
            .any(has_resource)
        {
            return Err(
                Fault::new(FaultKind::Unsupported, "resources have no WAVE form")
                    .in_export(name.to_string())
                    .with_help(
                        "call it with values, by Instance::call, or through a contract's interface",
                    ),
            );
        }
        let values = types
            .iter()
            .zip(args)
            .map(|((param, ty), text)| {
                Val::from_wave(ty, text.as_ref()).map_err(|error| {
                    let expected = brief(format_args!("argument {param} is not a {}", type_name(ty)));
                    let why = brief(format_args!("{error:#}"));
                    Fault::new(FaultKind::Abi, format!("{expected}: {why}"))
                        .in_export(name.to_string())
                        .with_help(r#"write values as WAVE: 42, true, "text", [1, 2], {field: 1}, some(1), case-name"#)
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let results = self.guest.call_dynamic(name, &values)?;
        let texts = results
            .iter()
            .map(Val::to_wave)
            .collect::<wasmtime::Result<Vec<_>>>()
            .map_err(|error| {
                Fault::new(
                    FaultKind::Unsupported,
                    format!("the result cannot be written as text: {error:#}"),
                )
                .in_export(name.to_string())
            })?;
        Ok(texts.join(" "))
    }
}

impl Kernel {
    /// A fresh, warmed instance for calls by name.
    pub fn open(&self) -> Result<Instance, Fault> {
        let instance = self.instantiate()?;
        instance.guest.warm()?;
        instance.guest.set_limits(instance.limits.clone());
        Ok(instance)
    }

    /// A fresh instance for calls by name, its warm-up left out: for the few calls of a tool.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine};
    /// # let engine = Engine::new(&Config::default())?;
    /// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
    /// assert_eq!(kernel.open_cold()?.call_wave("add", &["40", "2"])?, "42");
    /// # Ok(())
    /// # }
    /// ```
    pub fn open_cold(&self) -> Result<Instance, Fault> {
        let instance = self.instantiate()?;
        instance.guest.set_limits(instance.limits.clone());
        Ok(instance)
    }

    /// An instance under the limits for starting.
    fn instantiate(&self) -> Result<Instance, Fault> {
        Ok(Instance {
            guest: Guest::new(self, None, |_, _| Ok(()))?,
            limits: Limits::of(Some(TOOL_DEADLINE)),
        })
    }

    /// Calls an export in a fresh instance. [`Instance::call`] saves the instantiation where there are more calls.
    pub fn call_dynamic(&self, export: &str, args: &[Val]) -> Result<Vec<Val>, Fault> {
        self.open_cold()?.call(export, args)
    }

    /// Calls an export in a fresh instance with arguments and result in WAVE.
    pub fn call_wave(&self, export: &str, args: &[impl AsRef<str>]) -> Result<String, Fault> {
        self.open_cold()?.call_wave(export, args)
    }

    /// The exported function that a name means: `redact`, `redactor#redact`, or in full
    /// `tenon:redact/redactor@1.0.0#redact`. A `.` may stand for the `#`.
    ///
    /// A name that means none or several is a fault of kind `contract` that lists the candidates.
    pub fn find_export(&self, name: &str) -> Result<&ExportName, Fault> {
        let matches: Vec<_> = self
            .exports()
            .iter()
            .filter(|export| means(name, export))
            .collect();
        if let [export] = matches[..] {
            return Ok(export);
        }
        let (found, candidates) = match matches.len() {
            0 => ("there is no export", self.exports().iter().collect()),
            _ => ("several exports have the name", matches),
        };
        let help = match candidates.len() {
            0 => "it exports no functions at all".to_owned(),
            _ => brief(format_args!("it has {}", Listed(&candidates))),
        };
        Err(Fault::new(FaultKind::Contract, format!("{found} `{name}`"))
            .in_kernel(self.facts())
            .with_help(help))
    }
}

fn means(name: &str, export: &ExportName) -> bool {
    if name == export.name {
        return true;
    }
    let Some(interface) = &export.interface else {
        return false;
    };
    let Some(prefix) = name
        .strip_suffix(&export.name)
        .and_then(|rest| rest.strip_suffix(['#', '.']))
    else {
        return false;
    };
    let unversioned = interface
        .split_once('@')
        .map_or(&**interface, |(name, _)| name);
    let short = unversioned
        .rsplit_once('/')
        .map_or(unversioned, |(_, name)| name);
    [interface, unversioned, short].contains(&prefix)
}

/// Exports with commas between them.
struct Listed<'a>(&'a [&'a ExportName]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for export in self.0 {
            write!(f, "{comma}{export}")?;
            comma = ", ";
        }
        Ok(())
    }
}

/// Parameters with their types, and commas between them.
struct Params<'a>(&'a [(String, Type)]);

impl fmt::Display for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for (name, ty) in self.0 {
            write!(f, "{comma}{name}: {}", type_name(ty))?;
            comma = ", ";
        }
        Ok(())
    }
}

fn wrong_arguments(export: &ExportName, types: &[(String, Type)], given: usize) -> Fault {
    let noun = if types.len() == 1 {
        "argument"
    } else {
        "arguments"
    };
    Fault::new(
        FaultKind::Abi,
        format!("it takes {} {noun}, {given} given", types.len()),
    )
    .in_export(export.to_string())
    .with_help(brief(format_args!(
        "its parameters are ({})",
        Params(types)
    )))
}

impl<B> Guest<B> {
    /// Calls every function that the metadata names once with zero values, so that what a kernel builds on first use
    /// is there before traffic.
    pub(crate) fn warm(&self) -> Result<(), Fault> {
        for name in self.kernel().warm() {
            let export = self.kernel().find_export(name)?;
            let types = self.param_types(export)?;
            let zeros = zeros(types.iter().map(|(_, ty)| ty)).map_err(|fault| {
                fault
                    .in_kernel(self.kernel().facts())
                    .in_export(export.to_string())
            })?;
            self.call_dynamic(export, &zeros)?;
        }
        Ok(())
    }

    fn call_dynamic(&self, export: &ExportName, args: &[Val]) -> Result<Vec<Val>, Fault> {
        self.with_func(export, |func, store| {
            let mut results = vec![Val::Bool(false); func.ty(&*store).results().len()];
            func.call(store, args, &mut results)?;
            Ok(results)
        })
    }

    fn param_types(&self, export: &ExportName) -> Result<Vec<(String, Type)>, Fault> {
        self.with_func(export, |func, store| {
            Ok(func
                .ty(&*store)
                .params()
                .map(|(name, ty)| (name.to_owned(), ty))
                .collect())
        })
    }

    fn result_types(&self, export: &ExportName) -> Result<Vec<Type>, Fault> {
        self.with_func(export, |func, store| {
            Ok(func.ty(&*store).results().collect())
        })
    }

    fn with_func<R>(
        &self,
        export: &ExportName,
        work: impl FnOnce(Func, &mut Store<State>) -> wasmtime::Result<R>,
    ) -> Result<R, Fault> {
        let instance = self.instance();
        self.call(&export.name, |_, store| {
            let pre = instance.instance_pre(&*store);
            let component = pre.component();
            let index = match &export.interface {
                Some(interface) => {
                    component
                        .get_export_index(None, interface)
                        .and_then(|interface| {
                            component.get_export_index(Some(&interface), &export.name)
                        })
                }
                None => component.get_export_index(None, &export.name),
            };
            let func = index.and_then(|index| instance.get_func(&mut *store, index));
            let func = func.ok_or_else(|| wasmtime::format_err!("the export {export} is gone"))?;
            work(func, store)
        })
    }
}
