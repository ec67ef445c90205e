//! Modules before and after they are hardened: what they compute, and that they stop.

mod cases;
mod random;
mod run;
mod runaway;
