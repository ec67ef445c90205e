//! One suite: its definitions, its instances, its assertions.

use crate::environment::{self, Drops};
use crate::fault;
use crate::link::{self, Resources, Shared, World};
use crate::value;
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use tenon_host::Engine;
use tenon_host::wasmtime::component::{Component, Func, Linker, Val};
use tenon_host::wasmtime::{self, Store};

/// What became of a directive.
#[derive(Clone)]
pub(crate) enum Verdict {
    /// With the class of the fault that was expected, or none.
    Pass(&'static str),
    Fail(String),
    Skip(String),
}

impl Verdict {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Verdict::Pass(_) => "pass",
            Verdict::Fail(_) => "fail",
            Verdict::Skip(_) => "skip",
        }
    }

    pub(crate) fn reason(&self) -> &str {
        match self {
            Verdict::Pass(_) => "",
            Verdict::Fail(reason) | Verdict::Skip(reason) => reason,
        }
    }

    pub(crate) fn class(&self) -> &'static str {
        match self {
            Verdict::Pass(class) => class,
            _ => "",
        }
    }
}

/// Why there is nothing to run a directive on: a skip, or a failure before. Those that depend on it inherit it.
type Missing = Verdict;

/// Why there is no instance.
enum NotMade {
    Missing(Missing),
    /// An import is missing, or of another type.
    Unlinkable(wasmtime::Error),
    /// It trapped on its start, or the engine has no room for it.
    Uninstantiable(wasmtime::Error),
}

impl From<NotMade> for Missing {
    fn from(why: NotMade) -> Missing {
        match why {
            NotMade::Missing(why) => why,
            NotMade::Unlinkable(error) => Verdict::Fail(format!("it does not link: {error:#}")),
            NotMade::Uninstantiable(error) => {
                Verdict::Fail(format!("it does not instantiate: {error:#}"))
            }
        }
    }
}

/// The state of a suite.
pub(crate) struct Suite<'e> {
    engine: &'e Engine,
    folder: PathBuf,
    world: World,
    definitions: HashMap<String, Result<Component, Missing>>,
    /// By the names that invocations use.
    instances: HashMap<String, Result<Shared, Missing>>,
    /// By the names that later components import.
    registered: HashMap<String, Result<Shared, Missing>>,
}

/// What JSON leaves out is the last one defined.
const LAST: &str = "";

impl<'e> Suite<'e> {
    pub(crate) fn new(engine: &'e Engine, folder: PathBuf) -> Suite<'e> {
        let world = World {
            drops: Arc::new(Drops::default()),
            resources: Resources::default(),
        };
        Suite {
            engine,
            folder,
            world,
            definitions: HashMap::new(),
            instances: HashMap::new(),
            registered: HashMap::new(),
        }
    }

    /// Runs a directive.
    pub(crate) fn run(&mut self, command: &Value) -> Verdict {
        let outcome = match command["type"].as_str().unwrap_or_default() {
            "module" => {
                let component = self.define(command);
                self.instantiate(command["name"].as_str(), component)
            }
            "module_definition" => self.define(command).map(|_| NO_FAULT),
            "module_instance" => self.instance_of(command),
            "register" => self.register(command),
            "assert_return" => self.assert_return(command),
            "action" => self
                .invoke(command)
                .and_then(|result| result.map(|_| NO_FAULT).map_err(|error| fail(&error))),
            "assert_trap" | "assert_exhaustion" => self.assert_trap(command),
            "assert_invalid" | "assert_malformed" => self.assert_refused(command),
            "assert_unlinkable" => self.assert_unlinkable(command),
            "assert_uninstantiable" => self.assert_uninstantiable(command),
            other => Err(Verdict::Skip(format!(
                "no host has what the directive {other} asks for"
            ))),
        };
        outcome.map_or_else(|missing| missing, Verdict::Pass)
    }

    /// Validates as the host does, then compiles.
    fn component(&self, command: &Value) -> Result<Component, Missing> {
        let bytes = self.bytes(command)?;
        if bytes.get(4..8) == Some(&[1, 0, 0, 0]) {
            return Err(Verdict::Skip(
                "it is a core module; hosts run components".into(),
            ));
        }
        match tenon_transpile::transpile(&bytes, &tenon_transpile::Options::default()) {
            Ok(_) => {}
            Err(error) if error.kind == tenon_transpile::Kind::Unsupported => {
                return Err(Verdict::Skip(error.message));
            }
            Err(error) => return Err(Verdict::Fail(error.to_string())),
        }
        Component::new(self.engine.wasmtime(), &bytes).map_err(|error| fail(&error))
    }

    fn bytes(&self, command: &Value) -> Result<Vec<u8>, Missing> {
        let name = match (&command["binary_filename"], &command["filename"]) {
            (Value::String(binary), _) => binary,
            (_, Value::String(_)) if command["module_type"] == "text" => {
                return Err(Verdict::Skip(
                    "the component is text; hosts read binaries".into(),
                ));
            }
            (_, Value::String(name)) => name,
            _ => return Err(Verdict::Fail("the directive names no file".into())),
        };
        let path = self.folder.join(name);
        std::fs::read(&path).map_err(|error| Verdict::Fail(format!("{}: {error}", path.display())))
    }

    fn define(&mut self, command: &Value) -> Result<Component, Missing> {
        let component = self.component(command);
        if let Some(name) = command["name"].as_str() {
            self.definitions.insert(name.into(), component.clone());
        }
        self.definitions.insert(LAST.into(), component.clone());
        component
    }

    fn instance_of(&mut self, command: &Value) -> Result<&'static str, Missing> {
        let name = command["module"].as_str().unwrap_or(LAST);
        let component = self.definitions.get(name).cloned().unwrap_or_else(|| {
            let why = format!("no component was defined as {name:?}");
            Err(Verdict::Fail(why))
        });
        self.instantiate(command["instance"].as_str(), component)
    }

