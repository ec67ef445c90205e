//! Guests that no text can say, or none that a person would read: malformed, huge, or deep.

use crate::bytes::{MOST, component, holding, items, module, number, section};
use std::error::Error;

/// The bytes of the guest of this name.
pub(crate) fn guest(name: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    if let Some(what) = name.strip_prefix("count-bomb-") {
        return count_bomb(what).ok_or_else(|| format!("nobody can make {name}").into());
    }
    Ok(match name {
        "straight-fills" => wat::parse_str(straight_fills())?,
        "empty-file" => Vec::new(),
        "not-wasm" => b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
        "section-beyond-the-end" => holding(&module(&[[&[1], &MOST[..]].concat()])),
        "leb-overlong" => holding(&module(&[vec![1, 0x81, 0x80, 0x80, 0x80, 0x80, 0, 0]])),
        "leb-unused-bits" => holding(&module(&[vec![1, 0x81, 0x80, 0x80, 0x80, 0x70, 0]])),
        "locals-10-million" => holding(&functions(1, &locals(&number(10_000_000)))),
        "locals-in-200-functions" => holding(&functions(200, &locals(&number(49_999)))),
        "blocks-100000" => {
            let blocks = [0x02, 0x40].repeat(100_000);
            holding(&functions(
                1,
                &[vec![0], blocks, vec![0x0b; 100_001]].concat(),
            ))
        }
        "loops-20000" => {
            let loops = [0x03, 0x40, 0x0b].repeat(20_000);
            holding(&functions(1, &[&[0], &loops[..], &[0x0b]].concat()))
        }
        "components-1000-deep" => nested(1_000, component(&[]), |inner| vec![section(4, &inner)]),
        "types-1000-deep" => types(1_000, |below| vec![0x70, below]),
        "types-2-to-the-40" => types(40, |below| vec![0x6f, 2, below, below]),
        "instances-2-to-the-40" => {
            let leaf = component(&[section(1, &module(&[])), items(2, &[instance()])]);
            nested(40, leaf, |inner| {
                vec![section(4, &inner), items(5, &[instance(), instance()])]
            })
        }
        "core-instances-5000" => {
            component(&[section(1, &module(&[])), items(2, &vec![instance(); 5_000])])
        }
        "name-of-1-megabyte" => {
            let export = [number(1_000_000), vec![b'n'; 1_000_000], vec![0, 0]].concat();
            let function = functions(1, &[0, 0x0b]);
            // Exports stand between the functions' types and their bodies.
            let code = function.len() - section(10, &[1, 2, 0, 0x0b]).len();
            let (head, code) = function.split_at(code);
            holding(&[head, &items(7, &[export]), code].concat())
        }
        _ => return Err(format!("nobody can make {name}").into()),
    })
}

/// A file that announces 2^32-1 of something and ends.
fn count_bomb(what: &str) -> Option<Vec<u8>> {
    let core = |id| holding(&module(&[section(id, &MOST)]));
    Some(match what {
        "types" => core(1),
        "imports" => core(2),
        "functions" => core(3),
        "tables" => core(4),
        "memories" => core(5),
        "globals" => core(6),
        "exports" => core(7),
        "elements" => core(9),
        "code" => core(10),
        "data" => core(11),
        "data-count" => core(12),
        "params" => holding(&module(&[section(1, &[&[1, 0x60], &MOST[..]].concat())])),
        "name" => holding(&module(&[section(2, &[&[1], &MOST[..]].concat())])),
        "locals" => holding(&functions(1, &locals(&MOST))),
        "branch-targets" => {
            // A number, and a table of branches that ends in its count.
            holding(&functions(1, &[&[0, 0x41, 0, 0x0e], &MOST[..]].concat()))
        }
        "component-types" => component(&[section(7, &MOST)]),
        "component-instances" => component(&[section(5, &MOST)]),
        _ => return None,
    })
}

/// A module of functions without parameters and results, each of this body.
fn functions(count: usize, body: &[u8]) -> Vec<u8> {
    let code = [number(body.len()).as_slice(), body].concat();
    module(&[
        items(1, &[vec![0x60, 0, 0]]),
        items(3, &vec![vec![0]; count]),
        items(10, &vec![code; count]),
    ])
}

/// The body of a function with as many locals, of type i32, that does nothing.
fn locals(count: &[u8]) -> Vec<u8> {
    [&[1], count, &[0x7f, 0x0b]].concat()
}

/// An instance, core or not, of the first of its kind, without arguments.
fn instance() -> Vec<u8> {
    vec![0, 0, 0]
}

fn nested(depth: usize, leaf: Vec<u8>, around: impl Fn(Vec<u8>) -> Vec<Vec<u8>>) -> Vec<u8> {
    (0..depth).fold(leaf, |inner, _| component(&around(inner)))
}

/// A component of value types, each made of the one below, u32 lowest.
fn types(depth: usize, of: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let types = (0..depth).map(|index| match index.checked_sub(1) {
        None => of(0x79),
        // A type's index is a signed number of 33 bits; the placeholder holds its place.
        Some(below) => {
            let below = signed(below);
            of(PLACE)
                .into_iter()
                .flat_map(|byte| match byte {
                    PLACE => below.clone(),
                    byte => vec![byte],
                })
                .collect()
        }
    });
    component(&[items(7, &types.collect::<Vec<_>>())])
}

/// A byte that none of the types has.
const PLACE: u8 = 0xff;

/// A number that is not negative, in signed LEB128.
fn signed(value: usize) -> Vec<u8> {
    let mut bytes = number(value);
    if let Some(last) = bytes.last_mut().filter(|last| **last & 0x40 != 0) {
        *last |= 0x80;
        bytes.push(0);
    }
    bytes
}

/// 4,000 fills of 16 MiB each, one after the other.
fn straight_fills() -> String {
    let fill = "(memory.fill (i32.const 0) (i32.const 7) (i32.const 0x1000000))\n".repeat(4_000);
    format!(
        r#"(component
  (core module $m
    (memory 256)
    (func $fills (export "attack")
{fill}))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))"#
    )
}
