//! The oracle's components in wasmtime: what a vector asks for, done.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value as Json;
use tenon_host::Config;
use tenon_host::wasmtime::component::types::ComponentItem;
use tenon_host::wasmtime::component::{
    Component, ComponentExportIndex, Func, Instance, InstancePre, Linker, ResourceAny, Val,
};
use tenon_host::wasmtime::{self, Engine, Result, Store};

use crate::values::{decode, encode};

/// The host's own engine.
pub(crate) fn engine() -> Engine {
    let config = Config {
        max_instances: 4,
        ..Config::default()
    };
    tenon_host::Engine::new(&config).unwrap().wasmtime().clone()
}

/// What the host's side of the imports gives and gets.
#[derive(Default)]
pub(crate) struct Host {
    give: Json,
    taken: Option<Json>,
}

/// A component, and an instance of it that is replaced after every trap.
pub(crate) struct Carrier {
    engine: Engine,
    pre: InstancePre<Host>,
    functions: HashMap<String, ComponentExportIndex>,
    live: Option<(Store<Host>, Instance)>,
    /// Resources that the instance gave to the host, and the numbers behind them.
    held: Vec<(ResourceAny, u64)>,
}

impl Carrier {
    /// Loads a component of the oracle's folder and grants its imports.
    pub(crate) fn load(engine: &Engine, dir: &Path, name: &str) -> Carrier {
        let component = Component::from_file(engine, dir.join(format!("{name}.wasm"))).unwrap();
        let mut linker = Linker::<Host>::new(engine);
        for (name, _) in component.component_type().imports(engine) {
            if name.starts_with("take-") {
                let take = linker.root().func_new(name, |mut store, _, params, _| {
                    store.data_mut().taken = Some(encode(&params[0], &[]));
                    Ok(())
                });
                take.unwrap();
            } else if name.starts_with("give-") {
                let give = linker.root().func_new(name, |store, ty, _, results| {
                    let ty = ty.results().next().expect("it has a result");
                    results[0] = decode(&ty, &store.data().give, &[]);
                    Ok(())
                });
                give.unwrap();
            }
        }
        // Functions of the component itself, and of the one instance that it may export.
        let mut functions = HashMap::new();
        for (name, item) in component.component_type().exports(engine) {
            let Some(index) = component.get_export_index(None, name) else {
                continue;
            };
            if let ComponentItem::ComponentInstance(instance) = item.ty {
                let inner = instance.exports(engine).filter_map(|(name, _)| {
                    let index = component.get_export_index(Some(&index), name)?;
                    Some((name.to_owned(), index))
                });
                functions.extend(inner.collect::<Vec<_>>());
            }
            functions.insert(name.to_owned(), index);
        }
        Carrier {
            engine: engine.clone(),
            functions,
            pre: linker.instantiate_pre(&component).unwrap(),
            live: None,
            held: Vec::new(),
        }
    }

    /// Calls a function with arguments in the oracle's notation; each is decoded by its parameter's type.
    pub(crate) fn call(&mut self, function: &str, args: &[Json]) -> Result<Option<Val>> {
        if self.live.is_none() {
            let mut store = Store::new(&self.engine, Host::default());
            store.set_epoch_deadline(u64::MAX / 2);
            let instance = self.pre.instantiate(&mut store)?;
            self.live = Some((store, instance));
        }
        let (store, instance) = self.live.as_mut().expect("it was just made");
        let func = function_of(&self.functions, store, instance, function);
        let ty = func.ty(&*store);
        let args: Vec<Val> = ty
            .params()
            .zip(args)
            .map(|((_, ty), arg)| decode(&ty, arg, &self.held))
            .collect();
        let mut results = vec![Val::Bool(false); ty.results().len()];
        let called = func.call(&mut *store, &args, &mut results);
        if called.is_err() {
            self.end();
        }
        called.map(|()| results.pop())
    }

    /// Ends the instance; the next call makes another one.
    pub(crate) fn end(&mut self) {
        self.live = None;
        self.held.clear();
    }

