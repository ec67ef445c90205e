//! The layout of bytes in words, written a second time: byte by byte, as the plan's documentation says it.

/// What a word holds that means nothing.
const NOTHING: u64 = 0xeeee_eeee_eeee_eeee;

/// The words of at most 64 bytes.
pub(crate) fn words_of(bytes: &[u8]) -> Vec<u64> {
    let n = bytes.len();
    let number =
        |bytes: &[u8]| (bytes.iter().rev()).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let mut words = match n {
        0 => vec![],
        1..4 => vec![number(bytes)],
        4..8 => vec![number(&bytes[..4]) | number(&bytes[n - 4..]) << 32],
        _ => {
            let mut words: Vec<u64> = bytes.chunks_exact(8).map(number).collect();
            if !n.is_multiple_of(8) {
                words.push(number(&bytes[n - 8..]));
            }
            words
        }
    };
    words.resize(8, NOTHING);
    words
}

/// Whether words hold bytes.
pub(crate) fn hold(words: &[u64], bytes: &[u8]) -> bool {
    let meant = words_of(bytes);
    let used = bytes.len().div_ceil(8);
    words[..used] == meant[..used]
}

/// Bytes that all differ from their neighbours and from what memory is filled with.
pub(crate) fn bytes(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * 37 + 11) as u8 & 0x7f).collect()
}
