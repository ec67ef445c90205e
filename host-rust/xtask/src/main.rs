//! Developer tasks: set-up, demo, test, bench, vectors, spec.

fn main() {}
