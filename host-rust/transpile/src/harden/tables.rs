//! Tables with a maximum of elements.

use super::input::Input;
use wasm_encoder::{Encode, RefType, TableType};

/// The contents of the section with the module's tables, none of which has more than so many elements, unless it begins with more.
pub(super) fn bounded(input: &Input<'_>, most: u32) -> Vec<u8> {
    let tables = &input.tables[input.imported_tables..];
    let mut data = Vec::new();
    tables.len().encode(&mut data);
    for table in tables {
        let maximum = table.maximum.map_or(most, |maximum| maximum.min(most));
        let ty = TableType {
            // There are no tables of anything else.
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: table.minimum.into(),
            maximum: Some(maximum.max(table.minimum).into()),
            shared: false,
        };
        ty.encode(&mut data);
    }
    data
}
