//! The rows: those of a defined call, and those that are known by name.

use anyhow::{Result, bail};
use serde_json::Value;

use crate::calls;
use crate::definitions::Definitions;
use crate::{fuzzyrank, gate, hostile, topk};

/// The rows that are more than calls of one function.
const SPECIAL: [&str; 5] = [
    "host-fuzzyrank",
    "host-loops",
    "host-overshoot",
    "host-topk",
    "refuse-native",
];

/// Measures a row and returns its line.
pub(crate) fn measure(defined: &Definitions, name: &str, quick: bool) -> Result<Value> {
    let row = defined.row(name)?;
    match name {
        _ if row.call.is_some() => calls::measure(defined, row, quick),
        "host-fuzzyrank" => fuzzyrank::host_fuzzyrank(name, quick),
        "host-loops" => gate::host_loops(name, quick),
        "host-overshoot" => hostile::host_overshoot(name, quick),
        "host-topk" => topk::host_topk(name, quick),
        "refuse-native" => hostile::refuse_native(name, quick),
        _ => bail!(
            "the row {name} has no call, and is none of {}",
            SPECIAL.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_call_are_known_by_name() {
        let defined = Definitions::read().unwrap();
        for row in defined.rows.iter().filter(|row| row.driver == "rust") {
            let known = row.call.is_some() || SPECIAL.contains(&row.name.as_str());
            assert!(known, "{}", row.name);
        }
    }
}
