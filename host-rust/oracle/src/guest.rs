//! The guest's side of a call: a memory, an allocator, a string encoding, handles.

use crate::handles::Handles;
use crate::types::align_to;

/// Why a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap(pub String);

/// Ends the call unless `holds`.
pub fn require(holds: bool, why: impl FnOnce() -> String) -> Result<(), Trap> {
    if holds { Ok(()) } else { Err(Trap(why())) }
}

/// How a guest encodes strings, or how a host says that it keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `utf8`
    Utf8,
    /// `utf16`
    Utf16,
    /// `latin1+utf16`: one byte a character where that is enough, otherwise UTF-16 and a tag in the length.
    Latin1Utf16,
}

impl Encoding {
    /// All three.
    pub const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Latin1Utf16];

    /// The canonical option's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf8",
            Encoding::Utf16 => "utf16",
            Encoding::Latin1Utf16 => "latin1+utf16",
        }
    }
}

/// Longest string and longest list, in bytes.
pub const MAX_BYTES: u64 = (1 << 28) - 1;

/// Marks the length of a `latin1+utf16` string that counts UTF-16 code units.
pub const UTF16_TAG: u32 = 1 << 31;

/// A guest whose allocator only ever moves forward: `realloc` copies to a new place behind all others.
pub struct Guest {
    /// Its linear memory.
    pub memory: Vec<u8>,
    /// The string encoding of its functions.
    pub encoding: Encoding,
    /// The encoding that the host keeps strings in; it decides the order of allocations, not what the guest reads.
    pub source: Encoding,
    /// Where the next allocation may begin.
    pub next: u32,
    /// The arguments of every `realloc` so far: old pointer, old size, alignment, new size.
    pub reallocs: Vec<[u32; 4]>,
    /// Its resources.
    pub handles: Handles,
    /// Whether it implements the resource types itself: what it is lent then is no handle, but its own number.
    pub implements: bool,
    /// How many more values the oracle lifts before it gives up: lists that share their elements can be endless.
    pub patience: usize,
}

impl Guest {
    /// A guest with `memory` that allocates from `next` on.
    pub fn new(memory: Vec<u8>, encoding: Encoding, next: u32) -> Guest {
        Guest {
            memory,
            encoding,
            source: encoding,
            next,
            reallocs: Vec::new(),
            handles: Handles::default(),
            implements: false,
            patience: usize::MAX,
        }
    }

    /// Calls the allocator and checks what it gives, as every caller of `realloc` has to.
    pub fn realloc(
        &mut self,
        old: u32,
        old_size: u64,
        alignment: u32,
        size: u64,
    ) -> Result<u32, Trap> {
        let narrow = |n: u64| {
            u32::try_from(n)
                .map_err(|_| Trap(format!("{n} bytes are more than realloc can be asked for")))
        };
        let (old_size, size) = (narrow(old_size)?, narrow(size)?);
        self.reallocs.push([old, old_size, alignment, size]);
        let ptr = align_to(self.next, alignment);
        self.next = ptr + size;
        self.range(ptr, size.into(), alignment)?;
        let kept = old_size.min(size) as usize;
        self.memory
            .copy_within(old as usize..old as usize + kept, ptr as usize);
        Ok(ptr)
    }

    /// Checks that `size` bytes at `ptr` are aligned and lie in memory.
    pub fn range(&self, ptr: u32, size: u64, alignment: u32) -> Result<(), Trap> {
        require(ptr.is_multiple_of(alignment), || {
            format!("{ptr:#x} is not aligned to {alignment}")
        })?;
        let end = u64::from(ptr) + size;
        require(end <= self.memory.len() as u64, || {
            format!(
                "{size} bytes at {ptr:#x} end outside of {} bytes of memory",
                self.memory.len()
            )
        })
    }

    /// An unsigned integer of `size` bytes; the place was checked.
    pub fn load_int(&self, ptr: u32, size: u32) -> u64 {
        let bytes = &self.memory[ptr as usize..][..size as usize];
        bytes
            .iter()
            .rev()
            .fold(0, |n, byte| n << 8 | u64::from(*byte))
    }

    /// Writes the low `size` bytes of an integer; the place was checked.
    pub fn store_int(&mut self, bits: u64, ptr: u32, size: u32) {
        self.write(ptr, &bits.to_le_bytes()[..size as usize]);
    }

    /// Writes bytes; the place was checked.
    pub fn write(&mut self, ptr: u32, bytes: &[u8]) {
        self.memory[ptr as usize..][..bytes.len()].copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn realloc_copies_forward_and_leaves_the_old() {
        let mut guest = Guest::new(vec![0; 32], Encoding::Utf8, 1);
        let a = guest.realloc(0, 0, 1, 3).unwrap();
        guest.write(a, b"abc");
        let b = guest.realloc(a, 3, 4, 8).unwrap();
        assert_eq!((a, b, guest.next), (1, 4, 12));
        assert_eq!(&guest.memory[..8], b"\0abcabc\0");
        assert_eq!(guest.reallocs, [[0, 0, 1, 3], [1, 3, 4, 8]]);
        assert!(guest.realloc(0, 0, 1, 21).is_err(), "beyond the memory");
    }

    #[test]
    fn ranges() {
        let guest = Guest::new(vec![0; 16], Encoding::Utf8, 0);
        for (ptr, size, alignment, fits) in [
            (16, 0, 8, true),
            (17, 0, 1, false),
            (8, 8, 8, true),
            (8, 9, 8, false),
            (2, 2, 4, false),
            (u32::MAX, u64::from(u32::MAX), 1, false),
        ] {
            assert_eq!(
                guest.range(ptr, size, alignment).is_ok(),
                fits,
                "{size} at {ptr}"
            );
        }
    }
}
