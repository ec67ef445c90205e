//! Where sizes stand in a component: an edit that keeps them right gets past the first parser.

use std::ops::Range;

/// Something with its size before it: a section of a component or core module, nested ones included, or a function body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// From the identifier, if it has one, to the end of the contents.
    pub(crate) whole: Range<usize>,
    /// The bytes of the size, a LEB128 number.
    pub(crate) size: Range<usize>,
    /// The frame that this one is in.
    pub(crate) outer: Option<usize>,
    /// Whether it is a section, and not a function body.
    pub(crate) section: bool,
}

impl Frame {
    /// What the size counts.
    pub(crate) fn contents(&self) -> Range<usize> {
        self.size.end..self.whole.end
    }
}

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const CODE: u8 = 10;

/// More frames than this are not looked for.
const FRAMES: usize = 20_000;

/// All frames, as far as the bytes make sense; each one after the one it is in.
pub(crate) fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut found = Vec::new();
    sections(bytes, 0..bytes.len(), None, &mut found);
    found
}

fn sections(bytes: &[u8], within: Range<usize>, outer: Option<usize>, found: &mut Vec<Frame>) {
    let component = bytes[within.clone()].starts_with(COMPONENT);
    if !component && !bytes[within.clone()].starts_with(MODULE) {
        return;
    }
    let mut at = within.start + COMPONENT.len();
    while at < within.end && found.len() < FRAMES {
        let (id, start) = (bytes[at], at);
        let Some(frame) = frame(bytes, start, at + 1, within.end, outer) else {
            return;
        };
        at = frame.whole.end;
        let contents = frame.contents();
        found.push(frame);
        let this = Some(found.len() - 1);
        match (component, id) {
            (true, 1 | 4) => sections(bytes, contents, this, found),
            (false, CODE) => bodies(bytes, contents, this, found),
            _ => {}
        }
    }
}

fn bodies(bytes: &[u8], within: Range<usize>, outer: Option<usize>, found: &mut Vec<Frame>) {
    let Some((_, mut at)) = leb(bytes, within.start, within.end) else {
        return;
    };
    while at < within.end && found.len() < FRAMES {
        let Some(mut frame) = frame(bytes, at, at, within.end, outer) else {
            return;
        };
        frame.section = false;
        at = frame.whole.end;
        found.push(frame);
    }
}

fn frame(
    bytes: &[u8],
    start: usize,
    size_at: usize,
    end: usize,
    outer: Option<usize>,
) -> Option<Frame> {
    let (size, contents) = leb(bytes, size_at, end)?;
    let whole = start..contents.checked_add(size).filter(|stop| *stop <= end)?;
    Some(Frame {
        whole,
        size: size_at..contents,
        outer,
        section: true,
    })
}

/// A number below 2^35, and where it ends.
fn leb(bytes: &[u8], at: usize, end: usize) -> Option<(usize, usize)> {
    let mut number = 0;
    for (place, byte) in bytes.get(at..end)?.iter().take(5).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, at + place + 1));
        }
    }
    None
}

pub(crate) fn encode(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = number as u8 & 0x7f;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Puts `new` in the place of `old`, and mends the sizes of `around` and of all frames around that one.
pub(crate) fn replace(
    bytes: &mut Vec<u8>,
    frames: &[Frame],
    around: Option<usize>,
    old: Range<usize>,
    new: &[u8],
) {
    let mut grown = new.len() as isize - old.len() as isize;
    bytes.splice(old, new.iter().copied());
    // Each size stands before what changed inside its frame, so places further out have not moved.
    let mut next = around;
    while let Some(frame) = next.map(|index| &frames[index]) {
        let size = encode(frame.contents().len().saturating_add_signed(grown));
        grown += size.len() as isize - frame.size.len() as isize;
        bytes.splice(frame.size.clone(), size);
        next = frame.outer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        wat::parse_str(
            r#"(component (component (core module (func) (func (nop) (nop)) (memory 1))) (type u8))"#,
        )
        .expect("WAT")
    }

    #[test]
    fn frames_nest() {
        let bytes = sample();
        let found = frames(&bytes);
        let depth = |frame: &Frame| {
            let (mut depth, mut end, mut outer) = (0, frame.whole.end, frame.outer);
            while let Some(around) = outer.map(|index| &found[index]) {
                assert!(around.contents().end >= end);
                (end, outer) = (around.whole.end, around.outer);
                depth += 1;
            }
            depth
        };
        let bodies: Vec<_> = found.iter().filter(|frame| !frame.section).collect();
        assert_eq!(bodies.len(), 2);
        assert!(bodies.iter().all(|body| depth(body) == 3), "{found:?}");
    }

    #[test]
    fn an_edit_keeps_all_sizes_right() {
        let bytes = sample();
        let found = frames(&bytes);
        let body = found
            .iter()
            .rposition(|frame| !frame.section)
            .expect("a body");
        for nops in [0, 1, 300, 20_000] {
            let mut edited = bytes.clone();
            // No local variables, `nops` times nop, end.
            let mut code = vec![0];
            code.resize(1 + nops, 1);
            code.push(0x0b);
            replace(
                &mut edited,
                &found,
                Some(body),
                found[body].contents(),
                &code,
            );
            wasmparser::validate(&edited).expect("it is valid still");
        }
    }

    #[test]
    fn nonsense_has_no_frames() {
        assert!(frames(b"").is_empty());
        assert!(frames(b"\0asm\x0d\0\x01\0\x01\xff\xff\xff\xff\xff").is_empty());
        assert!(frames(b"\0asm\x0d\0\x01\0\x01\x09").is_empty());
    }
}
