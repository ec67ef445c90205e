//! The sections of a core module by their numbers, and lists that get longer.

use wasm_encoder::Encode;
use wasmparser::BinaryReader;

pub(crate) const CUSTOM: u8 = 0;
pub(crate) const TYPES: u8 = 1;
pub(crate) const IMPORTS: u8 = 2;
pub(crate) const FUNCTIONS: u8 = 3;
pub(crate) const TABLES: u8 = 4;
pub(crate) const GLOBALS: u8 = 6;
pub(crate) const EXPORTS: u8 = 7;
pub(crate) const START: u8 = 8;
pub(crate) const ELEMENTS: u8 = 9;
pub(crate) const CODE: u8 = 10;

/// All sections but custom ones, in the order in which they stand in a module. Those without a name here are memories, tags, the
/// count of data segments, and data.
pub(crate) const ORDER: [u8; 13] = [
    TYPES, IMPORTS, FUNCTIONS, TABLES, 5, 13, GLOBALS, EXPORTS, START, ELEMENTS, 12, CODE, 11,
];

/// The number at the beginning of a list of items, and what follows; `None` where there is none.
pub(crate) fn items(list: &[u8]) -> Option<(u32, &[u8])> {
    let mut reader = BinaryReader::new(list, 0);
    let count = reader.read_var_u32().ok()?;
    Some((count, &list[reader.original_position()..]))
}

/// A list with more items behind its own; `None` where it is none, or would have more items than can be counted.
pub(crate) fn longer(list: &[u8], added: u32, more: &[u8]) -> Option<Vec<u8>> {
    let (count, own) = items(list)?;
    let mut longer = Vec::with_capacity(5 + own.len() + more.len());
    count.checked_add(added)?.encode(&mut longer);
    longer.extend_from_slice(own);
    longer.extend_from_slice(more);
    Some(longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_gets_longer_as_far_as_it_can_be_counted() {
        assert_eq!(longer(&[2, 7, 8], 1, &[9]).unwrap(), [3, 7, 8, 9]);
        assert_eq!(longer(&[0], 0, &[]).unwrap(), [0]);
        // A number of two bytes, from one of one.
        assert_eq!(longer(&[127, 7], 1, &[8]).unwrap(), [0x80, 1, 7, 8]);
        assert_eq!(longer(&[], 1, &[9]), None);
        assert_eq!(longer(&[0xff, 0xff, 0xff, 0xff, 0x0f], 1, &[9]), None);
    }
}
