//! One suite: its definitions, its instances, its assertions.

use crate::value;
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use tenon_host::wasmtime::component::{Component, Instance, Linker, Val};
use tenon_host::wasmtime::{self, Store};
use tenon_host::{Engine, FaultKind};

/// What became of a directive.
pub(crate) enum Verdict {
    Pass,
    Fail(String),
    Skip(String),
}

impl Verdict {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail(_) => "fail",
            Verdict::Skip(_) => "skip",
        }
    }

    pub(crate) fn reason(&self) -> &str {
        match self {
            Verdict::Pass => "",
            Verdict::Fail(reason) | Verdict::Skip(reason) => reason,
        }
    }
}

/// Why there is nothing to run a directive on: a skip, or a failure before.
type Missing = Verdict;

/// The state of a suite. Each instance has a store of its own.
pub(crate) struct Suite<'e> {
    engine: &'e Engine,
    folder: PathBuf,
    definitions: HashMap<String, Result<Component, String>>,
    instances: HashMap<String, Result<(Store<()>, Instance), String>>,
}

/// What JSON leaves out is the last one defined.
const LAST: &str = "";

impl<'e> Suite<'e> {
    pub(crate) fn new(engine: &'e Engine, folder: PathBuf) -> Suite<'e> {
        Suite {
            engine,
            folder,
            definitions: HashMap::new(),
            instances: HashMap::new(),
        }
    }

    /// Runs a directive.
    pub(crate) fn run(&mut self, command: &Value) -> Verdict {
        if command["module_type"] == "text" {
            return Verdict::Skip("the component is text; a host reads binaries".into());
        }
        let outcome = match command["type"].as_str().unwrap_or_default() {
            "module" => self
                .define(command)
                .and_then(|component| self.instantiate(command, "name", &component)),
            "module_definition" => self.define(command).map(drop),
            "module_instance" => self.instance_of(command),
            "assert_return" => self.assert_return(command),
            "action" => self
                .invoke(command)
                .and_then(|result| result.map(drop).map_err(|error| fail(&error))),
            "assert_trap" => self.assert_trap(command),
            "assert_invalid" | "assert_malformed" => self.assert_refused(command),
            "assert_uninstantiable" | "assert_unlinkable" => self.assert_uninstantiable(command),
            other => Err(Verdict::Skip(format!("the directive {other} is not known"))),
        };
        outcome.err().unwrap_or(Verdict::Pass)
    }

    /// Validates as the host does, then compiles.
    fn component(&self, command: &Value) -> Result<Component, Missing> {
        let bytes = self.bytes(command)?;
        match tenon_transpile::transpile(&bytes, &tenon_transpile::Options::default()) {
            Ok(_) => {}
            Err(error) if error.kind == tenon_transpile::Kind::Unsupported => {
                return Err(Verdict::Skip(error.message));
            }
            // An import is refused only after the component has proved valid.
            Err(error) if error.kind == tenon_transpile::Kind::Policy => {}
            Err(error) => return Err(Verdict::Fail(error.to_string())),
        }
        Component::new(self.engine.wasmtime(), &bytes).map_err(|error| fail(&error))
    }

    fn bytes(&self, command: &Value) -> Result<Vec<u8>, Missing> {
        let path = self
            .folder
            .join(command["filename"].as_str().unwrap_or_default());
        std::fs::read(&path).map_err(|error| Verdict::Fail(format!("{}: {error}", path.display())))
    }

    fn define(&mut self, command: &Value) -> Result<Component, Missing> {
        let component = self.component(command);
        let kept = match &component {
            Ok(component) => Ok(component.clone()),
            Err(verdict) => Err(verdict.reason().to_owned()),
        };
        if let Err(reason) = &kept {
            self.instances.insert(LAST.into(), Err(reason.clone()));
        }
        if let Some(name) = command["name"].as_str() {
            self.definitions.insert(name.into(), kept.clone());
        }
        self.definitions.insert(LAST.into(), kept);
        component
    }

    fn instance_of(&mut self, command: &Value) -> Result<(), Missing> {
        let name = command["module"].as_str().unwrap_or(LAST);
        let component = match self.definitions.get(name) {
            Some(Ok(component)) => component.clone(),
            Some(Err(reason)) => {
                let reason =
                    format!("it is an instance of a component that was not defined: {reason}");
                for name in [command["instance"].as_str().unwrap_or(LAST), LAST] {
                    self.instances.insert(name.into(), Err(reason.clone()));
                }
                return Err(Verdict::Skip(reason));
            }
            None => {
                return Err(Verdict::Fail(format!(
                    "no component was defined as {name:?}"
                )));
            }
        };
        self.instantiate(command, "instance", &component)
    }

    fn instantiate(
        &mut self,
        command: &Value,
        key: &str,
        component: &Component,
    ) -> Result<(), Missing> {
        let made = self.make(component);
        if let Err(error) = &made {
            self.instances.insert(LAST.into(), Err(error.to_string()));
        }
        let (store, instance) = made.map_err(|error| fail(&error))?;
        // The last instance is the one that invocations without a name mean; the name of another means only that one.
        let name = command[key].as_str().unwrap_or(LAST).to_owned();
        if name != LAST {
            self.instances
                .insert(LAST.into(), Err(format!("{LATEST}{name}")));
        }
        self.instances.insert(name, Ok((store, instance)));
        Ok(())
    }

    fn make(&self, component: &Component) -> wasmtime::Result<(Store<()>, Instance)> {
        let mut store = Store::new(self.engine.wasmtime(), ());
        let instance = Linker::new(self.engine.wasmtime()).instantiate(&mut store, component)?;
        Ok((store, instance))
    }

    fn invoke(&mut self, command: &Value) -> Result<wasmtime::Result<Vec<Val>>, Missing> {
        let action = &command["action"];
        let mut name = action["module"].as_str().unwrap_or(LAST).to_owned();
        if let Some(Err(latest)) = self.instances.get(&name)
            && let Some(latest) = latest.strip_prefix(LATEST)
        {
            name = latest.to_owned();
        }
        let (store, instance) = match self.instances.get_mut(&name) {
            Some(Ok((store, instance))) => (store, *instance),
            Some(Err(reason)) => {
                return Err(Verdict::Skip(format!(
                    "there is no instance to call: {reason}"
                )));
            }
            None => return Err(Verdict::Fail(format!("there is no instance {name:?}"))),
        };
        let field = action["field"].as_str().unwrap_or_default();
        let Some(func) = instance.get_func(&mut *store, field) else {
            return Err(Verdict::Fail(format!("there is no function {field:?}")));
        };
        let args = action["args"]
            .as_array()
            .into_iter()
            .flatten()
            .map(value::parse)
            .collect::<Result<Vec<_>, _>>();
        let args = args.map_err(Verdict::Fail)?;
        let mut results = vec![Val::Bool(false); func.ty(&*store).results().len()];
        Ok(func.call(store, &args, &mut results).map(|()| results))
    }

    fn assert_return(&mut self, command: &Value) -> Result<(), Missing> {
        let results = self.invoke(command)?.map_err(|error| fail(&error))?;
        let expected = command["expected"]
            .as_array()
            .into_iter()
            .flatten()
            .map(value::parse)
            .collect::<Result<Vec<_>, _>>();
        let expected = expected.map_err(Verdict::Fail)?;
        if expected.len() == results.len()
            && expected
                .iter()
                .zip(&results)
                .all(|(a, b)| value::same(a, b))
        {
            return Ok(());
        }
        Err(Verdict::Fail(format!(
            "expected {expected:?}, found {results:?}"
        )))
    }

    fn assert_trap(&mut self, command: &Value) -> Result<(), Missing> {
        match self.invoke(command)? {
            Ok(results) => Err(Verdict::Fail(format!("expected a trap, found {results:?}"))),
            Err(_) => Ok(()),
        }
    }

    /// Both the host's own validation and the engine must refuse: the one with a typed error, the other with any.
    fn assert_refused(&mut self, command: &Value) -> Result<(), Missing> {
        let bytes = self.bytes(command)?;
        match self.engine.load(&bytes) {
            Ok(_) => return Err(Verdict::Fail("it was accepted".into())),
            Err(fault) => match fault.kind() {
                FaultKind::Malformed | FaultKind::Limit => {}
                FaultKind::Unsupported => return Err(Verdict::Skip(fault.message().to_owned())),
                _ => return Err(Verdict::Fail(format!("it was refused as {fault}"))),
            },
        }
        match Component::new(self.engine.wasmtime(), &bytes) {
            Ok(_) => Err(Verdict::Fail("wasmtime accepted it".into())),
            Err(_) => Ok(()),
        }
    }

    fn assert_uninstantiable(&mut self, command: &Value) -> Result<(), Missing> {
        let component = self.component(command)?;
        match self.make(&component) {
            Ok(_) => Err(Verdict::Fail("it was instantiated".into())),
            Err(_) => Ok(()),
        }
    }
}

/// Marks the entry that stands for the last instance, where that has a name.
const LATEST: &str = "the last instance is ";

fn fail(error: &wasmtime::Error) -> Verdict {
    Verdict::Fail(error.root_cause().to_string())
}
