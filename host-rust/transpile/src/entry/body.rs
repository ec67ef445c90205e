//! The code of an entry: what a host does around a call.
//!
//! It has no loops, and what ends a call early stands at the end. `words` has the code that copies bytes.

use super::{Answer, Spec, Staged, WORDS};
use wasm_encoder::Instruction as I;
use wasm_encoder::{BlockType, Encode, MemArg, ValType};

/// What an entry says of a call: [`crate::plan::Entry`].
const DONE: i32 = 0;
const LIFT: i32 = 1;
const ALLOC: i32 = 2;

/// The parameter that says whether the words hold the staged parameters.
const MODE: u32 = 0;

/// Bytes of a word.
pub(super) const WORD: i32 = 8;

/// The body of an entry's function, as it stands in a code section but for its size.
pub(super) fn body(spec: &Spec) -> Vec<u8> {
    let mut body = Body {
        spec,
        params: spec.params().len() as u32,
        locals: Vec::new(),
        code: Vec::new(),
    };
    let sizes: Vec<u32> = spec.staged.iter().map(|staged| body.size(staged)).collect();
    // Behind each block is what to do when an allocation failed; the first parameter's is the outermost.
    for _ in &spec.staged {
        body.put(&[I::Block(BlockType::Empty)]);
    }
    if !spec.staged.is_empty() {
        body.put(&[I::LocalGet(MODE), I::If(BlockType::Empty)]);
        for (place, staged) in spec.staged.iter().enumerate() {
            let failed = (spec.staged.len() - place) as u32;
            body.lower(staged, place as u32, sizes[place], failed);
        }
        body.put(&[I::End]);
    }
    match spec.answer {
        Answer::Flat { frees } => body.flat(frees),
        Answer::Text { size } => body.text(size),
    }
    for (staged, size) in spec.staged.iter().zip(&sizes).rev() {
        body.put(&[I::End, I::I32Const(ALLOC)]);
        body.put(&[I::LocalGet(staged.address()), I::LocalGet(*size)]);
        body.nothing();
        body.put(&[I::Return]);
    }
    // Nothing gets here: each way returns.
    body.put(&[I::Unreachable, I::End]);
    body.finish()
}

impl Staged {
    /// The parameter with the address.
    fn address(&self) -> u32 {
        self.flat + 1
    }

    /// The parameter with the length, in elements.
    fn len(&self) -> u32 {
        self.flat + 2
    }
}

/// Bytes in memory: locals with the address and the number of bytes, and the size of an element.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    pub(super) address: u32,
    pub(super) size: u32,
    pub(super) element: u32,
}

/// A body that is being written.
pub(super) struct Body<'a> {
    spec: &'a Spec,
    params: u32,
    /// Locals behind the parameters.
    locals: Vec<ValType>,
    code: Vec<u8>,
}

