//! What a component imports, matched with what it is granted.

use crate::facts::Facts;
use crate::fault::{Fault, FaultKind};
use crate::imports::{Import, LoadOptions, Wasi};
use crate::state::{Maker, State};
use crate::wasi;
use std::cmp::Reverse;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, InstancePre, Linker, ResourceType};

/// A component whose imports are found.
pub(crate) struct Linked {
    pub(crate) pre: InstancePre<State>,
    /// What the component uses of what it was granted, in words.
    pub(crate) grants: Vec<String>,
    pub(crate) makers: Vec<Maker>,
}

/// Finds every import among the grants.
pub(crate) fn link(
    engine: &wasmtime::Engine,
    facts: &Facts,
    component: &Component,
    options: &LoadOptions,
) -> Result<Linked, Fault> {
    let mut linker = Linker::new(engine);
    for (index, import) in options.imports.iter().enumerate() {
        let name = import.name();
        if options.imports[..index]
            .iter()
            .any(|other| other.name() == name)
        {
            let message = format!("{} is granted twice", shown(import));
            return Err(Fault::new(FaultKind::Policy, message)
                .in_kernel(facts)
                .with_help("put all of its functions into one Import"));
        }
        import.define(&mut linker).map_err(|error| {
            let name = shown(import);
            Fault::new(
                FaultKind::Policy,
                format!("{name} cannot be granted: {error:#}"),
            )
            .in_kernel(facts)
            .with_help("give each function and resource of an import once")
        })?;
    }

    let ty = component.component_type();
    let mut grants = Vec::new();
    let mut makers: Vec<Maker> = Vec::new();
    let mut resources = Vec::new();
    let mut stubs: Vec<wasi::Named> = Vec::new();
    for (name, item) in ty.imports(engine) {
        let fresh = new_resources(engine, &item.ty, &mut resources);
        let refusal = facts.refusal(name);
        let granted = match &item.ty {
            ComponentItem::ComponentInstance(_) => best(name, &options.imports),
            ComponentItem::ComponentFunc(_) | ComponentItem::Resource(_) => {
                options.imports.iter().find(|it| it.name().is_empty())
            }
            _ => None,
        };
        match (&item.ty, granted, refusal) {
            // Types alone are no grant, even where an import of the name is there.
            (_, _, None) => {}
            (_, Some(import), Some(_)) => {
                let exact = import.name().is_empty() || import.name() == name;
                grants.push(if exact {
                    name.to_owned()
                } else {
                    format!("{name} by {}", import.name())
                });
                for maker in import.makers() {
                    if makers.iter().all(|other| other.ty != maker.ty) {
                        makers.push(maker);
                    }
                }
            }
            (ComponentItem::ComponentInstance(instance), None, Some(_))
                if options.wasi == Wasi::Stub && wasi::knows(name) =>
            {
                stubs.extend(fresh.into_iter().map(|(item, ty)| wasi::Named {
                    ty,
                    import: name.to_owned(),
                    name: item,
                }));
                if let Some(func) = wasi::foreign(engine, instance, &stubs) {
                    let message = format!(
                        "import {name}.{func}: the kernel's type has a resource of another import, and the WASI stub has only its own"
                    );
                    return Err(Fault::new(FaultKind::Contract, message)
                        .in_kernel(facts)
                        .with_help("grant the interface too"));
                }
                wasi::define(&mut linker, engine, name, instance, &stubs).map_err(|error| {
                    Fault::new(
                        FaultKind::Internal,
                        format!("the WASI stub cannot be given for {name}: {error:#}"),
                    )
                    .in_kernel(facts)
                })?;
                grants.push(format!("{name} by stub"));
            }
            (_, None, Some(refusal)) => {
                return Err(Fault::from(refusal.clone()).in_kernel(facts));
            }
        }
    }

    let pre = linker
        .instantiate_pre(component)
        .map_err(|error| mismatch(&error).in_kernel(facts))?;
    Ok(Linked {
        pre,
        grants,
        makers,
    })
}

/// The resources that an imported instance is the first to name: those that it defines. Where others name them again, they
/// are the same.
fn new_resources(
    engine: &wasmtime::Engine,
    item: &ComponentItem,
    known: &mut Vec<ResourceType>,
) -> Vec<(String, ResourceType)> {
    let ComponentItem::ComponentInstance(instance) = item else {
        return Vec::new();
    };
    let mut fresh = Vec::new();
    for (name, item) in instance.exports(engine) {
        if let ComponentItem::Resource(ty) = item.ty
            && !known.contains(&ty)
        {
            known.push(ty);
            fresh.push((name.to_owned(), ty));
        }
    }
    fresh
}

