//! The identity functions once more, behind a second component instance: what the host passes goes to the outer one, from
//! there to an inner one of another string encoding, and back.
//!
//! The component exports the outer instance as `both`.

use crate::carrier::{names, params_of};
use crate::guest::Encoding;
use crate::identity::{self, RESULT};
use crate::text::{Definitions, Via};
use crate::types::{Core, MAX_FLAT_RESULTS, Type};

/// The component of some types, as text.
pub fn component(types: &[Type], outer: Encoding, inner: Encoding) -> String {
    let mut imported = Definitions::new(Via::Instance);
    let mut own = Definitions::new(Via::Export);
    let mut text = Outer::default();
    let options = format!(
        "(memory (core memory $m)) (realloc (core func $realloc)) string-encoding={}",
        outer.name()
    );
    for (n, ty) in types.iter().enumerate() {
        let (theirs, ours) = (imported.reference(ty), own.reference(ty));
        text.function(&format!("flat-{n}"), ty, &theirs, &ours, &options);
        let list = Type::List(Box::new(ty.clone()));
        let (theirs, ours) = (format!("(list {theirs})"), format!("(list {ours})"));
        text.function(&format!("list-{n}"), &list, &theirs, &ours, &options);
    }
    let inner = identity::component(types, inner).replacen("(component", "(component $inner", 1);
    let Outer {
        imports,
        lowered,
        given,
        core_imports,
        core,
        lifted,
    } = text;
    format!(
        r#"(component
{inner}
(instance $inner (instantiate $inner))
(component $outer
(import "inner" (instance $inner
{imported_types}{imports}))
{types}
(core module $memory {memory})
(core instance $memory (instantiate $memory))
(alias core export $memory "memory" (core memory $m))
(alias core export $memory "realloc" (core func $realloc))
{lowered}
(core module $module
(import "memory" "begin" (func $begin))
{core_imports}{core})
(core instance $i (instantiate $module (with "memory" (instance $memory)) (with "inner" (instance {given}))))
{lifted})
(instance $outer (instantiate $outer (with "inner" (instance $inner))))
(export "both" (instance $outer)))"#,
        imported_types = imported.text,
        types = own.text,
        memory = identity::memory(),
    )
}

/// What each function adds to the outer component.
#[derive(Default)]
struct Outer {
    imports: String,
    lowered: String,
    given: String,
    core_imports: String,
    core: String,
    lifted: String,
}

impl Outer {
    fn function(&mut self, name: &str, ty: &Type, theirs: &str, ours: &str, options: &str) {
        let flat = ty.flatten();
        let params = params_of(&flat);
        let arguments: String = (0..params.len())
            .map(|i| format!("(local.get {i})"))
            .collect();
        let params = names(&params);
        self.imports +=
            &format!("(export \"{name}\" (func (param \"x\" {theirs}) (result {theirs})))\n");
        self.lowered +=
            &format!("(core func ${name} (canon lower (func $inner \"{name}\") {options}))\n");
        self.given += &format!("(export \"{name}\" (func ${name}))");
        // A result that goes to memory is put where the caller says.
        let (import, call, result) = if flat.len() > MAX_FLAT_RESULTS {
            let place = format!("(i32.const {RESULT})");
            let call = format!("(call ${name} {arguments} {place}) (call $begin) {place}");
            (format!("(param {params} i32)"), call, Core::I32)
        } else {
            let call = format!("(call ${name} {arguments}) (call $begin)");
            (
                format!("(param {params}) (result {})", flat[0].name()),
                call,
                flat[0],
            )
        };
        self.core_imports += &format!("(import \"inner\" \"{name}\" (func ${name} {import}))\n");
        self.core += &format!(
            "(func (export \"{name}\") (param {params}) (result {}) {call})\n",
            result.name()
        );
        self.lifted += &format!(
            "(func (export \"{name}\") (param \"x\" {ours}) (result {ours}) (canon lift (core func $i \"{name}\") {options}))\n"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn components_encode() {
        let types = identity::types(&mut Random::new(9), 20);
        let text = component(&types, Encoding::Utf8, Encoding::Latin1Utf16);
        if let Err(error) = wat::parse_str(&text) {
            panic!("{error}");
        }
    }
}
