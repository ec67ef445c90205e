//! The canonical ABI once more: plain, slow, written from the specification's rules (CanonicalABI.md) and from nothing
//! else. It makes the vectors that both hosts are held against, and shares no code with them.
//!
//! The rules are [`types`], [`lift`], [`lower`], [`strings`] and [`handles`] over a [`guest`]. What is made of them are the
//! golden [`vectors`] in their [`carrier`]s and the [`identity`] functions, also [`nested`]; [`output`] writes both.
//! [`floats`] is about something else: programs that compilers have to agree on.

pub mod carrier;
pub mod directed;
pub mod floats;
pub mod guest;
pub mod handles;
pub mod identity;
pub mod lift;
pub mod lower;
pub mod nested;
pub mod output;
pub mod random;
pub mod resources;
pub mod strings;
pub mod text;
pub mod types;
pub mod value;
pub mod vectors;
