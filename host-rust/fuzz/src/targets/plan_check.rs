//! The check that transpile's own tests make.

#[path = "../../../transpile/tests/plan_check/mod.rs"]
mod shared;

pub(crate) use shared::check;
