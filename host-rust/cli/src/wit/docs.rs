//! The documentation that a component carries about its package, in the section `package-docs`: a version byte, then
//! JSON. What is malformed counts as missing.

use super::model::{Model, Note, Part, Shape};
use serde_json::Value;

/// Puts the documentation on what a component shows of the package.
pub(super) fn apply(model: &mut Model, section: &[u8]) {
    let Some((0 | 1, json)) = section.split_first() else {
        return;
    };
    let Ok(root) = serde_json::from_slice::<Value>(json) else {
        return;
    };
    model.documented = true;
    put(&mut model.note, Some(&root));
    for (key, interface) in &mut model.interfaces {
        let Some(docs) = root["interfaces"].get(key) else {
            continue;
        };
        put(&mut interface.note, Some(docs));
        for (name, ty) in &mut interface.types {
            let docs = docs["types"].get(name);
            put(&mut ty.note, docs);
            if let (
                Some(docs),
                Shape::Record(parts)
                | Shape::Variant(parts)
                | Shape::Enum(parts)
                | Shape::Flags(parts),
            ) = (docs, &mut ty.shape)
            {
                put_on_parts(parts, &docs["items"]);
            }
        }
        for (name, func) in &mut interface.funcs {
            put(&mut func.note, docs["funcs"].get(name));
        }
    }
}

fn put_on_parts(parts: &mut [Part], items: &Value) {
    for part in parts {
        put(&mut part.note, items.get(&part.name));
    }
}

/// Functions and parts may be documented by a bare string, everything else by an object.
fn put(note: &mut Note, item: Option<&Value>) {
    let Some(item) = item else { return };
    let docs = item.as_str().or_else(|| item["docs"].as_str());
    docs.unwrap_or_default().trim().clone_into(&mut note.docs);
    let stability = &item["stability"];
    let gate = stability
        .get("stable")
        .or_else(|| stability.get("unstable"));
    let version = gate.and_then(|gate| gate["deprecated"].as_str());
    note.deprecated = version.map(str::to_owned);
}
