//! Types as text, as they are compared: named ones by their names.

use std::fmt::Write;
use wit_parser::{
    Handle, InterfaceId, PackageId, PackageName, Resolve, Type, TypeDefKind, TypeId, TypeOwner,
};

/// The longest text of one type, in bytes. A component can share the parts of a type so that its text would have no end.
const LONGEST: usize = 64 << 10;

/// A type whose text is longer than anyone can read.
#[derive(Debug)]
pub(crate) struct TooLong;

/// Writes texts, and remembers which named types stand in them.
pub(crate) struct Texts<'a> {
    resolve: &'a Resolve,
    package: Option<PackageId>,
    named: Vec<TypeId>,
}

impl<'a> Texts<'a> {
    /// For what a package, if there is one, calls its own.
    pub(crate) fn new(resolve: &'a Resolve, package: Option<PackageId>) -> Texts<'a> {
        Texts {
            resolve,
            package,
            named: Vec::new(),
        }
    }

    /// A named type that a text since has mentioned.
    pub(crate) fn next_named(&mut self) -> Option<TypeId> {
        self.named.pop()
    }

    /// An interface's name: short in the package itself, else in full with the part of the version that compatible ones
    /// share. `None` for one without a name.
    pub(crate) fn interface_key(&self, id: InterfaceId) -> Option<String> {
        let interface = &self.resolve.interfaces[id];
        let name = interface.name.as_ref()?;
        let package = interface.package?;
        if Some(package) == self.package {
            return Some(name.clone());
        }
        let package = &self.resolve.packages[package].name;
        let mut key = format!("{}:{}/{name}", package.namespace, package.name);
        if let Some(version) = &package.version {
            let track = PackageName::version_compat_track_string(version);
            key = format!("{key}@{track}");
        }
        Some(key)
    }

    /// Interface and name of a named type.
    pub(crate) fn origin(&self, id: TypeId) -> Option<(String, String)> {
        let ty = &self.resolve.types[id];
        let TypeOwner::Interface(owner) = ty.owner else {
            return None;
        };
        Some((self.interface_key(owner)?, ty.name.clone()?))
    }

    /// The text of a type as it is called in an interface. Without one, the type's own is taken to be that.
    pub(crate) fn of(&mut self, ty: &Type, home: Option<InterfaceId>) -> Result<String, TooLong> {
        let mut out = String::new();
        self.put(&mut out, ty, home)?;
        Ok(out)
    }

    /// The text of a type without its name.
    pub(crate) fn of_kind(
        &mut self,
        kind: &TypeDefKind,
        home: Option<InterfaceId>,
    ) -> Result<String, TooLong> {
        let mut out = String::new();
        self.put_kind(&mut out, kind, home)?;
        Ok(out)
    }

    fn put(
        &mut self,
        out: &mut String,
        ty: &Type,
        home: Option<InterfaceId>,
    ) -> Result<(), TooLong> {
        if out.len() > LONGEST {
            return Err(TooLong);
        }
        let resolve = self.resolve;
        match ty {
            Type::Bool => out.push_str("bool"),
            Type::U8 => out.push_str("u8"),
            Type::U16 => out.push_str("u16"),
            Type::U32 => out.push_str("u32"),
            Type::U64 => out.push_str("u64"),
            Type::S8 => out.push_str("s8"),
            Type::S16 => out.push_str("s16"),
            Type::S32 => out.push_str("s32"),
            Type::S64 => out.push_str("s64"),
            Type::F32 => out.push_str("f32"),
            Type::F64 => out.push_str("f64"),
            Type::Char => out.push_str("char"),
            Type::String => out.push_str("string"),
            Type::ErrorContext => out.push_str("error-context"),
            Type::Id(id) => match &resolve.types[*id].name {
                Some(name) => {
                    self.named.push(*id);
                    if let (TypeOwner::Interface(owner), Some(home)) =
                        (resolve.types[*id].owner, home)
                        && owner != home
                        && let Some(key) = self.interface_key(owner)
                    {
                        let _ = write!(out, "{key}.");
                    }
                    out.push_str(name);
                }
                None => self.put_kind(out, &resolve.types[*id].kind, home)?,
            },
        }
        Ok(())
    }

    fn put_kind(
        &mut self,
        out: &mut String,
        kind: &TypeDefKind,
        home: Option<InterfaceId>,
    ) -> Result<(), TooLong> {
        let some = |ty: &Type| Some(*ty);
        match kind {
            TypeDefKind::Type(ty) => self.put(out, ty, home),
            TypeDefKind::Handle(Handle::Own(id)) => self.put(out, &Type::Id(*id), home),
            TypeDefKind::Handle(Handle::Borrow(id)) => {
                self.list(out, "borrow", &[Some(Type::Id(*id))], home)
            }
            TypeDefKind::Option(ty) => self.list(out, "option", &[some(ty)], home),
            TypeDefKind::List(ty) => self.list(out, "list", &[some(ty)], home),
            TypeDefKind::Map(key, value) => self.list(out, "map", &[some(key), some(value)], home),
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<_> = tuple.types.iter().map(some).collect();
                self.list(out, "tuple", &types, home)
            }
            TypeDefKind::Result(result) => match (result.ok, result.err) {
                (ok, None) => self.list(
                    out,
                    "result",
                    ok.as_slice()
                        .iter()
                        .map(some)
                        .collect::<Vec<_>>()
                        .as_slice(),
                    home,
                ),
                (ok, err) => self.list(out, "result", &[ok, err], home),
            },
            TypeDefKind::Future(ty) => self.list(
                out,
                "future",
                ty.iter().map(some).collect::<Vec<_>>().as_slice(),
                home,
            ),
            TypeDefKind::Stream(ty) => self.list(
                out,
                "stream",
                ty.iter().map(some).collect::<Vec<_>>().as_slice(),
                home,
            ),
            TypeDefKind::FixedLengthList(ty, length) => {
                out.push_str("list<");
                self.put(out, ty, home)?;
                let _ = write!(out, ", {length}>");
                Ok(())
            }
            // Without a name these have no WIT; components may have them as parts of a function's type.
            TypeDefKind::Record(it) => {
                let parts = it.fields.iter().map(|field| (&field.name, Some(field.ty)));
                self.braces(out, "record", parts, home)
            }
            TypeDefKind::Variant(it) => {
                let parts = it.cases.iter().map(|case| (&case.name, case.ty));
                self.braces(out, "variant", parts, home)
            }
            TypeDefKind::Enum(it) => {
                let parts = it.cases.iter().map(|case| (&case.name, None));
                self.braces(out, "enum", parts, home)
            }
            TypeDefKind::Flags(it) => {
                let parts = it.flags.iter().map(|flag| (&flag.name, None));
                self.braces(out, "flags", parts, home)
            }
            TypeDefKind::Resource => {
                out.push_str("resource");
                Ok(())
            }
            TypeDefKind::Unknown => {
                out.push_str("unknown");
                Ok(())
            }
        }
    }

    /// A word with types in angle brackets; nothing stands for one that is missing.
    fn list(
        &mut self,
        out: &mut String,
        word: &str,
        types: &[Option<Type>],
        home: Option<InterfaceId>,
    ) -> Result<(), TooLong> {
        out.push_str(word);
        for (index, ty) in types.iter().enumerate() {
            out.push_str(if index == 0 { "<" } else { ", " });
            match ty {
                Some(ty) => self.put(out, ty, home)?,
                None => out.push('_'),
            }
        }
        if !types.is_empty() {
            out.push('>');
        }
        Ok(())
    }

    /// A word with names in braces, behind each its type, if it has one.
    fn braces<'t>(
        &mut self,
        out: &mut String,
        word: &str,
        parts: impl Iterator<Item = (&'t String, Option<Type>)>,
        home: Option<InterfaceId>,
    ) -> Result<(), TooLong> {
        let _ = write!(out, "{word} {{ ");
        for (name, ty) in parts {
            out.push_str(name);
            if let Some(ty) = ty {
                out.push_str(": ");
                self.put(out, &ty, home)?;
            }
            out.push_str(", ");
        }
        out.push('}');
        Ok(())
    }
}
