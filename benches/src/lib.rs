//! Definitions and drivers of the benchmarks
