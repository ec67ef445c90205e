//! Checks that a plan and its modules fit together, by other means than those that made them.

use serde_json::Value;
use std::collections::HashMap;
use tenon_transpile::Transpiled;
use wasmparser::types::{EntityType, TypesRef};
use wasmparser::{ValType, Validator, WasmFeatures};

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
            // Adapters too: no engine has multi-memory.
            Validator::new_with_features(ENGINE)
                .validate_all(bytes)
                .expect("a module that the engine accepts")
        })
        .collect();

    // Nothing is known of an instance of a module that the component imports.
    let mut instances: Vec<Option<TypesRef<'_>>> = Vec::new();
    let mut filled: HashMap<&str, Vec<u64>> = HashMap::new();
    for step in list(&plan, "steps") {
        let op = step["op"].as_str().expect("an op");
        if op == "instantiate" {
            let types = validated[index(&step["module"])].as_ref();
            check_imports(types, &instances, &plan);
            instances.push(Some(types));
            continue;
        }
        if op == "instantiate_import" {
            instances.push(None);
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
            assert!(matches!(export, None | Some(EntityType::Memory(_))));
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
        check_signature(func, &plan);
        core_func(&func["callee"], &instances, &plan);
        let flat = flat_params(func, &plan);
        let core = func["core"]["params"]
            .as_array()
            .expect("core params")
            .len();
        assert_eq!(core, if flat > 16 { 1 } else { flat }, "{func}");
        assert_eq!(func["spill_params"].is_null(), flat <= 16, "{func}");
        assert!(index(&func["component_instance"]) < index(&plan["instances"]));
        if !func["entry"].is_null() {
            check_entry(func, &instances);
        }
    }
    for func in list(&plan, "import_funcs") {
        check_signature(func, &plan);
        let path = names(&func["path"]);
        assert_eq!(func["name"], path[path.len() - 1].as_str());
    }
    check_import_tree(&plan["imports"], &plan);
    for trampoline in list(&plan, "trampolines") {
        if trampoline["kind"] == "lower-import" {
            check_lowering(trampoline, &plan);
        }
    }
    for globals in plan["clone"]["globals"].as_array().expect("globals") {
        for name in globals["exports"].as_array().expect("exports") {
            assert!(
                matches!(export(&instances, &globals["instance"], name), Some(EntityType::Global(ty)) if ty.mutable)
            );
        }
    }
    for memory in plan["clone"]["memories"].as_array().expect("memories") {
        assert!(matches!(
            export(&instances, &memory["instance"], &memory["export"]),
            Some(EntityType::Memory(_))
        ));
    }
}

fn check_signature(func: &Value, plan: &Value) {
    for param in func["params"].as_array().expect("params") {
        index_in(&param["type"], plan, "types");
    }
    if !func["result"].is_null() {
        index_in(&func["result"], plan, "types");
    }
}

fn check_entry(func: &Value, instances: &[Option<TypesRef<'_>>]) {
    let entry = &func["entry"];
    let Some(EntityType::Func(id)) = export(instances, &entry["instance"], &entry["export"]) else {
        panic!("{entry} is no function")
    };
    let types = instances[index(&entry["instance"])].expect("a module of the plan");
    let ty = types[id].unwrap_func();
    let core = |list: &str| names(&func["core"][list]);
    let words = |count: usize| vec![String::from("i64"); count];
    let i32s = |count: usize| vec![String::from("i32"); count];
    let staged = entry["staged"].as_array().expect("a list").len();
    let given = match entry["answer"].as_str().expect("an answer") {
        "text" => words(8),
        _ => core("results"),
    };
    let text = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        text(ty.params()),
        [i32s(1), core("params"), words(8 * staged)].concat()
    );
    assert_eq!(text(ty.results()), [i32s(3), given].concat());
}

