//! The files that `tenon-oracle vectors` writes.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::carrier::{self, Group};
use crate::directed;
use crate::guest::Encoding;
use crate::identity;
use crate::nested;
use crate::random::Random;
use crate::resources;
use crate::text::{Via, describe};
use crate::types::Type;
use crate::vectors::Maker;

/// What to make.
#[derive(Clone, Debug)]
pub struct Order {
    /// Same seed, same files.
    pub seed: u64,
    /// Random types that get vectors, beside the directed ones.
    pub random_types: usize,
    /// Types of the identity test.
    pub types: usize,
    /// Values of each.
    pub values: usize,
}

impl Default for Order {
    fn default() -> Order {
        Order {
            seed: 4,
            random_types: 240,
            types: 5000,
            values: 20,
        }
    }
}

/// Groups that share a component: compiling many small functions at once is cheaper than many components.
const GROUPS_PER_COMPONENT: usize = 50;

/// Types that share an identity component.
const TYPES_PER_COMPONENT: usize = 100;

/// Types that share one of two instances: the code that copies their values counts for what transpile takes.
const TYPES_PER_NESTED: usize = 5;

/// Of so many types of the identity test one more goes through two component instances.
const NESTED_SHARE: usize = 5;

/// Vectors as text, one a line, and the components that carry them.
pub struct Vectors {
    /// What `vectors.jsonl` holds.
    pub lines: String,
    /// How many lines these are.
    pub count: usize,
    /// Name, index entry and text of each component.
    pub components: Vec<(String, Json, String)>,
}

/// The golden vectors of a seed.
pub fn vectors(order: &Order) -> Vectors {
    let mut random = Random::new(order.seed);
    let groups = groups(&mut random, order.random_types);
    let mut all = Vectors {
        lines: String::new(),
        count: 0,
        components: Vec::new(),
    };
    for via in [Via::Export, Via::Import] {
        for (i, groups) in groups.chunks(GROUPS_PER_COMPONENT).enumerate() {
            let prefix = if via == Via::Export {
                "export"
            } else {
                "import"
            };
            let name = format!("{prefix}-{i}");
            for (number, group) in groups.iter().enumerate() {
                let maker = Maker {
                    component: &name,
                    via,
                    group,
                    number,
                };
                for vector in maker.vectors(&mut random) {
                    all.push(&vector);
                }
            }
            all.component(name, via, groups);
        }
    }
    let groups = resources::groups(&mut random);
    let name = "handles-0".to_owned();
    for (number, group) in groups.iter().enumerate() {
        for vector in resources::vectors(&name, group, number, &mut random) {
            all.push(&vector);
        }
    }
    all.component(name, Via::Export, &groups);
    all
}

/// Directed types in every encoding that makes a difference, random ones in one each.
fn groups(random: &mut Random, random_types: usize) -> Vec<Group> {
    let mut groups = Vec::new();
    for ty in directed::types() {
        let encodings = if ty.has(&|part| *part == Type::String) {
            &Encoding::ALL[..]
        } else {
            &Encoding::ALL[..1]
        };
        groups.extend(encodings.iter().map(|encoding| Group {
            ty: ty.clone(),
            encoding: *encoding,
        }));
    }
    for _ in 0..random_types {
        let ty = random.ty(5);
        groups.push(Group {
            ty,
            encoding: *random.pick(&Encoding::ALL),
        });
    }
    groups
}

impl Vectors {
    fn push(&mut self, vector: &Json) {
        self.lines += &vector.to_string();
        self.lines.push('\n');
        self.count += 1;
    }

    fn component(&mut self, name: String, via: Via, groups: &[Group]) {
        let described = groups
            .iter()
            .map(|group| json!([group.encoding.name(), describe(&group.ty)]));
        let entry = json!({
            "name": &name, "dump": carrier::dump_start(via), "blank": carrier::BLANK,
            "groups": described.collect::<Vec<_>>(),
        });
        self.components
            .push((name, entry, carrier::component(via, groups)));
    }

    /// The SHA-256 of the vectors and of what the carriers are made for, in hexadecimal.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.lines);
        for (_, entry, _) in &self.components {
            hash.update(entry.to_string());
        }
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Writes everything into a folder that is made where it is missing, and gives the number of vectors.
///
/// `index.json` is `{"vectors": [component…], "identity": [name…]}`, `vectors.jsonl` has a vector a line, `identity.jsonl` a
/// type a line, and each component is `NAME.wasm`.
pub fn write(order: &Order, dir: &Path) -> io::Result<usize> {
    fs::create_dir_all(dir)?;
    let vectors = vectors(order);
    for (name, _, text) in &vectors.components {
        fs::write(dir.join(format!("{name}.wasm")), encode(name, text)?)?;
    }
    fs::write(dir.join("vectors.jsonl"), &vectors.lines)?;
    let identity = write_identity(order, dir)?;
    let entries: Vec<&Json> = vectors
        .components
        .iter()
        .map(|(_, entry, _)| entry)
        .collect();
    let index = json!({"format": 1, "seed": order.seed, "vectors": entries, "identity": identity});
    fs::write(dir.join("index.json"), format!("{index:#}\n"))?;
    Ok(vectors.count)
}

fn write_identity(order: &Order, dir: &Path) -> io::Result<Vec<String>> {
    let mut random = Random::new(order.seed ^ 0x1d);
    let mut lines = BufWriter::new(fs::File::create(dir.join("identity.jsonl"))?);
    let mut names = Vec::new();
    let mut component = |name: String, text: &str, types: &[Type], random: &mut Random| {
        fs::write(dir.join(format!("{name}.wasm")), encode(&name, text)?)?;
        for (n, ty) in types.iter().enumerate() {
            let line = identity::line(&name, n, ty, order.values, random);
            writeln!(lines, "{line}")?;
        }
        names.push(name);
        io::Result::Ok(())
    };
    let plain = identity::types(&mut random, order.types);
    for (i, types) in plain.chunks(TYPES_PER_COMPONENT).enumerate() {
        let text = identity::component(types, Encoding::ALL[i % 3]);
        component(format!("identity-{i}"), &text, types, &mut random)?;
    }
    // All pairs of encodings take their turn.
    let nested = identity::types(&mut random, order.types / NESTED_SHARE);
    for (i, types) in nested.chunks(TYPES_PER_NESTED).enumerate() {
        let text = nested::component(types, Encoding::ALL[i % 3], Encoding::ALL[i / 3 % 3]);
        component(format!("nested-{i}"), &text, types, &mut random)?;
    }
    lines.flush()?;
    Ok(names)
}

fn encode(name: &str, text: &str) -> io::Result<Vec<u8>> {
    wat::parse_str(text).map_err(|error| io::Error::other(format!("{name}: {error}")))
}
