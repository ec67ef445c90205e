//! Vectors of values with resources, which the guest implements.

use serde_json::{Value as Json, json};

use crate::carrier::{Group, HEAP_END, RESOURCES, blank_guest, dump_start, keep};
use crate::guest::{Encoding, Guest, Trap};
use crate::lift::lift_values;
use crate::lower::lower_values;
use crate::random::Random;
use crate::text::Via;
use crate::types::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Type};
use crate::value::Value;
use crate::vectors::{Lift, Maker, differences, hex};

/// The number behind the first resource of a vector; the others follow.
const FIRST: u64 = 1000;

/// A resource: its type and the number behind it.
type Resource = (usize, u64);

/// The groups: directed types, random ones, and all of them once more with some of the resources lent.
pub fn groups(random: &mut Random) -> Vec<Group> {
    use Type::*;
    let list = |ty| List(Box::new(ty));
    let mut types = vec![
        Own(0),
        Own(1),
        Tuple(vec![Own(0), Own(0)]),
        Tuple(vec![Own(0), Own(1), U8, Own(0)]),
        list(Own(0)),
        list(list(Own(1))),
        list(Tuple(vec![Own(0), String])),
        Option(Box::new(Own(1))),
        Result(Some(Box::new(Own(0))), Some(Box::new(Own(1)))),
        Variant(vec![Some(Own(0)), Some(F32), Some(U64), None]),
        Record(vec![U8, Own(1), String, Own(0)]),
        Tuple(vec![Own(0); 16]),
        Tuple(vec![Own(1); 17]),
    ];
    random.resources = true;
    while types.len() < 60 {
        let ty = random.ty(3);
        if ty.has(&|part| matches!(part, Own(_))) {
            types.push(ty);
        }
    }
    random.resources = false;
    let lent: Vec<Type> = types.iter().map(|ty| lent(ty, random)).collect();
    types.extend(lent);
    types
        .into_iter()
        .map(|ty| Group {
            ty,
            encoding: *random.pick(&Encoding::ALL),
        })
        .collect()
}

/// The type with each resource lent or given, by chance.
fn lent(ty: &Type, random: &mut Random) -> Type {
    changed(ty, &mut |leaf| match leaf {
        Type::Own(resource) if !random.once_in(3) => Type::Borrow(*resource),
        leaf => leaf.clone(),
    })
}

/// The type with other leaves.
fn changed(ty: &Type, leaf: &mut dyn FnMut(&Type) -> Type) -> Type {
    match ty {
        Type::List(element) => Type::List(Box::new(changed(element, leaf))),
        Type::Option(some) => Type::Option(Box::new(changed(some, leaf))),
        Type::Record(fields) => {
            Type::Record(fields.iter().map(|field| changed(field, leaf)).collect())
        }
        Type::Tuple(fields) => {
            Type::Tuple(fields.iter().map(|field| changed(field, leaf)).collect())
        }
        Type::Variant(cases) => {
            let cases = cases
                .iter()
                .map(|case| case.as_ref().map(|ty| changed(ty, leaf)));
            Type::Variant(cases.collect())
        }
        Type::Result(ok, error) => {
            let mut side =
                |ty: &Option<Box<Type>>| ty.as_ref().map(|ty| Box::new(changed(ty, leaf)));
            Type::Result(side(ok), side(error))
        }
        ty => leaf(ty),
    }
}

/// Visits the resources in a value, and gives each other bits.
fn each_resource(ty: &Type, value: &mut Value, bits: &mut dyn FnMut(usize, u64) -> u64) {
    match (ty, value) {
        (Type::Own(resource) | Type::Borrow(resource), Value::Bits(number)) => {
            *number = bits(*resource, *number)
        }
        (Type::List(element), Value::Items(items)) => {
            for item in items {
                each_resource(element, item, bits);
            }
        }
        (ty, Value::Items(items)) => {
            for (field, item) in ty.fields().unwrap_or_default().iter().zip(items) {
                each_resource(field, item, bits);
            }
        }
        (ty, Value::Case(case, Some(payload))) => {
            let cases = ty.cases().unwrap_or_default();
            if let Some(ty) = cases[*case as usize] {
                each_resource(ty, payload, bits);
            }
        }
        _ => {}
    }
}

/// All vectors of one group.
pub fn vectors(component: &str, group: &Group, number: usize, random: &mut Random) -> Vec<Json> {
    let mut vectors = Vec::new();
    if !group.ty.has(&|part| matches!(part, Type::Borrow(_))) {
        for round in 0..12 {
            vectors.extend(lift(component, group, number, round % 3 > 0, random));
        }
    }
    for _ in 0..6 {
        vectors.extend(lower(component, group, number, random));
    }
    vectors
}

fn implementer(encoding: Encoding) -> Guest {
    let mut guest = blank_guest(encoding);
    guest.implements = true;
    guest
}

