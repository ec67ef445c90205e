//! The allocator of the Wasm form.
//!
//! Interpreted, an allocation by the standard library's takes 150 instructions, and an instance makes some thousand small ones for a
//! kernel. Here a small one is taken from a list of those that were freed, or from the front of a chunk: twenty. Nothing goes back from a list to
//! its chunk; an instance serves one component, and what is small is a small part of what it takes. What is large is
//! the standard library's business.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::{copy_nonoverlapping, null_mut};

/// All sizes that are handed out are multiples of this, and all addresses.
const UNIT: usize = 16;

/// The largest size that is small.
const SMALL: usize = 1024;

/// Bytes of a chunk.
const CHUNK: usize = 32 << 10;

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: Allocator = Allocator::new();

struct Allocator(UnsafeCell<State>);

impl Allocator {
    const fn new() -> Allocator {
        Allocator(UnsafeCell::new(State {
            free: [null_mut(); SMALL / UNIT + 1],
            front: null_mut(),
            left: 0,
        }))
    }
}

struct State {
    /// For each size in units, the first that was freed; each has the address of the next in its first bytes.
    free: [*mut u8; SMALL / UNIT + 1],
    /// The rest of the last chunk.
    front: *mut u8,
    left: usize,
}

// SAFETY: the module is built without threads.
#[cfg(target_family = "wasm")]
unsafe impl Sync for Allocator {}

/// The size in units, if it is small.
fn units(layout: Layout) -> Option<usize> {
    (layout.size() <= SMALL && layout.align() <= UNIT).then(|| layout.size().div_ceil(UNIT))
}

// SAFETY: what is handed out was allocated by `System`, is of the size that its layout has in units, and is not handed out again
// before it was freed. `System` gets back only what it gave: the layout tells which that is.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(units) = units(layout) else {
            // SAFETY: the caller's promise is passed on.
            return unsafe { System.alloc(layout) };
        };
        // SAFETY: there is one thread, and nothing below calls back.
        let state = unsafe { &mut *self.0.get() };
        let first = state.free[units];
        if !first.is_null() {
            // SAFETY: what is in the list is not in use and begins with the address of the next.
            state.free[units] = unsafe { first.cast::<*mut u8>().read() };
            return first;
        }
        let size = units * UNIT;
        if size > state.left {
            // SAFETY: the layout has a size.
            let chunk = unsafe { System.alloc(Layout::from_size_align_unchecked(CHUNK, UNIT)) };
            if chunk.is_null() {
                return chunk;
            }
            (state.front, state.left) = (chunk, CHUNK);
        }
        let front = state.front;
        // SAFETY: there are as many bytes left.
        state.front = unsafe { front.add(size) };
        state.left -= size;
        front
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        let Some(units) = units(layout) else {
            // SAFETY: the caller's promise is passed on.
            return unsafe { System.dealloc(at, layout) };
        };
        // SAFETY: there is one thread, and nothing below calls back.
        let state = unsafe { &mut *self.0.get() };
        // SAFETY: nobody uses the bytes any more, a unit or more of them.
        unsafe { at.cast::<*mut u8>().write(state.free[units]) };
        state.free[units] = at;
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the size is one of a layout.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (units(layout), units(new)) {
            // SAFETY: the caller's promise is passed on.
            (None, None) => return unsafe { System.realloc(at, layout, size) },
            (old, new) if old == new => return at,
            _ => {}
        }
        // SAFETY: the caller promises what each of them asks for.
        unsafe {
            let to = self.alloc(new);
            if !to.is_null() {
                copy_nonoverlapping(at, to, layout.size().min(size));
                self.dealloc(at, layout);
            }
            to
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of all sizes come and go, small ones and large ones. Each keeps what was written into it.
    #[test]
    fn blocks_do_not_share_bytes() {
        let allocator = Allocator::new();
        let mut blocks: Vec<(*mut u8, Layout, u8)> = Vec::new();
        let mut seed = 1u32;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % below
        };
        let holds = |(at, layout, byte): &(*mut u8, Layout, u8)| {
            // SAFETY: the block is allocated and was filled.
            let bytes = unsafe { std::slice::from_raw_parts(*at, layout.size()) };
            bytes.iter().all(|it| it == byte)
        };
        for round in 0..20_000u32 {
            let size = 1 + random(if round % 7 == 0 { 4 * SMALL } else { SMALL / 4 });
            let layout = Layout::from_size_align(size, 1 << random(6)).unwrap();
            let byte = round as u8;
            // SAFETY: layouts have a size; blocks are freed and grown with the layout that they have, once.
            unsafe {
                let block = match (random(4), blocks.len()) {
                    (0, 1..) => {
                        let old = blocks.swap_remove(random(blocks.len()));
                        assert!(holds(&old));
                        allocator.dealloc(old.0, old.1);
                        continue;
                    }
                    (1, 1..) => {
                        let old = blocks.swap_remove(random(blocks.len()));
                        let at = allocator.realloc(old.0, old.1, size);
                        let kept = Layout::from_size_align(size.min(old.1.size()), 1).unwrap();
                        assert!(holds(&(at, kept, old.2)));
                        (at, Layout::from_size_align(size, old.1.align()).unwrap())
                    }
                    _ => (allocator.alloc(layout), layout),
                };
                assert!((block.0 as usize).is_multiple_of(block.1.align()));
                block.0.write_bytes(byte, size);
                blocks.push((block.0, block.1, byte));
            }
        }
        assert!(blocks.iter().all(holds));
        for (at, layout, _) in blocks {
            // SAFETY: as above.
            unsafe { allocator.dealloc(at, layout) };
        }
    }
}