impl Body<'_> {
    pub(super) fn put(&mut self, instructions: &[I<'_>]) {
        for instruction in instructions {
            instruction.encode(&mut self.code);
        }
    }

    fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        self.params + self.locals.len() as u32 - 1
    }

    fn finish(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.locals.len().encode(&mut bytes);
        for ty in self.locals {
            1_u32.encode(&mut bytes);
            ty.encode(&mut bytes);
        }
        bytes.extend(self.code);
        bytes
    }

    /// The local with a staged parameter's bytes, when they are counted.
    fn size(&mut self, staged: &Staged) -> u32 {
        match staged.size {
            1 => staged.len(),
            _ => self.local(ValType::I32),
        }
    }

    /// Allocates memory for a staged parameter, checks what it gets, and writes it. `failed` is the label for memory that will
    /// not do.
    fn lower(&mut self, staged: &Staged, place: u32, size: u32, failed: u32) {
        let stretch = Stretch {
            address: staged.address(),
            size,
            element: staged.size,
        };
        if staged.size > 1 {
            self.put(&[
                I::LocalGet(staged.len()),
                I::I32Const(staged.size.trailing_zeros() as i32),
                I::I32Shl,
                I::LocalSet(size),
            ]);
        }
        self.put(&[
            I::I32Const(0),
            I::I32Const(0),
            I::I32Const(staged.size as i32),
            I::LocalGet(size),
            I::Call(self.spec.realloc),
            I::LocalTee(stretch.address),
            I::I64ExtendI32U,
            I::LocalGet(size),
            I::I64ExtendI32U,
            I::I64Add,
        ]);
        self.memory_size();
        self.put(&[I::I64GtU, I::BrIf(failed)]);
        self.aligned(stretch.address, staged.size, failed);
        let first = 1 + self.spec.params.len() as u32 + place * WORDS;
        let words: Vec<u32> = (first..first + WORDS).collect();
        self.store(stretch, &words);
    }

    /// Bytes of the memory, as an `i64` on the stack.
    fn memory_size(&mut self) {
        self.put(&[
            I::MemorySize(0),
            I::I64ExtendI32U,
            I::I64Const(16),
            I::I64Shl,
        ]);
    }

    /// Goes to a label when an address is not a multiple of an alignment.
    fn aligned(&mut self, address: u32, align: u32, otherwise: u32) {
        if align > 1 {
            self.put(&[
                I::LocalGet(address),
                I::I32Const(align as i32 - 1),
                I::I32And,
                I::BrIf(otherwise),
            ]);
        }
    }

    /// Puts the parameters of the function on the stack and calls it.
    fn call(&mut self) {
        for param in 1..=self.spec.params.len() as u32 {
            self.put(&[I::LocalGet(param)]);
        }
        self.put(&[I::Call(self.spec.func)]);
    }

    /// Calls the function, and gives its results back. `frees` tells whether post-return gets them first.
    fn flat(&mut self, frees: bool) {
        let results: Vec<u32> = (self.spec.results.iter())
            .map(|ty| self.local(*ty))
            .collect();
        self.call();
        for result in results.iter().rev() {
            self.put(&[I::LocalSet(*result)]);
        }
        if let Some(post_return) = self.spec.post_return.filter(|_| frees) {
            for result in &results {
                self.put(&[I::LocalGet(*result)]);
            }
            self.put(&[I::Call(post_return)]);
        }
        self.put(&[I::I32Const(DONE), I::I32Const(0), I::I32Const(0)]);
        for result in &results {
            self.put(&[I::LocalGet(*result)]);
        }
        self.put(&[I::Return]);
    }

    /// Zeros for the results behind status, address and length.
    fn nothing(&mut self) {
        for ty in &self.spec.results()[3..] {
            let zero = match ty {
                ValType::I64 => I::I64Const(0),
                ValType::F32 => I::F32Const(0.0.into()),
                ValType::F64 => I::F64Const(0.0.into()),
                _ => I::I32Const(0),
            };
            self.put(&[zero]);
        }
    }

    /// Calls the function, and gives the string or list back that its result is the address of.
    fn text(&mut self, element: u32) {
        let [result, address, size, len] = [(); 4].map(|()| self.local(ValType::I32));
        let [end, pair, wide] = [(); 3].map(|()| self.local(ValType::I64));
        let words: Vec<u32> = (0..WORDS).map(|_| self.local(ValType::I64)).collect();
        const OTHERWISE: u32 = 0;
        self.put(&[I::Block(BlockType::Empty)]);
        self.call();
        self.put(&[I::LocalSet(result)]);
        self.memory_size();
        self.put(&[I::LocalSet(end)]);
        self.aligned(result, 4, OTHERWISE);
        self.put(&[I::LocalGet(result), I::I64ExtendI32U, I::I64Const(8)]);
        self.within(end, OTHERWISE);
        self.put(&[
            I::LocalGet(result),
            I::I64Load(at(0)),
            I::LocalTee(pair),
            I::I32WrapI64,
            I::LocalSet(address),
            I::LocalGet(pair),
            I::I64Const(32),
            I::I64ShrU,
            I::LocalTee(wide),
            I::I32WrapI64,
            I::LocalSet(len),
            I::LocalGet(wide),
            I::I64Const(i64::from(element.trailing_zeros())),
            I::I64Shl,
            I::LocalTee(wide),
            I::I64Const(i64::from(WORDS) * i64::from(WORD)),
            I::I64GtU,
            I::BrIf(OTHERWISE),
            I::LocalGet(address),
            I::I64ExtendI32U,
            I::LocalGet(wide),
        ]);
        self.within(end, OTHERWISE);
        self.aligned(address, element, OTHERWISE);
        self.put(&[I::LocalGet(wide), I::I32WrapI64, I::LocalSet(size)]);
        let stretch = Stretch {
            address,
            size,
            element,
        };
        self.load(stretch, &words, |body, loaded| {
            body.give([result, address, len], loaded);
        });
        self.put(&[I::End, I::I32Const(LIFT)]);
        self.put(&[I::LocalGet(result), I::I32Const(0)]);
        self.nothing();
        self.put(&[I::Return]);
    }

    /// Goes to a label when the sum of an address and a number of bytes, both on the stack, is beyond the end of memory.
    fn within(&mut self, end: u32, otherwise: u32) {
        self.put(&[I::I64Add, I::LocalGet(end), I::I64GtU, I::BrIf(otherwise)]);
    }

    /// Frees a string or list, and gives it back.
    fn give(&mut self, [result, address, len]: [u32; 3], words: &[u32]) {
        if let Some(post_return) = self.spec.post_return {
            self.put(&[I::LocalGet(result), I::Call(post_return)]);
        }
        self.put(&[I::I32Const(DONE), I::LocalGet(address), I::LocalGet(len)]);
        for word in words {
            self.put(&[I::LocalGet(*word)]);
        }
        for _ in words.len()..WORDS as usize {
            self.put(&[I::I64Const(0)]);
        }
        self.put(&[I::Return]);
    }
}

/// So many bytes behind an address, whatever its alignment.
pub(super) fn at(offset: u64) -> MemArg {
    MemArg {
        offset,
        align: 0,
        memory_index: 0,
    }
}