/// How many core values the parameters take; 100 and more when one of them takes too many.
fn flat_params(func: &Value, plan: &Value) -> usize {
    let flat = |param: &Value| {
        let flat = plan["types"][index(&param["type"])]["flat"].as_array();
        flat.map_or(100, Vec::len)
    };
    let params = func["params"].as_array().expect("params");
    params.iter().map(flat).sum()
}

fn check_import_tree(tree: &Value, plan: &Value) {
    for import in tree.as_array().expect("a list of imports") {
        match import["kind"].as_str().expect("a kind") {
            "instance" => check_import_tree(&import["exports"], plan),
            "func" => index_in(&import["func"], plan, "import_funcs"),
            "type" if import["type"].is_null() => {}
            "type" => index_in(&import["type"], plan, "types"),
            "resource" => {
                index_in(&import["resource"], plan, "resources");
                let resource = &plan["resources"][index(&import["resource"])];
                assert!(resource["import"].is_array(), "{resource}");
            }
            kind => assert!(["module", "component"].contains(&kind), "{kind}"),
        }
    }
}

fn check_lowering(trampoline: &Value, plan: &Value) {
    index_in(&trampoline["import"], plan, "import_funcs");
    let func = &plan["import_funcs"][index(&trampoline["import"])];
    let flat = flat_params(func, plan);
    let address = usize::from(trampoline["spill_result"] == true);
    let core = &trampoline["core"];
    assert_eq!(
        names(&core["params"]).len(),
        if flat > 16 { 1 } else { flat } + address,
        "{trampoline} {func}"
    );
    assert_eq!(
        names(&core["results"]).len(),
        usize::from(!func["result"].is_null()) - address,
        "{trampoline} {func}"
    );
    assert_eq!(trampoline["spill_params"].is_null(), flat <= 16);
    for (slot, slots) in [("memory", "memories"), ("realloc", "reallocs")] {
        if !trampoline[slot].is_null() {
            assert!(index(&trampoline[slot]) < index(&plan["slots"][slots]));
        }
    }
    assert!(index(&trampoline["component_instance"]) < index(&plan["instances"]));
}

fn check_imports(types: TypesRef<'_>, instances: &[Option<TypesRef<'_>>], plan: &Value) {
    for (module, name, wanted) in types.core_imports().expect("a core module") {
        match module.split_at(1) {
            ("i", number) => {
                let number: usize = number.parse().expect("the number of a core instance");
                let Some(instance) = instances[number] else {
                    continue;
                };
                let given = instance
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
                        instance[given].unwrap_func(),
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
                    matches!(wanted, EntityType::Global(ty) if ty.mutable && ty.content_type == ValType::I32)
                );
            }
            ("g", "") => {
                let EntityType::Func(wanted) = wanted else {
                    panic!("{name} of the gate is not imported as a function")
                };
                assert!(plan["gate"].is_object(), "an import of a gate without one");
                let both: &[ValType] = match name {
                    "tap" => &[ValType::I64],
                    "stack" | "refused" => &[],
                    _ => panic!("the gate has no {name}"),
                };
                let wanted = types[wanted].unwrap_func();
                assert_eq!((wanted.params(), wanted.results()), (both, both), "{name}");
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

fn core_func(func: &Value, instances: &[Option<TypesRef<'_>>], plan: &Value) {
    if func["trampoline"].is_null() {
        assert!(
            matches!(
                export(instances, &func["instance"], &func["export"]),
                None | Some(EntityType::Func(_))
            ),
            "{func}"
        );
    } else {
        index_in(&func["trampoline"], plan, "trampolines");
    }
}

fn export(
    instances: &[Option<TypesRef<'_>>],
    instance: &Value,
    name: &Value,
) -> Option<EntityType> {
    let name = name.as_str().expect("a name");
    let mut exports = instances[index(instance)]?
        .core_exports()
        .expect("a core module");
    let export = exports.find(|(export, _)| *export == name);
    Some(export.unwrap_or_else(|| panic!("no export {name}")).1)
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
