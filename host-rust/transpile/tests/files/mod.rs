//! Files that are made to hurt whoever reads them, and an allocator that tells what reading them takes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts what each thread has.
pub(crate) struct Counting;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

fn add(bytes: usize) {
    NOW.set(NOW.get().wrapping_add(bytes));
    PEAK.set(PEAK.get().max(NOW.get()));
}

// SAFETY: all is left to the system's allocator; the counters allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as our caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.set(NOW.get().wrapping_sub(layout.size()));
        // SAFETY: as our caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}

/// Does some work, and tells the most bytes that it had allocated at a time, what it returns included.
pub(crate) fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    NOW.set(1 << 40);
    PEAK.set(1 << 40);
    let result = work();
    (result, PEAK.get() - (1 << 40))
}

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// A number as WebAssembly writes it.
pub(crate) fn leb(mut number: usize) -> Vec<u8> {
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

/// A header with sections behind it.
fn sections(header: &[u8], sections: &[(u8, &[u8])]) -> Vec<u8> {
    let mut file = header.to_vec();
    for (id, contents) in sections {
        file.push(*id);
        file.extend(leb(contents.len()));
        file.extend_from_slice(contents);
    }
    file
}

/// A component of sections.
pub(crate) fn component(contents: &[(u8, &[u8])]) -> Vec<u8> {
    sections(COMPONENT, contents)
}

/// A component with one core module.
pub(crate) fn with_module(contents: &[(u8, &[u8])]) -> Vec<u8> {
    let module = sections(MODULE, contents);
    sections(COMPONENT, &[(1, &module)])
}

/// Hostile files by name; all of them have to be refused.
pub(crate) fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    const BOMB: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0x0f];
    let mut files = vec![
        ("count bomb of types", component(&[(7, BOMB)])),
        ("count bomb of imports", with_module(&[(2, BOMB)])),
        ("count bomb of functions", with_module(&[(3, BOMB)])),
        ("count bomb of code", with_module(&[(10, BOMB)])),
        ("count bomb of data", with_module(&[(11, BOMB)])),
        (
            "overlong number",
            [COMPONENT, &[7, 0x81, 0x80, 0x80, 0x80, 0x80, 0, 0]].concat(),
        ),
        ("size of 4 GiB", [COMPONENT, &[1], BOMB, &[0]].concat()),
    ];

    let mut nested = COMPONENT.to_vec();
    for _ in 0..1_000 {
        nested = component(&[(4, &nested)]);
    }
    files.push(("components 1,000 deep", nested));

    let mut text = String::from("(component (component $c0)");
    for i in 1..=40 {
        let before = i - 1;
        text += &format!(
            "(component $c{i} (instance (instantiate $c{before})) (instance (instantiate $c{before})))"
        );
    }
    text += "(instance (instantiate $c40)))";
    files.push(("2^40 instances", parse(&text)));

    // Through components that are handed over as arguments, which no look at the definitions alone would show.
    let mut text = String::from("(component (component $c0)");
    for i in 1..=40 {
        text += &format!(
            r#"(component $t{i} (import "c" (component $c)) (component $d (alias outer 1 $c (component $e))
                 (instance (instantiate $e)) (instance (instantiate $e))) (export "d" (component $d)))
               (instance $i{i} (instantiate $t{i} (with "c" (component $c{}))))
               (alias export $i{i} "d" (component $c{i}))"#,
            i - 1
        );
    }
    text += "(instance (instantiate $c40)))";
    files.push(("2^40 instances of arguments", parse(&text)));

    // Type 0 is u8, each other one a pair of the one before.
    let mut types = leb(41);
    types.push(0x7d);
    for i in 0..40 {
        types.extend([0x6f, 2, i, i]);
    }
    files.push(("2^40 flattened types", component(&[(7, &types)])));

    let mut body = vec![1];
    body.extend(leb(10_000_000));
    body.extend([0x7f, 0x0b]);
    let code = [&[1, body.len() as u8][..], &body].concat();
    files.push((
        "10 million locals",
        with_module(&[(1, &[1, 0x60, 0, 0]), (3, &[1, 0]), (10, &code)]),
    ));

    // A hundred thousand blocks in each other.
    let body = [
        &[0][..],
        &[0x02, 0x40].repeat(100_000),
        &[0x0b].repeat(100_001),
    ]
    .concat();
    let code = [&[1][..], &leb(body.len()), &body].concat();
    files.push((
        "100,000 nested blocks",
        with_module(&[(1, &[1, 0x60, 0, 0]), (3, &[1, 0]), (10, &code)]),
    ));
    files
}

fn parse(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the case is WAT")
}