fn shown(import: &Import) -> String {
    match import.name() {
        "" => "the world's import".to_owned(),
        name => format!("the import `{name}`"),
    }
}

/// The grant that wasmtime's linker takes for a name: that of the very name, else the highest version of its track.
fn best<'a>(name: &str, imports: &'a [Import]) -> Option<&'a Import> {
    let exact = imports.iter().find(|import| import.name() == name);
    exact.or_else(|| {
        let (track, _) = track(name)?;
        let same = imports
            .iter()
            .filter_map(|import| Some((self::track(import.name())?, import)))
            .filter(|((other, _), _)| *other == track);
        same.min_by_key(|((_, version), _)| Reverse(*version))
            .map(|(_, import)| import)
    })
}

/// The part of a name that all compatible versions share, and the version; `None` where only the very name will do.
///
/// `a:b/c@1.2.3` is on the track `a:b/c@1`, `a:b/c@0.2.3` on `a:b/c@0.2`; versions `0.0.z` and those with a
/// pre-release are compatible with themselves alone.
pub(crate) fn track(name: &str) -> Option<(&str, (u64, u64, u64))> {
    let (base, version) = name.split_once('@')?;
    let core = version.split_once('+').map_or(version, |(core, _)| core);
    let mut numbers = core.split('.').map(number);
    let version = match (
        numbers.next(),
        numbers.next(),
        numbers.next(),
        numbers.next(),
    ) {
        (Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None) => (major, minor, patch),
        _ => return None,
    };
    let width = |number: u64| number.to_string().len();
    let length = match version {
        (0, 0, _) => return None,
        (0, minor, _) => 2 + width(minor),
        (major, _, _) => width(major),
    };
    Some((name.get(..base.len() + 1 + length)?, version))
}

/// A number of a version: digits, without leading zeros.
fn number(digits: &str) -> Option<u64> {
    let leads = digits.starts_with('0') && digits.len() > 1 || digits.starts_with('+');
    digits.parse().ok().filter(|_| !leads)
}

/// What wasmtime has against the grants. Its errors have no types; tests watch their wording.
fn mismatch(error: &wasmtime::Error) -> Fault {
    let chain: Vec<_> = error.chain().map(ToString::to_string).collect();
    let what = chain.join(": ").replace(
        ", but a matching implementation was not found in the linker",
        "",
    );
    if chain
        .last()
        .is_some_and(|last| last.ends_with("implementation is missing"))
    {
        return Fault::new(
            FaultKind::Policy,
            format!("what is granted lacks something: {what}"),
        )
        .with_help("add it to the import that the component is loaded with");
    }
    Fault::new(
        FaultKind::Contract,
        format!("what is granted has other types: {what}"),
    )
    .with_help("build the kernel and the host from the same WIT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_on_tracks() {
        let on = |name: &'static str| track(name).map(|(track, _)| track);
        for (name, expected) in [
            ("a:b/c@1.2.3", Some("a:b/c@1")),
            ("a:b/c@10.0.0", Some("a:b/c@10")),
            ("a:b/c@0.2.1", Some("a:b/c@0.2")),
            ("a:b/c@0.2.1+build.7", Some("a:b/c@0.2")),
            ("a:b/c@0.0.1", None),
            ("a:b/c@1.0.0-rc.1", None),
            ("a:b/c@1.0", None),
            ("a:b/c@1.0.0.0", None),
            ("a:b/c@01.0.0", None),
            ("a:b/c@1.00.0", None),
            ("a:b/c@1.+2.0", None),
            ("a:b/c@99999999999999999999.0.0", None),
            ("a:b/c", None),
            ("f", None),
            ("@", None),
        ] {
            assert_eq!(on(name), expected, "{name}");
        }
    }

    #[test]
    fn the_very_version_goes_before_the_highest_of_its_track() {
        let imports = ["a:b/c@1.0.0", "a:b/c@1.9.0", "a:b/c@1.10.0", "a:b/c@2.0.0"];
        let imports = imports.map(Import::interface);
        let found = |name| best(name, &imports).map(Import::name);
        assert_eq!(found("a:b/c@1.0.0"), Some("a:b/c@1.0.0"));
        assert_eq!(found("a:b/c@1.2.0"), Some("a:b/c@1.10.0"));
        assert_eq!(found("a:b/c@1.99.0"), Some("a:b/c@1.10.0"));
        assert_eq!(found("a:b/c@2.3.0"), Some("a:b/c@2.0.0"));
        assert_eq!(found("a:b/c@3.0.0"), None);
        assert_eq!(found("a:b/d@1.0.0"), None);
    }
}
