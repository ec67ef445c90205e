//! Types in the text format of components.

use crate::types::Type;

/// Where a component's types come from: an exported function may only name types that are exported, an imported one
/// those that are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The host calls the guest.
    Export,
    /// The guest calls the host.
    Import,
    /// The types of an instance that a component imports.
    Instance,
}

/// Defines types as it goes and gives them names.
pub struct Definitions {
    via: Via,
    /// The definitions so far, one a line.
    pub text: String,
    count: usize,
}

impl Definitions {
    /// None yet.
    pub fn new(via: Via) -> Definitions {
        Definitions {
            via,
            text: String::new(),
            count: 0,
        }
    }

    /// The type as a parameter's or a result's; what has to have a name is defined first.
    pub fn reference(&mut self, ty: &Type) -> String {
        let name = match ty {
            Type::Bool => "bool",
            Type::S8 => "s8",
            Type::U8 => "u8",
            Type::S16 => "s16",
            Type::U16 => "u16",
            Type::S32 => "s32",
            Type::U32 => "u32",
            Type::S64 => "s64",
            Type::U64 => "u64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::Char => "char",
            Type::String => "string",
            _ => return self.compound(ty),
        };
        name.to_owned()
    }

    fn compound(&mut self, ty: &Type) -> String {
        match ty {
            Type::List(element) => format!("(list {})", self.reference(element)),
            Type::Option(some) => format!("(option {})", self.reference(some)),
            Type::Tuple(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|field| self.reference(field)).collect();
                format!("(tuple {})", fields.join(" "))
            }
            Type::Result(ok, error) => {
                let ok = ok.as_ref().map(|ty| self.reference(ty)).unwrap_or_default();
                let error = error
                    .as_ref()
                    .map(|ty| format!("(error {})", self.reference(ty)));
                format!("(result {ok} {})", error.unwrap_or_default())
            }
            Type::Record(fields) => {
                let field = |(i, ty)| format!(r#"(field "f{i}" {})"#, self.reference(ty));
                let fields: Vec<String> = fields.iter().enumerate().map(field).collect();
                self.define(&format!("(record {})", fields.join(" ")))
            }
            Type::Variant(cases) => {
                let case = |(i, ty): (usize, &Option<Type>)| {
                    let payload = ty.as_ref().map(|ty| self.reference(ty)).unwrap_or_default();
                    format!(r#"(case "c{i}" {payload})"#)
                };
                let cases: Vec<String> = cases.iter().enumerate().map(case).collect();
                self.define(&format!("(variant {})", cases.join(" ")))
            }
            Type::Enum(count) => self.define(&format!("(enum {})", labels(*count))),
            Type::Flags(count) => self.define(&format!("(flags {})", labels(*count))),
            Type::Own(resource) => format!("(own $r{resource})"),
            Type::Borrow(resource) => format!("(borrow $r{resource})"),
            _ => self.reference(ty),
        }
    }

    fn define(&mut self, definition: &str) -> String {
        let n = self.count;
        self.count += 1;
        self.text += &match self.via {
            Via::Export => {
                format!("(type $d{n} {definition}) (export $t{n} \"t{n}\" (type $d{n}))\n")
            }
            Via::Import => {
                format!("(type $d{n} {definition}) (import \"t{n}\" (type $t{n} (eq $d{n})))\n")
            }
            Via::Instance => {
                format!("(type $d{n} {definition}) (export \"t{n}\" (type $t{n} (eq $d{n})))\n")
            }
        };
        format!("$t{n}")
    }
}

fn labels(count: usize) -> String {
    (0..count).map(|i| format!(r#""l{i}" "#)).collect()
}

/// The type in WIT's spelling, for people.
pub fn describe(ty: &Type) -> String {
    let list = |types: &[Type]| types.iter().map(describe).collect::<Vec<_>>().join(", ");
    let or_hole = |ty: Option<&Type>| ty.map_or("_".to_owned(), describe);
    match ty {
        Type::List(element) => format!("list<{}>", describe(element)),
        Type::Option(some) => format!("option<{}>", describe(some)),
        Type::Tuple(fields) => format!("tuple<{}>", list(fields)),
        Type::Record(fields) => format!("record{{{}}}", list(fields)),
        Type::Result(ok, error) => format!(
            "result<{}, {}>",
            or_hole(ok.as_deref()),
            or_hole(error.as_deref())
        ),
        Type::Variant(cases) if cases.len() > 16 => format!("variant of {}", cases.len()),
        Type::Variant(cases) => {
            let cases: Vec<String> = cases.iter().map(|case| or_hole(case.as_ref())).collect();
            format!("variant{{{}}}", cases.join(", "))
        }
        Type::Enum(count) => format!("enum of {count}"),
        Type::Flags(count) => format!("flags of {count}"),
        Type::Own(resource) => format!("own<r{resource}>"),
        Type::Borrow(resource) => format!("borrow<r{resource}>"),
        _ => format!("{ty:?}").to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_a_name_is_defined_first() {
        let ty = Type::List(Box::new(Type::Record(vec![
            Type::U8,
            Type::Result(None, Some(Box::new(Type::Enum(2)))),
        ])));
        let mut definitions = Definitions::new(Via::Import);
        assert_eq!(definitions.reference(&ty), "(list $t1)");
        assert_eq!(
            definitions.text,
            "(type $d0 (enum \"l0\" \"l1\" )) (import \"t0\" (type $t0 (eq $d0)))\n\
             (type $d1 (record (field \"f0\" u8) (field \"f1\" (result  (error $t0))))) (import \"t1\" (type $t1 (eq $d1)))\n"
        );
        assert_eq!(describe(&ty), "list<record{u8, result<_, enum of 2>}>");
    }
}
