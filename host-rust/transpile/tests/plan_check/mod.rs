//! Checks that a plan and its modules fit together, by other means than those that made them.

use serde_json::Value;
use std::collections::HashMap;
use tenon_transpile::Transpiled;
use wasmparser::types::{EntityType, TypesRef};
use wasmparser::{Validator, WasmFeatures};

const ENGINE: WasmFeatures = WasmFeatures::WASM2;

/// Panics if a module is not valid for an engine, if an import has no source or one of another type, or if an index
/// points nowhere.
pub(crate) fn check(transpiled: &Transpiled) {
    let plan = serde_json::to_value(&transpiled.plan).expect("a plan is JSON");
    let modules = list(&plan, "modules");
    assert_eq!(modules.len(), transpiled.modules.len());
    let validated: Vec<_> = modules
        .iter()
        .zip(&transpiled.modules)
        .map(|(module, bytes)| {
            assert_eq!(module["size"], bytes.len());
            let features = if module["adapter"] == true {
                ENGINE | WasmFeatures::MULTI_MEMORY
            } else {
                ENGINE
            };
            Validator::new_with_features(features)
                .validate_all(bytes)
                .expect("a module that the engine accepts")
        })
        .collect();

    let mut instances: Vec<TypesRef<'_>> = Vec::new();
    let mut filled: HashMap<&str, Vec<u64>> = HashMap::new();
    for step in list(&plan, "steps") {
        let op = step["op"].as_str().expect("an op");
        if op == "instantiate" {
            let types = validated[index(&step["module"])].as_ref();
            check_imports(types, &instances, &plan);
            instances.push(types);
            continue;
        }
        if let Some(slot) = step["slot"].as_u64() {
            filled.entry(op).or_default().push(slot);
        }
        if op == "resource" {
            index_in(&step["resource"], &plan, "resources");
            if !step["destructor"].is_null() {
                core_func(&step["destructor"], &instances, &plan);
            }
        } else if op == "memory" {
            let export = export(&instances, &step["instance"], &step["export"]);
            assert!(matches!(export, EntityType::Memory(_)));
        } else {
            core_func(step, &instances, &plan);
        }
    }
    for (op, slots) in [
        ("memory", "memories"),
        ("realloc", "reallocs"),
        ("post_return", "post_returns"),
    ] {
        let count = index(&plan["slots"][slots]) as u64;
        assert_eq!(
            filled.remove(op).unwrap_or_default(),
            (0..count).collect::<Vec<_>>(),
            "{op} slots"
        );
    }

    for (position, ty) in list(&plan, "types").iter().enumerate() {
        for part in ["element", "ok", "err"] {
            assert!(
                ty[part].is_null() || index(&ty[part]) < position,
                "types stand after those they refer to"
            );
        }
        for part in ty["fields"]
            .as_array()
            .into_iter()
            .chain(ty["cases"].as_array())
            .flatten()
        {
            assert!(
                part["type"].is_null() || index(&part["type"]) < position,
                "types stand after those they refer to"
            );
        }
        if !ty["resource"].is_null() {
            index_in(&ty["resource"], &plan, "resources");
        }
    }
    for func in list(&plan, "funcs") {
        for param in func["params"].as_array().expect("params") {
            index_in(&param["type"], &plan, "types");
        }
        if !func["result"].is_null() {
            index_in(&func["result"], &plan, "types");
        }
        core_func(&func["callee"], &instances, &plan);
        let flat = func["params"]
            .as_array()
            .expect("params")
            .iter()
            .map(|param| {
                plan["types"][index(&param["type"])]["flat"]
                    .as_array()
                    .map_or(100, Vec::len)
            });
        let flat: usize = flat.sum();
        let core = func["core"]["params"]
            .as_array()
            .expect("core params")
            .len();
        assert_eq!(core, if flat > 16 { 1 } else { flat }, "{func}");
        assert_eq!(func["spill_params"].is_null(), flat <= 16, "{func}");
        assert!(index(&func["component_instance"]) < index(&plan["instances"]));
    }
    for globals in plan["clone"]["globals"].as_array().expect("globals") {
        for name in globals["exports"].as_array().expect("exports") {
            assert!(
                matches!(export(&instances, &globals["instance"], name), EntityType::Global(ty) if ty.mutable)
            );
        }
    }
    for memory in plan["clone"]["memories"].as_array().expect("memories") {
        assert!(matches!(
            export(&instances, &memory["instance"], &memory["export"]),
            EntityType::Memory(_)
        ));
    }
}

fn check_imports(types: TypesRef<'_>, instances: &[TypesRef<'_>], plan: &Value) {
    for (module, name, wanted) in types.core_imports().expect("a core module") {
        match module.split_at(1) {
            ("i", number) => {
                let number: usize = number.parse().expect("the number of a core instance");
                let given = instances[number]
                    .core_exports()
                    .expect("a core module")
                    .find(|(n, _)| *n == name);
                let (_, given) =
                    given.unwrap_or_else(|| panic!("core instance {number} has no export {name}"));
                assert_eq!(
                    std::mem::discriminant(&given),
                    std::mem::discriminant(&wanted),
                    "{module} {name}"
                );
                if let (EntityType::Func(given), EntityType::Func(wanted)) = (given, wanted) {
                    assert_eq!(
                        instances[number][given].unwrap_func(),
                        types[wanted].unwrap_func(),
                        "{module} {name}"
                    );
                }
            }
            ("t", "") => {
                let number: usize = name.parse().expect("the number of a trampoline");
                let EntityType::Func(wanted) = wanted else {
                    panic!("trampoline {number} is not imported as a function")
                };
                let core = &plan["trampolines"][number]["core"];
                let wanted = types[wanted].unwrap_func();
                assert_eq!(
                    names(&core["params"]),
                    wanted
                        .params()
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                );
                assert_eq!(
                    names(&core["results"]),
                    wanted
                        .results()
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                );
            }
            ("f", "") => {
                let number: usize = name.parse().expect("the number of a component instance");
                assert!(number < index(&plan["instances"]));
                assert!(
                    matches!(wanted, EntityType::Global(ty) if ty.mutable && ty.content_type == wasmparser::ValType::I32)
                );
            }
            _ => panic!("an import from `{module}`"),
        }
    }
}

fn names(list: &Value) -> Vec<String> {
    list.as_array()
        .expect("a list")
        .iter()
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect()
}

fn core_func(func: &Value, instances: &[TypesRef<'_>], plan: &Value) {
    if func["trampoline"].is_null() {
        assert!(
            matches!(
                export(instances, &func["instance"], &func["export"]),
                EntityType::Func(_)
            ),
            "{func}"
        );
    } else {
        index_in(&func["trampoline"], plan, "trampolines");
    }
}

fn export(instances: &[TypesRef<'_>], instance: &Value, name: &Value) -> EntityType {
    let name = name.as_str().expect("a name");
    let mut exports = instances[index(instance)]
        .core_exports()
        .expect("a core module");
    exports
        .find(|(export, _)| *export == name)
        .unwrap_or_else(|| panic!("no export {name}"))
        .1
}

fn index(value: &Value) -> usize {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is not an index")) as usize
}

fn index_in(value: &Value, plan: &Value, list_name: &str) {
    assert!(
        index(value) < list(plan, list_name).len(),
        "{value} is not an index into {list_name}"
    );
}

fn list<'v>(plan: &'v Value, name: &str) -> &'v Vec<Value> {
    plan[name]
        .as_array()
        .unwrap_or_else(|| panic!("no list {name}"))
}
