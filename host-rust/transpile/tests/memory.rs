//! What it takes to refuse a file: within a mebibyte beyond the file itself.

mod files;

use tenon_transpile::{Kind, Options, transpile};

#[global_allocator]
static ALLOCATOR: files::Counting = files::Counting;

/// The most bytes that a refusal may have allocated at a time.
const MOST: usize = 1 << 20;

#[track_caller]
fn refuse(name: &str, bytes: &[u8]) {
    let gated = Options {
        gate: true,
        floats: true,
        ..Options::default()
    };
    let (result, peak) = files::peak(|| transpile(bytes, &gated).map(drop));
    let error = result.expect_err(name);
    assert!(
        matches!(error.kind, Kind::Malformed | Kind::Limit),
        "{name}: {error}"
    );
    assert!(peak <= MOST, "{name} of {} bytes takes {peak}", bytes.len());
}

#[test]
fn hostile_files_take_little_memory() {
    for (name, bytes) in files::hostile() {
        refuse(name, &bytes);
    }
}

/// Every count of a core module and of a component, as large as a number can be.
#[test]
fn count_bombs_take_little_memory() {
    for count in [0xffff_ffff, 1_000_000, 99_999] {
        let count = files::leb(count);
        for id in 0..=14 {
            let bomb = files::with_module(&[(id, &count)]);
            if let (Err(_), peak) = files::peak(|| transpile(&bomb, &Options::default())) {
                assert!(peak <= MOST, "section {id} takes {peak}");
            }
            let component = files::component(&[(id, &count)]);
            if let (Err(_), peak) = files::peak(|| transpile(&component, &Options::default())) {
                assert!(peak <= MOST, "section {id} takes {peak}");
            }
        }
    }
}

/// A file that ends anywhere.
#[test]
fn truncated_files_take_little_memory() {
    let whole = files::with_module(&[
        (1, &[1, 0x60, 0, 0]),
        (3, &[1, 0]),
        (10, &[1, 4, 1, 1, 0x7f, 0x0b]),
    ]);
    assert!(transpile(&whole, &Options::default()).is_ok());
    for end in 0..whole.len() {
        let (result, peak) = files::peak(|| transpile(&whole[..end], &Options::default()));
        assert_eq!(result.is_ok(), end == 8, "cut at {end}");
        assert!(peak <= MOST, "cut at {end} takes {peak}");
    }
}
