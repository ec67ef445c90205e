//! Slots that follow a registry.
