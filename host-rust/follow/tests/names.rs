//! The words that both hosts use: `wit/vectors/names.json`.

mod scene;

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use scene::Scene;
use serde_json::Value;
use std::collections::BTreeSet;
use tenon_follow::metrics::Metrics;

fn names() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/vectors/names.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn metrics_are_those_of_both_hosts() {
    let scene = Scene::new(&scene::engine());
    let (slot, follower) = scene.follow("sums");
    slot.call(|k| k.fail("boom")).unwrap();
    scene.resign(&scene.stranger, |_| {});
    scene.force(|_| {});
    follower.sync().unwrap_err();
    let mut registry = Registry::default();
    let metrics = Metrics::new(&scene.engine).slot(&slot).follower(&follower);
    metrics.register(&mut registry);
    let mut page = String::new();
    text::encode(&mut page, &registry).unwrap();

    let names = names();
    let mut expected = BTreeSet::new();
    for metric in names["metrics"].as_array().unwrap() {
        let text = |field: &str| metric[field].as_str().unwrap();
        let labels = metric["labels"].as_array().unwrap().iter();
        let labels: Vec<_> = labels.map(|it| it.as_str().unwrap()).collect();
        let (name, kind) = (text("name"), text("type"));
        expected.insert(format!("{name} {kind} {}", labels.join(",")));
    }
    let mut found = BTreeSet::new();
    let mut kind = "";
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            kind = rest.split(' ').nth(1).unwrap();
        } else if !line.starts_with('#') {
            let (name, rest) = line.split_once(['{', ' ']).unwrap();
            let labels: Vec<_> = rest
                .split(',')
                .filter_map(|it| it.split_once("=\""))
                .collect();
            let labels: Vec<_> = labels.iter().map(|(name, _)| *name).collect();
            found.insert(format!("{name} {kind} {}", labels.join(",")));
        }
    }
    assert_eq!(found, expected, "{page}");
    let retired = format!(
        "tenon_version_retired_total{{slot=\"sums\",kernel=\"scalar\",version=\"{}\",label=\"1.0.0\",reason=\"fault\"}} 1",
        scene.old
    );
    for line in [
        &*retired,
        "tenon_slot_refused_total{slot=\"sums\"} 0",
        "tenon_slot_faults_total{slot=\"sums\",kind=\"trap\"} 1",
        "tenon_registry_in_step{slot=\"sums\"} 0",
        "tenon_registry_revision{slot=\"sums\"} 100",
        "tenon_registry_refusals_total{slot=\"sums\",reason=\"key-unknown\"} 1",
    ] {
        assert!(page.lines().any(|it| it == line), "{line} in {page}");
    }
}

#[test]
fn a_status_has_the_names_of_both_hosts() {
    let scene = Scene::new(&scene::engine());
    let (_slot, follower) = scene.follow("sums");
    let mut found = BTreeSet::new();
    let mut collect = || {
        let status = serde_json::to_value(follower.status()).unwrap();
        found.extend(status.as_object().unwrap().keys().cloned());
        status
    };
    let status = collect();
    let names = names();
    for name in names["status"].as_array().unwrap() {
        let there = !status[name["name"].as_str().unwrap()].is_null();
        assert!(there || name["always"] != true, "{name}");
    }
    scene.activate("1.1.0");
    follower.sync().unwrap();
    collect();
    std::fs::remove_file(scene.wasm()).unwrap();
    follower.sync().unwrap_err();
    collect();
    let expected = names["status"].as_array().unwrap().iter();
    let expected: BTreeSet<_> = expected
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn reasons_are_those_of_the_registry() {
    let names = names();
    let expected = names["reasons"].as_array().unwrap().iter();
    let expected: BTreeSet<_> = expected.map(|it| it["name"].as_str().unwrap()).collect();
    let found: BTreeSet<_> = tenon_registry::Reason::ALL
        .iter()
        .map(|it| it.as_str())
        .collect();
    assert_eq!(found, expected);
}