    /// Makes the resources that a vector begins with.
    pub(crate) fn give_resources(&mut self, vector: &Json) -> Result<()> {
        for (key, function) in [("new", "new"), ("hold", "hold")] {
            for resource in vector[key].as_array().into_iter().flatten() {
                let rep = resource[1].as_u64().unwrap();
                let made = self.call(&format!("{function}-{}", resource[0]), &[number(rep)])?;
                if let Some(Val::Resource(given)) = made {
                    self.held.push((given, rep));
                }
            }
        }
        Ok(())
    }

    /// Asks for the numbers behind the resources in a result.
    pub(crate) fn ask_numbers(&mut self, result: &Val) -> Result<()> {
        for resource in resources(result) {
            let (store, instance) = self.live.as_mut().expect("it has just answered");
            let of = ["r0", "r1"]
                .iter()
                .position(|name| instance.get_resource(&mut *store, *name) == Some(resource.ty()));
            let ask = format!("rep-{}", of.expect("it is of a type of the guest"));
            let func = function_of(&self.functions, store, instance, &ask);
            let mut rep = [Val::Bool(false)];
            func.call(&mut *store, &[Val::Resource(resource)], &mut rep)?;
            if let [Val::U32(rep)] = rep {
                self.held.push((resource, rep.into()));
            }
        }
        Ok(())
    }

    /// A result in the oracle's notation.
    pub(crate) fn encode(&self, val: &Val) -> Json {
        encode(val, &self.held)
    }

    /// Makes the guest blank and writes the vector's image into it.
    pub(crate) fn prepare(&mut self, vector: &Json) -> Result<()> {
        self.call("reset", &[])?;
        for chunk in vector["mem"].as_array().into_iter().flatten() {
            let bytes = unhex(&chunk[1]).into_iter().map(number).collect::<Vec<_>>();
            let bytes = serde_json::json!({ "items": bytes });
            self.call("poke", &[number(chunk[0].as_u64().unwrap()), bytes])?;
        }
        Ok(())
    }

    /// What the import gives when it is called next.
    pub(crate) fn will_give(&mut self, value: &Json) {
        if let Some((store, _)) = &mut self.live {
            store.data_mut().give = value.clone();
        }
    }

    /// What the import got.
    pub(crate) fn taken(&mut self) -> Option<Json> {
        self.live
            .as_mut()
            .and_then(|(store, _)| store.data_mut().taken.take())
    }

    /// The guest's memory as far as it tells.
    pub(crate) fn dump(&mut self) -> Result<Vec<u8>> {
        match self.call("dump", &[])? {
            Some(Val::List(words)) => Ok(words.iter().flat_map(word).collect()),
            other => Err(wasmtime::format_err!("dump gives {other:?}")),
        }
    }
}

fn function_of(
    functions: &HashMap<String, ComponentExportIndex>,
    store: &mut Store<Host>,
    instance: &Instance,
    name: &str,
) -> Func {
    let index = functions.get(name);
    let func = index.and_then(|index| instance.get_func(store, index));
    func.unwrap_or_else(|| panic!("there is no function {name}"))
}

/// The resources in a value.
fn resources(val: &Val) -> Vec<ResourceAny> {
    let of = |payload: &Option<Box<Val>>| payload.iter().flat_map(|val| resources(val)).collect();
    match val {
        Val::Resource(resource) => vec![*resource],
        Val::List(items) | Val::Tuple(items) => items.iter().flat_map(resources).collect(),
        Val::Record(fields) => fields.iter().flat_map(|(_, val)| resources(val)).collect(),
        Val::Variant(_, payload) | Val::Option(payload) => of(payload),
        Val::Result(Ok(payload) | Err(payload)) => of(payload),
        _ => Vec::new(),
    }
}

/// A number in the oracle's notation.
pub(crate) fn number<N: Into<u64>>(n: N) -> Json {
    serde_json::json!({ "bits": n.into() })
}

fn word(val: &Val) -> [u8; 8] {
    match val {
        Val::U64(word) => word.to_le_bytes(),
        other => panic!("dump gives a {other:?}"),
    }
}

/// The bytes that a string of hexadecimal digits stands for.
pub(crate) fn unhex(digits: &Json) -> Vec<u8> {
    let digits = digits.as_str().expect("bytes are given in hexadecimal");
    let byte =
        |i| u8::from_str_radix(&digits[i..i + 2], 16).expect("bytes are given in hexadecimal");
    (0..digits.len()).step_by(2).map(byte).collect()
}
