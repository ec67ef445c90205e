//! What the stub answers, with the types that WASI 0.2 gives it.

use std::fmt::Write;
use wasmtime::component::types::ComponentFunc;
use wasmtime::component::{ResourceType, Type};

/// A resource that the stub stands in for, by the import that defines it.
pub(crate) struct Named {
    pub(crate) ty: ResourceType,
    /// The interface, as `wasi:io/poll@0.2.3`.
    pub(crate) import: String,
    pub(crate) name: String,
}

impl Named {
    /// Whether it is the one that an interface defines under a name.
    pub(super) fn is(&self, import: &str, name: &str) -> bool {
        self.import == import && self.name == name
    }
}

/// Interface, function, and type as [`Shape`] writes it. The Go host has the same.
const FUNCTIONS: &[(&str, &str, &str)] = &[
    (
        "cli/environment",
        "get-environment",
        "func() -> list<tuple<string, string>>",
    ),
    ("cli/environment", "get-arguments", "func() -> list<string>"),
    ("cli/environment", "initial-cwd", "func() -> option<string>"),
    ("cli/exit", "exit", "func(status: result)"),
    ("cli/exit", "exit-with-code", "func(status-code: u8)"),
    ("cli/stdin", "get-stdin", "func() -> input-stream"),
    ("cli/stdout", "get-stdout", "func() -> output-stream"),
    ("cli/stderr", "get-stderr", "func() -> output-stream"),
    (
        "cli/terminal-stdin",
        "get-terminal-stdin",
        "func() -> option<terminal-input>",
    ),
    (
        "cli/terminal-stdout",
        "get-terminal-stdout",
        "func() -> option<terminal-output>",
    ),
    (
        "cli/terminal-stderr",
        "get-terminal-stderr",
        "func() -> option<terminal-output>",
    ),
    (
        "io/error",
        "[method]error.to-debug-string",
        "func(self: borrow<error>) -> string",
    ),
    (
        "io/poll",
        "[method]pollable.ready",
        "func(self: borrow<pollable>) -> bool",
    ),
    (
        "io/poll",
        "[method]pollable.block",
        "func(self: borrow<pollable>)",
    ),
    (
        "io/poll",
        "poll",
        "func(in: list<borrow<pollable>>) -> list<u32>",
    ),
    (
        "io/streams",
        "[method]input-stream.read",
        "func(self: borrow<input-stream>, len: u64) -> result<list<u8>, stream-error>",
    ),
    (
        "io/streams",
        "[method]input-stream.blocking-read",
        "func(self: borrow<input-stream>, len: u64) -> result<list<u8>, stream-error>",
    ),
    (
        "io/streams",
        "[method]input-stream.skip",
        "func(self: borrow<input-stream>, len: u64) -> result<u64, stream-error>",
    ),
    (
        "io/streams",
        "[method]input-stream.blocking-skip",
        "func(self: borrow<input-stream>, len: u64) -> result<u64, stream-error>",
    ),
    (
        "io/streams",
        "[method]input-stream.subscribe",
        "func(self: borrow<input-stream>) -> pollable",
    ),
    (
        "io/streams",
        "[method]output-stream.check-write",
        "func(self: borrow<output-stream>) -> result<u64, stream-error>",
    ),
    (
        "io/streams",
        "[method]output-stream.write",
        "func(self: borrow<output-stream>, contents: list<u8>) -> result<_, stream-error>",
    ),
    (
        "io/streams",
        "[method]output-stream.blocking-write-and-flush",
        "func(self: borrow<output-stream>, contents: list<u8>) -> result<_, stream-error>",
    ),
    (
        "io/streams",
        "[method]output-stream.flush",
        "func(self: borrow<output-stream>) -> result<_, stream-error>",
    ),
    (
        "io/streams",
        "[method]output-stream.blocking-flush",
        "func(self: borrow<output-stream>) -> result<_, stream-error>",
    ),
    (
        "io/streams",
        "[method]output-stream.write-zeroes",
        "func(self: borrow<output-stream>, len: u64) -> result<_, stream-error>",
    ),
    (
        "io/streams",
        "[method]output-stream.blocking-write-zeroes-and-flush",
        "func(self: borrow<output-stream>, len: u64) -> result<_, stream-error>",
    ),
    (
        "io/streams",
        "[method]output-stream.splice",
        "func(self: borrow<output-stream>, src: borrow<input-stream>, len: u64) -> result<u64, stream-error>",
    ),
    (
        "io/streams",
        "[method]output-stream.blocking-splice",
        "func(self: borrow<output-stream>, src: borrow<input-stream>, len: u64) -> result<u64, stream-error>",
    ),
    (
        "io/streams",
        "[method]output-stream.subscribe",
        "func(self: borrow<output-stream>) -> pollable",
    ),
    ("clocks/wall-clock", "now", "func() -> datetime"),
    ("clocks/wall-clock", "resolution", "func() -> datetime"),
    ("clocks/monotonic-clock", "now", "func() -> u64"),
    ("clocks/monotonic-clock", "resolution", "func() -> u64"),
    (
        "clocks/monotonic-clock",
        "subscribe-instant",
        "func(when: u64) -> pollable",
    ),
    (
        "clocks/monotonic-clock",
        "subscribe-duration",
        "func(when: u64) -> pollable",
    ),
    (
        "random/random",
        "get-random-bytes",
        "func(len: u64) -> list<u8>",
    ),
    ("random/random", "get-random-u64", "func() -> u64"),
    (
        "random/insecure",
        "get-insecure-random-bytes",
        "func(len: u64) -> list<u8>",
    ),
    (
        "random/insecure",
        "get-insecure-random-u64",
        "func() -> u64",
    ),
    (
        "random/insecure-seed",
        "insecure-seed",
        "func() -> tuple<u64, u64>",
    ),
    (
        "filesystem/preopens",
        "get-directories",
        "func() -> list<tuple<descriptor, string>>",
    ),
];