    fn instantiate(
        &mut self,
        name: Option<&str>,
        component: Result<Component, Missing>,
    ) -> Result<&'static str, Missing> {
        let made = component.and_then(|component| Ok(self.make(&component)?));
        if let Some(name) = name {
            self.instances.insert(name.into(), made.clone());
            self.registered.insert(name.into(), made.clone());
        }
        self.instances.insert(LAST.into(), made.clone());
        made.map(|_| NO_FAULT)
    }

    fn make(&self, component: &Component) -> Result<Shared, NotMade> {
        let engine = self.engine.wasmtime();
        let ty = component.component_type();
        let mut imported = Vec::new();
        // The Go host gives core modules to components that need nothing else, by putting all of them into one. What neither
        // host can do is no host's business.
        let (mut modules, mut closed) = (false, true);
        for (name, item) in ty.imports(engine) {
            closed &= link::modules_only(&item.ty, engine);
            match self.registered.get(name) {
                Some(Ok(shared)) => {
                    modules |= shared.lends_module(&item.ty);
                    closed &= shared.lock().closed;
                    imported.push((name, shared));
                }
                Some(Err(missing)) => return Err(NotMade::Missing(missing.clone())),
                None => {
                    modules |= link::asks_environment(name, &item.ty, engine);
                    closed &= name == environment::INSTANCE;
                }
            }
        }
        if modules && !closed {
            return Err(NotMade::Missing(Verdict::Skip(
                "it imports core modules beside other things, which no host hands over".into(),
            )));
        }
        let mut store = Store::new(engine, ());
        // The suite runs to its end; nothing of it is hostile.
        store.set_epoch_deadline(u64::MAX / 2);
        let linked = || {
            let mut linker = Linker::new(engine);
            // A suite may register an instance under a name of the environment.
            linker.allow_shadowing(true);
            environment::define(&mut linker, &self.world.drops)?;
            for (name, shared) in &imported {
                self.world.define(&mut linker, name, shared)?;
            }
            let pre = linker.instantiate_pre(component)?;
            let ty = linker.substituted_component_type(component)?;
            for (name, shared) in &imported {
                if let Some(wanted) = ty.get_import(engine, name) {
                    self.world.check(&wanted.ty, name, shared)?;
                }
            }
            Ok(pre)
        };
        let pre = linked().map_err(NotMade::Unlinkable)?;
        let instance = pre.instantiate(&mut store);
        let instance = instance.map_err(NotMade::Uninstantiable)?;
        let shared = Shared::new(store, instance, component);
        shared.lock().closed = closed;
        Ok(shared)
    }

    fn instance(&self, name: Option<&str>) -> Result<Shared, Missing> {
        let name = name.unwrap_or(LAST);
        self.instances
            .get(name)
            .cloned()
            .unwrap_or_else(|| Err(Verdict::Fail(format!("there is no instance {name:?}"))))
    }

    fn register(&mut self, command: &Value) -> Result<&'static str, Missing> {
        let shared = self.instance(command["name"].as_str());
        let name = command["as"].as_str().unwrap_or_default();
        self.registered.insert(name.into(), shared.clone());
        shared.map(|_| NO_FAULT)
    }

    /// The outer result tells whether there was something to call.
    fn invoke(&mut self, command: &Value) -> Result<wasmtime::Result<Vec<Val>>, Missing> {
        let action = &command["action"];
        if action["type"] != "invoke" {
            return Err(Verdict::Skip("components have no globals to get".into()));
        }
        let shared = self.instance(action["module"].as_str())?;
        let mut running = shared.lock();
        let field = action["field"].as_str().unwrap_or_default();
        let Some(func) = find(&mut running, field) else {
            return Err(Verdict::Fail(format!("there is no function {field:?}")));
        };
        let args = action["args"].as_array().into_iter().flatten();
        let args = args.map(value::parse).collect::<Result<Vec<_>, _>>();
        Ok(running.call(func, &args.map_err(Verdict::Fail)?))
    }

    fn assert_return(&mut self, command: &Value) -> Result<&'static str, Missing> {
        let results = self.invoke(command)?.map_err(|error| fail(&error))?;
        let expected = command["expected"].as_array().into_iter().flatten();
        let expected = expected.map(value::parse).collect::<Result<Vec<_>, _>>();
        let expected = expected.map_err(Verdict::Fail)?;
        let pairs = || expected.iter().zip(&results);
        if expected.len() == results.len() && pairs().all(|(a, b)| value::same(a, b)) {
            return Ok(NO_FAULT);
        }
        Err(Verdict::Fail(format!(
            "expected {expected:?}, found {results:?}"
        )))
    }

    fn assert_trap(&mut self, command: &Value) -> Result<&'static str, Missing> {
        match self.invoke(command)? {
            Ok(results) => Err(Verdict::Fail(format!("expected a trap, found {results:?}"))),
            Err(error) => Ok(fault::class(&error)),
        }
    }

    /// Both the host's own validation and the engine must refuse: the one with a typed error, the other with any.
    fn assert_refused(&mut self, command: &Value) -> Result<&'static str, Missing> {
        use tenon_transpile::Kind;
        let bytes = self.bytes(command)?;
        let class = match tenon_transpile::transpile(&bytes, &tenon_transpile::Options::default()) {
            Ok(_) => return Err(Verdict::Fail("it was accepted".into())),
            Err(error) => match error.kind {
                Kind::Malformed => "malformed",
                Kind::Limit => "limit",
                Kind::Unsupported => return Err(Verdict::Skip(error.message)),
                _ => return Err(Verdict::Fail(format!("it was refused as {error}"))),
            },
        };
        match Component::new(self.engine.wasmtime(), &bytes) {
            Ok(_) => Err(Verdict::Fail("wasmtime accepted it".into())),
            Err(_) => Ok(class),
        }
    }

    fn assert_unlinkable(&mut self, command: &Value) -> Result<&'static str, Missing> {
        let component = self.component(command)?;
        match self.make(&component) {
            Ok(_) => Err(Verdict::Fail("it was linked".into())),
            Err(NotMade::Unlinkable(_)) => Ok("policy"),
            Err(other) => Err(other.into()),
        }
    }

    fn assert_uninstantiable(&mut self, command: &Value) -> Result<&'static str, Missing> {
        let component = self.component(command)?;
        match self.make(&component) {
            Ok(_) => Err(Verdict::Fail("it was instantiated".into())),
            Err(NotMade::Uninstantiable(error)) => Ok(fault::class(&error)),
            Err(other) => Err(other.into()),
        }
    }
}

/// The class where no fault was due.
const NO_FAULT: &str = "";

/// A function by its name, or by `instance#name` where an exported instance has it.
fn find(running: &mut crate::link::Running, field: &str) -> Option<Func> {
    let (store, instance) = (&mut running.store, running.instance);
    if let Some(func) = instance.get_func(&mut *store, field) {
        return Some(func);
    }
    let (mut parent, mut path) = (None, field);
    while let Some((name, rest)) = path.split_once('#') {
        parent = Some(instance.get_export_index(&mut *store, parent.as_ref(), name)?);
        path = rest;
    }
    let index = instance.get_export_index(&mut *store, parent.as_ref(), path)?;
    instance.get_func(&mut *store, index)
}

fn fail(error: &wasmtime::Error) -> Verdict {
    Verdict::Fail(error.root_cause().to_string())
}
