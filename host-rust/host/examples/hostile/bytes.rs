//! Wasm files byte by byte, also such as no encoder writes.

/// A core module of these sections.
pub(crate) fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x01\0\0\0", sections.concat().as_slice()].concat()
}

/// A component of these sections.
pub(crate) fn component(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x0d\0\x01\0", sections.concat().as_slice()].concat()
}

/// A component that holds a core module and does nothing with it.
pub(crate) fn holding(module: &[u8]) -> Vec<u8> {
    component(&[section(1, module)])
}

/// A section that is as long as it says.
pub(crate) fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], number(content.len()).as_slice(), content].concat()
}

/// A section of as many items as it says.
pub(crate) fn items(id: u8, items: &[Vec<u8>]) -> Vec<u8> {
    section(id, &[number(items.len()), items.concat()].concat())
}

/// An unsigned number in LEB128.
pub(crate) fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// 2^32-1 in LEB128: the most that a count can say.
pub(crate) const MOST: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x0f];
