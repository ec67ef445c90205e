//! Turns the rules into a form that the kernel reads without a YAML parser.
//!
//! A line a rule: the list it belongs to (`u`, `o`, `d`), then the list's fields in a fixed order,
//! each after a unit separator. What the YAML leaves out or sets to null is empty, which the rules'
//! specification treats alike.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};
use yaml_rust2::{Yaml, YamlLoader};

const RULES: &str = "data/regexes.yaml";

/// User agents of every kind, of which one in so many is parsed before the first call.
const SAMPLES: (&str, usize) = ("data/test_ua.yaml", 16);

/// The lists with their marks and fields; `src/rules.rs` reads the fields in this order.
const LISTS: [(&str, char, &[&str]); 3] = [
    (
        "user_agent_parsers",
        'u',
        &[
            "regex",
            "family_replacement",
            "v1_replacement",
            "v2_replacement",
            "v3_replacement",
            "v4_replacement",
        ],
    ),
    (
        "os_parsers",
        'o',
        &[
            "regex",
            "os_replacement",
            "os_v1_replacement",
            "os_v2_replacement",
            "os_v3_replacement",
            "os_v4_replacement",
        ],
    ),
    (
        "device_parsers",
        'd',
        &[
            "regex",
            "regex_flag",
            "device_replacement",
            "brand_replacement",
            "model_replacement",
        ],
    ),
];

fn main() {
    println!("cargo::rerun-if-changed={RULES}");
    println!("cargo::rerun-if-changed={}", SAMPLES.0);
    println!("cargo::rerun-if-changed=build.rs");
    let folder = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |file: &str, text: String| {
        fs::write(Path::new(&folder).join(file), text).expect("OUT_DIR can be written to");
    };
    write("rules.txt", rules());
    write("samples.txt", samples());
}

fn rules() -> String {
    let document = read(RULES);
    let mut lines = String::new();
    for (list, mark, fields) in LISTS {
        let rules = document[list].as_vec().expect("each list of rules exists");
        for rule in rules {
            check_keys(rule, fields);
            lines.push(mark);
            for &field in fields {
                write!(lines, "\u{1f}{}", text_of(&rule[field])).expect("a string takes any text");
            }
            lines.push('\n');
        }
    }
    lines
}

/// A line a user agent.
fn samples() -> String {
    let (file, step) = SAMPLES;
    let document = read(file);
    let cases = document["test_cases"].as_vec();
    let cases = cases.expect("the samples are a list").iter();
    cases.step_by(step).fold(String::new(), |lines, case| {
        lines + text_of(&case["user_agent_string"]) + "\n"
    })
}

fn read(file: &str) -> Yaml {
    let text = fs::read_to_string(file).expect("the data lie beside build.rs");
    let mut documents = YamlLoader::load_from_str(&text).expect("the data are YAML");
    documents.swap_remove(0)
}

/// A field that nobody reads would be a rule that silently works otherwise.
fn check_keys(rule: &Yaml, fields: &[&str]) {
    for key in rule.as_hash().expect("a rule is a map").keys() {
        let key = key.as_str().expect("a field's name is a string");
        assert!(
            fields.contains(&key),
            "{RULES}: the field {key:?} is not supported"
        );
    }
}

fn text_of(value: &Yaml) -> &str {
    match value {
        Yaml::BadValue | Yaml::Null => "",
        Yaml::String(text) => {
            assert!(
                !text.contains(['\n', '\u{1f}']),
                "{RULES}: a separator in {text:?}"
            );
            text
        }
        other => panic!("{RULES}: {other:?} is not a string; quote it"),
    }
}
