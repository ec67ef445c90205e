//! Small components that import something.

use tenon_host::{Config, Engine, Fault, Import, Kernel, LoadOptions};

pub(crate) fn engine() -> Engine {
    Engine::new(&Config {
        max_instances: 8,
        ..Config::default()
    })
    .unwrap()
}

/// Loads the text of a component.
pub(crate) fn load(component: &str, imports: Vec<Import>) -> Result<Kernel, Fault> {
    let options = LoadOptions {
        imports,
        ..LoadOptions::default()
    };
    engine().load_with(&wat::parse_str(component).unwrap(), &options)
}

/// A component that imports `twice` in an interface, and exports `f`, which calls it.
pub(crate) fn twice(interface: &str) -> String {
    format!(
        r#"(component
            (import "{interface}" (instance $i (export "twice" (func (param "n" u32) (result u32)))))
            (core func $twice (canon lower (func $i "twice")))
            (core module $m (import "" "twice" (func $twice (param i32) (result i32))) (export "f" (func $twice)))
            (core instance $m (instantiate $m (with "" (instance (export "twice" (func $twice))))))
            (func (export "f") (param "n" u32) (result u32) (canon lift (core func $m "f"))))"#
    )
}
