//! The vectors are too large to keep, so their digest is kept: a change of the rules, or of the generator, shows.

use std::path::Path;

use tenon_oracle::output::{Order, vectors};

#[test]
fn the_vectors_are_those_of_the_committed_digest() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/vectors/abi.sha256");
    let vectors = vectors(&Order::default());
    assert!(vectors.count >= 20_000, "{} vectors", vectors.count);
    let line = format!("{}  {} vectors\n", vectors.digest(), vectors.count);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &line).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        line, committed,
        "BLESS=1 writes wit/vectors/abi.sha256 anew, where both hosts agree with the vectors"
    );
}

#[test]
fn another_seed_gives_other_vectors() {
    let order = |seed| Order {
        seed,
        random_types: 0,
        ..Order::default()
    };
    assert_ne!(vectors(&order(1)).digest(), vectors(&order(2)).digest());
}
