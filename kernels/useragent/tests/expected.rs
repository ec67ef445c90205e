//! uap-core's own expected answers, all of them.

use tenon_kernel_useragent::{Software, parse};
use yaml_rust2::{Yaml, YamlLoader};

/// Compares every case of a file, and says how many there are.
fn check(file: &str, answer: impl Fn(&str) -> Software) -> usize {
    let documents = YamlLoader::load_from_str(file).expect("the cases are YAML");
    let cases = documents[0]["test_cases"]
        .as_vec()
        .expect("the file holds cases");
    let mut wrong = Vec::new();
    for case in cases {
        let ua = case["user_agent_string"]
            .as_str()
            .expect("a case has a user agent");
        let expected = Software {
            family: case["family"]
                .as_str()
                .expect("a case has a family")
                .to_owned(),
            major: part(&case["major"]),
            minor: part(&case["minor"]),
            patch: part(&case["patch"]),
            patch_minor: part(&case["patch_minor"]),
        };
        let mut got = answer(ua);
        // Most cases of browsers are older than the fourth part and say nothing about it.
        if case["patch_minor"].is_badvalue() {
            got.patch_minor = None;
        }
        if got != expected {
            wrong.push(format!("{ua}\n  expected {expected:?}\n  got      {got:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    cases.len()
}

/// The cases write an absent part as null or as the empty string.
fn part(value: &Yaml) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

#[test]
fn browsers() {
    let cases = check(include_str!("../data/test_ua.yaml"), |ua| parse(ua).browser);
    assert!(cases > 1_000, "{cases}");
}

#[test]
fn operating_systems() {
    let cases = check(include_str!("../data/test_os.yaml"), |ua| parse(ua).os);
    assert!(cases > 400, "{cases}");
}