/// What shapes call the types of WASI that have a structure or an identity.
const NAMES: &[(&str, &str)] = &[
    ("cli/terminal-input#terminal-input", "terminal-input"),
    ("cli/terminal-output#terminal-output", "terminal-output"),
    ("filesystem/types#descriptor", "descriptor"),
    ("io/error#error", "error"),
    ("io/poll#pollable", "pollable"),
    ("io/streams#input-stream", "input-stream"),
    ("io/streams#output-stream", "output-stream"),
    (
        "variant { last-operation-failed(error), closed }",
        "stream-error",
    ),
    ("record { seconds: u64, nanoseconds: u32 }", "datetime"),
];

/// About the longest text of a type, in bytes: WASI's are shorter. A hostile type that uses another one twice, and so on,
/// would be as long as two to the power of its depth.
const MAX_SHAPE: usize = 512;

/// Whether the stub answers a function, by the type that the component declares for it.
pub(super) fn offered(import: &str, func: &str, ty: &ComponentFunc, stubs: &[Named]) -> bool {
    let interface = super::interface(import);
    FUNCTIONS.iter().any(|(of, name, shape)| {
        *of == interface && *name == func && *shape == Shape::of(ty, stubs)
    })
}

/// A function's type as WIT, by its structure: whatever the component calls a type, only one that is WASI's gets a name,
/// of those in [`NAMES`].
struct Shape<'s> {
    stubs: &'s [Named],
    text: String,
}