/// The guest gives resources away. `spoil`: there is something wrong with one of the handles, most likely.
fn lift(
    component: &str,
    group: &Group,
    number: usize,
    spoil: bool,
    random: &mut Random,
) -> Option<Json> {
    let mut value = random.value(&group.ty, 4);
    // The guest makes what the value has, and some more, in this order.
    let mut new: Vec<Resource> = Vec::new();
    each_resource(&group.ty, &mut value, &mut |resource, _| {
        while random.once_in(3) {
            new.push((random.below(RESOURCES), FIRST + new.len() as u64));
        }
        new.push((resource, FIRST + new.len() as u64));
        new.len() as u64
    });
    if spoil && !new.is_empty() {
        let count = new.len() as u64;
        let wrong = [
            0,
            1,
            count,
            count + 1,
            u32::MAX.into(),
            1 + random.bits() % count,
        ];
        each_resource(&group.ty, &mut value, &mut |_, good| {
            if random.once_in(3) {
                *random.pick(&wrong)
            } else {
                good
            }
        });
    }
    // In memory a handle is a number like any other.
    let numbers = Group {
        ty: changed(&group.ty, &mut |leaf| match leaf {
            Type::Own(_) => Type::U32,
            leaf => leaf.clone(),
        }),
        encoding: group.encoding,
    };
    let maker = Maker {
        component,
        via: Via::Export,
        group: &numbers,
        number,
    };
    let Lift { flat, image } = maker.image(&value, false, random)?;
    let mut guest = implementer(group.encoding);
    for (resource, rep) in &new {
        guest.handles.lower_own(*resource, *rep as u32);
    }
    for (at, bytes) in &image {
        guest.write(*at, bytes);
    }
    let lifted = lift_values(
        &mut guest,
        MAX_FLAT_RESULTS,
        std::slice::from_ref(&group.ty),
        &flat,
    );
    let mut vector = json!({"c": component, "f": format!("make-{number}"), "new": new, "flat": flat, "mem": hex(&image)});
    match lifted {
        Ok(values) => vector["want"] = values[0].json(),
        Err(Trap(why)) => vector["trap"] = why.into(),
    }
    Some(vector)
}

/// The host gives or lends resources.
fn lower(component: &str, group: &Group, number: usize, random: &mut Random) -> Option<Json> {
    let mut value = random.value(&group.ty, 4);
    let mut hold: Vec<Resource> = Vec::new();
    each_resource(&group.ty, &mut value, &mut |resource, _| {
        hold.push((resource, FIRST + hold.len() as u64));
        FIRST + hold.len() as u64 - 1
    });
    let outcome = |source| {
        let mut guest = implementer(group.encoding);
        guest.source = source;
        for (resource, rep) in &hold {
            let handle = guest.handles.lower_own(*resource, *rep as u32);
            guest.handles.lift_own(handle, *resource).ok()?;
        }
        let types = std::slice::from_ref(&group.ty);
        let flat = lower_values(
            &mut guest,
            MAX_FLAT_PARAMS,
            types,
            std::slice::from_ref(&value),
            None,
        )
        .ok()?;
        if guest.next > HEAP_END {
            return None;
        }
        let end = keep(&mut guest, &flat);
        let mem = differences(&guest.memory, dump_start(Via::Export), end);
        Some(json!({"flat": flat, "mem": hex(&mem), "end": end}))
    };
    let (mut utf8, mut own) = (outcome(Encoding::Utf8)?, outcome(group.encoding)?);
    utf8["from"] = json!(["utf8"]);
    own["from"] = json!(["guest"]);
    Some(json!({
        "c": component, "f": format!("eat-{number}"), "hold": hold, "value": value.json(), "want": [utf8, own],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There are good and bad handles, and what is good lifts to the numbers behind.
    #[test]
    fn vectors_of_a_pair() {
        let group = Group {
            ty: Type::Tuple(vec![Type::Own(0), Type::Own(1)]),
            encoding: Encoding::Utf8,
        };
        let mut random = Random::new(2);
        let vectors: Vec<Json> = (0..20)
            .flat_map(|_| vectors("c", &group, 0, &mut random))
            .collect();
        let count = |key: &str| {
            vectors
                .iter()
                .filter(|vector| vector.get(key).is_some())
                .count()
        };
        assert!(count("trap") > 20 && count("new") > count("trap") + 20 && count("hold") > 50);
        let given = vectors
            .iter()
            .find(|vector| vector.get("new").is_some() && vector.get("want").is_some())
            .unwrap();
        let rep = given["want"]["items"][0]["bits"].as_u64().unwrap();
        assert_eq!(given["new"][(rep - FIRST) as usize], json!([0, rep]));
    }

    #[test]
    fn what_is_lent_is_the_number_behind() {
        let group = Group {
            ty: Type::Tuple(vec![Type::Borrow(1), Type::Own(0)]),
            encoding: Encoding::Utf8,
        };
        let vector = lower("c", &group, 0, &mut Random::new(1)).unwrap();
        assert_eq!(vector["want"][0]["flat"], json!([FIRST, 1]));
    }
}
