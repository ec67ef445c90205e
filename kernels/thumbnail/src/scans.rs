//! How often a JPEG file goes over its picture.
//!
//! A scan is a dozen bytes and may be empty, but is decoded for the whole picture: without a limit, a file of 100 KB can keep a
//! decoder busy for ten minutes.

/// The most scans of a JPEG file: libjpeg writes 10 for a progressive one.
pub const MAX_SCANS: usize = 32;

const RESTARTS: std::ops::RangeInclusive<u8> = 0xd0..=0xd7;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;

/// Whether the file, which begins as a JPEG, has more scans than [`MAX_SCANS`]. Marker after marker is found as the decoder does
/// it, garbage before one skipped, for otherwise a file could hide its scans from one of both.
pub(crate) fn too_many(file: &[u8]) -> bool {
    let mut rest = file.get(2..).unwrap_or_default();
    let mut scans = 0;
    while let Some((marker, behind)) = marker(rest) {
        rest = behind;
        if RESTARTS.contains(&marker) {
            continue;
        }
        if marker == END_OF_IMAGE {
            break;
        }
        scans += usize::from(marker == START_OF_SCAN);
        if scans > MAX_SCANS {
            return true;
        }
        // The length counts itself. Where it is damaged, so is the file, and the decoder says how.
        let length = rest.first_chunk().map(|&bytes| u16::from_be_bytes(bytes));
        let Some(behind) = length.and_then(|length| rest.get(length.into()..)) else {
            break;
        };
        rest = behind;
    }
    false
}

/// The next marker, and what is behind it.
fn marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        at += bytes[at..].iter().position(|&byte| byte != 0xff)?;
        // Among the data of a scan, 0 says that the 0xff was not meant.
        if bytes[at] != 0 {
            return Some((bytes[at], &bytes[at + 1..]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of so many scans, each with some data, behind a head.
    fn file(head: &[u8], scans: usize) -> Vec<u8> {
        let mut file = b"\xff\xd8".to_vec();
        file.extend(head);
        for _ in 0..scans {
            file.extend(b"\xff\xda\0\x04..data \xff\0\xff\xd0 data");
        }
        file.extend(b"\xff\xd9");
        file
    }

    #[test]
    fn scans_are_counted_wherever_they_are() {
        let garbage = b"garbage\xff\0\xff\xff";
        for head in [&b""[..], b"\xff\xe1\0\x08\xff\xd9\xff\xd9\xff\xd9", garbage] {
            assert!(!too_many(&file(head, MAX_SCANS)));
            assert!(too_many(&file(head, MAX_SCANS + 1)));
        }
    }

    #[test]
    fn what_is_in_a_segment_or_behind_the_end_is_no_scan() {
        let mut comment = b"\xff\xfe\x04\0".to_vec();
        comment.extend(b"\xff\xda".repeat(511));
        assert!(!too_many(&file(&comment, MAX_SCANS)));
        let mut behind = file(b"", MAX_SCANS);
        behind.extend(file(b"", MAX_SCANS));
        assert!(!too_many(&behind));
    }

    #[test]
    fn half_a_file_has_an_end() {
        let file = file(b"\xff\xe1\0\x03.", MAX_SCANS);
        for end in 0..file.len() {
            assert!(!too_many(&file[..end]));
        }
        assert!(!too_many(b"\xff\xd8\xff\xda\0\0"));
        assert!(!too_many(b"\xff\xd8\xff\xff\xff"));
    }
}