impl Shape<'_> {
    fn of(func: &ComponentFunc, stubs: &[Named]) -> String {
        let text = if func.async_() {
            "async func("
        } else {
            "func("
        };
        let mut shape = Shape {
            stubs,
            text: text.to_owned(),
        };
        shape.list(func.params(), ")", |shape, (name, ty)| {
            shape.field(name, &ty)
        });
        for ty in func.results() {
            shape.one(" -> ", &ty, "");
        }
        shape.text
    }

    fn one(&mut self, prefix: &str, ty: &Type, suffix: &str) {
        self.text.push_str(prefix);
        self.value(ty);
        self.text.push_str(suffix);
    }

    fn field(&mut self, name: &str, ty: &Type) {
        self.text.push_str(name);
        self.one(": ", ty, "");
    }

    fn list<T>(&mut self, items: impl Iterator<Item = T>, end: &str, write: impl Fn(&mut Self, T)) {
        for (index, item) in items.enumerate() {
            if self.text.len() > MAX_SHAPE {
                break;
            }
            if index > 0 {
                self.text.push_str(", ");
            }
            write(self, item);
        }
        self.text.push_str(end);
    }

    /// Writes a type, by WASI's name if it is one of WASI's.
    fn value(&mut self, ty: &Type) {
        if self.text.len() > MAX_SHAPE {
            self.text.push('…');
            return;
        }
        let start = self.text.len();
        match ty {
            Type::Bool => self.text.push_str("bool"),
            Type::S8 => self.text.push_str("s8"),
            Type::U8 => self.text.push_str("u8"),
            Type::S16 => self.text.push_str("s16"),
            Type::U16 => self.text.push_str("u16"),
            Type::S32 => self.text.push_str("s32"),
            Type::U32 => self.text.push_str("u32"),
            Type::S64 => self.text.push_str("s64"),
            Type::U64 => self.text.push_str("u64"),
            Type::Float32 => self.text.push_str("f32"),
            Type::Float64 => self.text.push_str("f64"),
            Type::Char => self.text.push_str("char"),
            Type::String => self.text.push_str("string"),
            Type::List(list) => self.one("list<", &list.ty(), ">"),
            Type::Option(option) => self.one("option<", &option.ty(), ">"),
            Type::Tuple(tuple) => {
                self.text.push_str("tuple<");
                self.list(tuple.types(), ">", |shape, ty| shape.value(&ty));
            }
            Type::Record(record) => {
                self.text.push_str("record { ");
                self.list(record.fields(), " }", |shape, field| {
                    shape.field(field.name, &field.ty)
                });
            }
            Type::Variant(variant) => {
                self.text.push_str("variant { ");
                self.list(variant.cases(), " }", |shape, case| {
                    shape.text.push_str(case.name);
                    if let Some(ty) = &case.ty {
                        shape.one("(", ty, ")");
                    }
                });
            }
            Type::Enum(cases) => {
                self.text.push_str("enum { ");
                self.list(cases.names(), " }", |shape, name| shape.text.push_str(name));
            }
            Type::Flags(flags) => {
                self.text.push_str("flags { ");
                self.list(flags.names(), " }", |shape, name| shape.text.push_str(name));
            }
            Type::Result(result) => match (result.ok(), result.err()) {
                (None, None) => self.text.push_str("result"),
                (Some(ok), None) => self.one("result<", &ok, ">"),
                (None, Some(err)) => self.one("result<_, ", &err, ">"),
                (Some(ok), Some(err)) => {
                    self.one("result<", &ok, ", ");
                    self.one("", &err, ">");
                }
            },
            Type::Own(resource) => self.resource(resource),
            Type::Borrow(resource) => {
                self.text.push_str("borrow<");
                self.resource(resource);
                self.text.push('>');
            }
            // No function of WASI 0.2 has these.
            Type::Map(_)
            | Type::FixedLengthList(_)
            | Type::Future(_)
            | Type::Stream(_)
            | Type::ErrorContext => self.text.push('…'),
        }
        self.rename(start);
    }

    /// Writes the path by which the component imports a resource first.
    fn resource(&mut self, ty: &ResourceType) {
        let start = self.text.len();
        match self.stubs.iter().find(|it| it.ty == *ty) {
            Some(Named { import, name, .. }) => {
                _ = write!(self.text, "{}#{name}", super::interface(import));
            }
            None => self.text.push('…'),
        }
        self.rename(start);
    }

    /// Puts WASI's name in place of what was written since `start`.
    fn rename(&mut self, start: usize) {
        if let Some((_, name)) = NAMES.iter().find(|(text, _)| self.text[start..] == **text) {
            self.text.truncate(start);
            self.text.push_str(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::Engine;
    use wasmtime::component::Component;
    use wasmtime::component::types::ComponentItem;

    /// The shape of the function `f` of the last import of a component, whose resources are the stub's, and whether the stub
    /// offers it.
    fn shape(component: &str, func: &str) -> (String, bool) {
        let engine = Engine::default();
        let bytes = wat::parse_str(format!("(component {component})")).unwrap();
        let component = Component::new(&engine, bytes).unwrap();
        let ty = component.component_type();
        let mut stubs: Vec<Named> = Vec::new();
        let mut found = None;
        for (import, item) in ty.imports(&engine) {
            let ComponentItem::ComponentInstance(instance) = &item.ty else {
                panic!("{import} is no instance");
            };
            for (name, item) in instance.exports(&engine) {
                match item.ty {
                    ComponentItem::Resource(ty) if stubs.iter().all(|it| it.ty != ty) => {
                        stubs.push(Named {
                            ty,
                            import: import.to_owned(),
                            name: name.to_owned(),
                        });
                    }
                    ComponentItem::ComponentFunc(ty) if name == func => {
                        found = Some((Shape::of(&ty, &stubs), offered(import, name, &ty, &stubs)));
                    }
                    _ => {}
                }
            }
        }
        found.expect("the function")
    }

    #[test]
    fn functions_answer_with_the_types_of_wasi_alone() {
        for (import, func, ty, fits) in [
            ("random/random", "get-random-u64", "(result u64)", true),
            ("random/random", "get-random-u64", "(result u32)", false),
            ("random/random", "get-random-u64", "", false),
            (
                "random/random",
                "get-random-bytes",
                r#"(param "len" u64) (result (list u8))"#,
                true,
            ),
            (
                "random/random",
                "get-random-bytes",
                r#"(param "len" u8) (result (list u8))"#,
                false,
            ),
            (
                "random/random",
                "get-random-bytes",
                r#"(param "n" u64) (result (list u8))"#,
                false,
            ),
            (
                "random/random",
                "get-random-bytes",
                "(result (list u8))",
                false,
            ),
            ("io/poll", "poll", "(result (list u32))", false),
            (
                "io/poll",
                "poll",
                r#"(param "in" (list u32)) (result (list u32))"#,
                false,
            ),
            ("clocks/monotonic-clock", "now", "(result string)", false),
            ("cli/exit", "exit", r#"(param "status" (result))"#, true),
            ("cli/exit", "exit", "", false),
            (
                "cli/exit",
                "exit-with-code",
                r#"(param "status-code" u8)"#,
                true,
            ),
            ("cli/exit", "leave", "", false),
            (
                "cli/environment",
                "initial-cwd",
                "(result (option string))",
                true,
            ),
            (
                "cli/environment",
                "initial-cwd",
                "(result (option u8))",
                false,
            ),
        ] {
            let import = format!(
                r#"(import "wasi:{import}@0.2.17" (instance (export "{func}" (func {ty}))))"#
            );
            let (text, offered) = shape(&import, func);
            assert_eq!(offered, fits, "{import} as {text}");
        }
    }

    #[test]
    fn types_of_wasi_are_known_by_structure_and_by_who_defines_them() {
        let poll = |version| {
            format!(
                r#"(import "wasi:io/poll@{version}" (instance $poll (export "pollable" (type (sub resource)))))
                (alias export $poll "pollable" (type $pollable))
                (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "pollable" (type $p (eq $pollable)))
                    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))"#
            )
        };
        let expected = "func(when: u64) -> pollable".to_owned();
        assert_eq!(
            shape(&poll("0.2.3"), "subscribe-duration"),
            (expected, true)
        );
        let clock = |record| {
            format!(
                r#"(import "wasi:clocks/wall-clock@0.2.0" (instance (type $r (record {record}))
                    (export "time" (type $t (eq $r))) (export "now" (func (result $t)))))"#
            )
        };
        let (text, fits) = shape(
            &clock(r#"(field "seconds" u64) (field "nanoseconds" u32)"#),
            "now",
        );
        assert_eq!((text.as_str(), fits), ("func() -> datetime", true));
        let (text, fits) = shape(
            &clock(r#"(field "nanoseconds" u32) (field "seconds" u64)"#),
            "now",
        );
        assert_eq!(
            (text.as_str(), fits),
            ("func() -> record { nanoseconds: u32, seconds: u64 }", false)
        );
        assert!(
            FUNCTIONS
                .iter()
                .all(|(_, _, shape)| shape.len() <= MAX_SHAPE)
        );
    }

    /// A type that has another one twice, and so on.
    #[test]
    fn shapes_are_bounded() {
        let mut types = "(type $t0 (tuple u8 u8))".to_owned();
        for depth in 1..16 {
            let inner = depth - 1;
            types += &format!("(type $t{depth} (tuple $t{inner} $t{inner}))");
        }
        let import = format!(
            r#"(import "wasi:cli/environment@0.2.0" (instance {types} (export "get-arguments" (func (result $t15)))))"#
        );
        let (text, fits) = shape(&import, "get-arguments");
        assert!(!fits && text.len() < 8 * MAX_SHAPE, "{}", text.len());
    }
}
