//! What a component offers: types with their layout, functions and exports.

#[cfg(doc)]
use super::Plan;
use super::{CoreFunc, CoreSignature, CoreType};
use serde::Serialize;

/// An index into [`Plan::types`].
pub type TypeIndex = u32;

/// A type of the component model with its layout by the Canonical ABI (32-bit memories).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Type {
    /// What it is.
    #[serde(flatten)]
    pub shape: Shape,
    /// Bytes in memory.
    pub size: u32,
    /// Alignment in memory.
    pub align: u32,
    /// Core values when passed flat; `None` when more than 16.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat: Option<Vec<CoreType>>,
    /// The name it is exported or imported under. A named type has its own entry even where another is alike;
    /// types without a name are interned by structure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The interface that names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Documentation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub docs: String,
}

/// The structure of a [`Type`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Shape {
    /// `bool`
    Bool,
    /// `s8`
    S8,
    /// `u8`
    U8,
    /// `s16`
    S16,
    /// `u16`
    U16,
    /// `s32`
    S32,
    /// `u32`
    U32,
    /// `s64`
    S64,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`
    Char,
    /// `string`
    String,
    /// `list<element>`
    List {
        /// Element type.
        element: TypeIndex,
    },
    /// `record`
    Record {
        /// Fields in order.
        fields: Vec<Field>,
    },
    /// `tuple`: its fields are named "0", "1" …
    Tuple {
        /// Fields in order.
        fields: Vec<Field>,
    },
    /// `variant`
    Variant {
        /// Cases in order of their discriminants.
        cases: Vec<Case>,
        /// Bytes of the discriminant: 1, 2 or 4.
        discriminant: u32,
        /// Offset of the payload.
        payload: u32,
    },
    /// `enum`
    Enum {
        /// Cases in order of their discriminants.
        cases: Vec<Label>,
        /// Bytes of the discriminant: 1, 2 or 4.
        discriminant: u32,
    },
    /// `option<element>`: discriminant 0 is none, 1 is some.
    Option {
        /// Type of the value.
        element: TypeIndex,
        /// Bytes of the discriminant: 1.
        discriminant: u32,
        /// Offset of the value.
        payload: u32,
    },
    /// `result<ok, err>`: discriminant 0 is ok, 1 is the error.
    Result {
        /// Type of the answer.
        ok: Option<TypeIndex>,
        /// Type of the error.
        err: Option<TypeIndex>,
        /// Bytes of the discriminant: 1.
        discriminant: u32,
        /// Offset of either.
        payload: u32,
    },
    /// `flags`: the first name is bit 0.
    Flags {
        /// Names in order of their bits.
        flags: Vec<Label>,
    },
    /// `own<resource>`
    Own {
        /// Index into [`Plan::resources`].
        resource: u32,
    },
    /// `borrow<resource>`
    Borrow {
        /// Index into [`Plan::resources`].
        resource: u32,
    },
}

impl Shape {
    /// Calls a function with each type that this one refers to.
    pub fn each_part(&self, mut part: impl FnMut(TypeIndex)) {
        match self {
            Shape::List { element } | Shape::Option { element, .. } => part(*element),
            Shape::Record { fields } | Shape::Tuple { fields } => {
                fields.iter().for_each(|field| part(field.ty));
            }
            Shape::Variant { cases, .. } => cases.iter().filter_map(|case| case.ty).for_each(part),
            Shape::Result { ok, err, .. } => ok.iter().chain(err).for_each(|ty| part(*ty)),
            _ => {}
        }
    }
}

/// A field of a record or tuple.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Field {
    /// Name in kebab case.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub ty: TypeIndex,
    /// Offset in memory.
    pub offset: u32,
    /// Documentation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub docs: String,
}

/// A case of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Case {
    /// Name in kebab case.
    pub name: String,
    /// Type of the payload.
    #[serde(rename = "type")]
    pub ty: Option<TypeIndex>,
    /// Documentation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub docs: String,
}

/// A case of an enum or a flag.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Label {
    /// Name in kebab case.
    pub name: String,
    /// Documentation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub docs: String,
}

/// An exported function: its types, and how to call it.
#[derive(Clone, Debug, Serialize)]
pub struct Func {
    /// Name, as `parse` or `[method]blob.read`.
    pub name: String,
    /// The interface it is in; `None` for a function exported by the component itself.
    pub interface: Option<String>,
    /// Documentation.
    pub docs: String,
    /// Parameters in order.
    pub params: Vec<Param>,
    /// Type of the result.
    pub result: Option<TypeIndex>,
    /// The core function to call.
    pub callee: CoreFunc,
    /// Slot of the memory for strings and lists.
    pub memory: Option<u32>,
    /// Slot of the allocator.
    pub realloc: Option<u32>,
    /// Slot of the function to call with the flat results once they are read.
    pub post_return: Option<u32>,
    /// Encoding of strings.
    pub encoding: Encoding,
    /// Signature of `callee`.
    pub core: CoreSignature,
    /// Layout of the parameters in memory, when there are more than 16 flat ones: `callee` then takes one pointer.
    pub spill_params: Option<Spill>,
    /// Whether `callee` returns a pointer to its result.
    pub spill_result: bool,
    /// The component instance that the function belongs to.
    pub component_instance: u32,
    /// The same function made callable in one crossing, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
}

/// A function that transpile adds to a core module: it does in WebAssembly what a host does around a call when short strings and
/// lists of numbers go in or come out. That is: allocate, store, call, load, and run post-return.
///
/// It takes an `i32`, the mode; then the parameters of [`Func::core`]; then for each staged parameter `words` times an `i64`. With
/// mode 1 the bytes of the staged parameters are in their words, each at most `words` times 8, and their addresses are ignored.
/// With mode 0 the host has allocated and written them, and the words are ignored.
///
/// Words hold n bytes like this: from 8 bytes on word k is the little endian of the bytes from 8 k, for each k with 8 k + 8 ≤ n;
/// and if a rest remains, the next word is that of the last 8 bytes. From 4 bytes on the low half of word 0 is the little endian of
/// the first 4 bytes, the high half that of the last 4. Fewer bytes are the low bytes of word 0, and the others are 0. All other
/// words mean nothing.
///
/// It gives back three `i32`, the status, an address and a length, and then what the [`Answer`] tells. The status is
///
/// | status | meaning | address | length |
/// |---|---|---|---|
/// | 0 | done | with [`Answer::Text`] that of the answer | with [`Answer::Text`] that of the answer, in elements |
/// | 1 | only with [`Answer::Text`]: the answer is too long for the words, or is not sound. The host lifts it and runs post-return | what the function returned | 0 |
/// | 2 | the allocator gave memory that is not aligned or not in bounds; nothing ran since | what it gave | bytes asked for |
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Number of the core instance.
    pub instance: u32,
    /// Name of the export.
    pub export: String,
    /// Numbers of the parameters that can travel in words: all that are a string or a list of numbers, two at most. No other
    /// parameter needs memory.
    pub staged: Vec<u32>,
    /// How many `i64` a staged parameter takes, and the answer: 8.
    pub words: u32,
    /// What is given back.
    pub answer: Answer,
}

/// What an [`Entry`] gives back behind status, address and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// The results of [`Func::core`]. Where they are the result itself, post-return was run; where they are its address, the host
    /// lifts and then runs post-return.
    Flat,
    /// `words` times an `i64`, with the bytes of a string or a list of numbers in them. Post-return was run.
    Text,
}

/// A parameter.
#[derive(Clone, Debug, Serialize)]
pub struct Param {
    /// Name in kebab case.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub ty: TypeIndex,
}

/// How strings lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "utf8")]
    Utf8,
    /// UTF-16, little endian.
    #[serde(rename = "utf16")]
    Utf16,
    /// Latin-1 where it suffices, else UTF-16, told by the top bit of the length.
    #[serde(rename = "latin1+utf16")]
    Latin1OrUtf16,
}

/// Layout of parameters in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spill {
    /// Bytes.
    pub size: u32,
    /// Alignment.
    pub align: u32,
    /// Offset of each parameter.
    pub offsets: Vec<u32>,
}

/// An export.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Export {
    /// An interface.
    Instance {
        /// Full name.
        name: String,
        /// Documentation.
        docs: String,
        /// The interface as canonical WIT, in the form of [`Contract::text`](super::Contract::text).
        text: String,
        /// What is in it.
        exports: Vec<Export>,
    },
    /// A function.
    Func {
        /// Name.
        name: String,
        /// Index into [`Plan::funcs`].
        func: u32,
    },
    /// A type of values.
    Type {
        /// Name.
        name: String,
        /// Index into [`Plan::types`].
        #[serde(rename = "type")]
        ty: TypeIndex,
    },
    /// A resource type.
    Resource {
        /// Name.
        name: String,
        /// Index into [`Plan::resources`].
        resource: u32,
    },
    /// A core module.
    Module {
        /// Name.
        name: String,
    },
}
