//! The golden answers of the loops, natively; the Go host's test asks the component for the same ones.

use serde_json::Value;
use tenon_kernel_loops::LOOPS;

#[test]
fn golden_cases() {
    let file: Value =
        serde_json::from_str(include_str!("../../../wit/vectors/loops.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        let (_, run) = LOOPS
            .iter()
            .find(|(name, _)| case["func"] == *name)
            .unwrap();
        let rounds = case["args"][0].as_u64().unwrap().try_into().unwrap();
        assert_eq!(Some(run(rounds)), case["result"].as_u64(), "{case}");
    }
    for (name, run) in LOOPS {
        assert!(
            cases.iter().any(|case| case["func"] == name),
            "{name} has no case"
        );
        assert_eq!(run(0), 0, "{name}");
        assert_ne!(run(1), run(2), "{name} forgets a round");
    }
}

#[test]
fn the_contract_has_these_loops() {
    let contract = include_str!("../../../wit/loops/loops.wit");
    let funcs = contract
        .lines()
        .filter_map(|line| line.trim().split_once(": func("));
    let funcs: Vec<&str> = funcs.map(|(name, _)| name).collect();
    assert_eq!(funcs, LOOPS.map(|(name, _)| name));
}
