//! How bytes are copied between memory and words, by the layout that [`crate::plan::Entry`] tells.
//!
//! A length decides between a few ways, each straight: for eight, four and two words, for four to seven bytes, and for less.

use super::body::{Body, Stretch, WORD, at};
use wasm_encoder::BlockType;
use wasm_encoder::Instruction as I;

impl Body<'_> {
    /// Writes bytes from words to memory.
    pub(super) fn store(&mut self, to: Stretch, words: &[u32]) {
        self.at_least(to, WORD);
        self.by_words(to, |body, count| {
            let (near, far) = words[..count].split_at(count / 2);
            // A word that holds nothing goes to the last eight bytes too, and then what belongs there.
            for (word, local) in (near.len()..count).zip(far).rev() {
                body.place(to, word);
                body.put(&[I::LocalGet(*local), I::I64Store(at(0))]);
            }
            for (word, local) in near.iter().enumerate().rev() {
                body.put(&[I::LocalGet(to.address), I::LocalGet(*local)]);
                body.put(&[I::I64Store(at_word(word))]);
            }
        });
        self.put(&[I::Else]);
        self.store_less(to, words[0]);
        self.put(&[I::End]);
    }

    /// Writes less than eight bytes from a word to memory.
    fn store_less(&mut self, to: Stretch, word: u32) {
        if to.element == 8 {
            return;
        }
        self.at_least(to, 4);
        self.put(&[I::LocalGet(to.address), I::LocalGet(word)]);
        self.put(&[I::I64Store32(at(0))]);
        self.before_end(to, 4);
        self.put(&[I::LocalGet(word), I::I64Const(32), I::I64ShrU]);
        self.put(&[I::I64Store32(at(0))]);
        if to.element < 4 {
            self.put(&[I::Else, I::LocalGet(to.size), I::If(BlockType::Empty)]);
            self.put(&[I::LocalGet(to.address), I::LocalGet(word)]);
            if to.element == 2 {
                self.put(&[I::I64Store16(at(0))]);
            } else {
                self.put(&[I::I64Store8(at(0))]);
                for which in [Few::Middle, Few::Last] {
                    self.put(&[I::LocalGet(to.address)]);
                    self.few(to, which);
                    self.put(&[I::I32Add, I::LocalGet(word)]);
                    self.few_bits(to, which);
                    self.put(&[I::I64ShrU, I::I64Store8(at(0))]);
                }
            }
            self.put(&[I::End]);
        }
        self.put(&[I::End]);
    }

    /// Reads bytes from memory into words, and then goes on with those that were read; `then` has to return.
    pub(super) fn load(&mut self, from: Stretch, words: &[u32], then: impl Fn(&mut Self, &[u32])) {
        self.at_least(from, WORD);
        self.by_words(from, |body, count| {
            let (near, far) = words[..count].split_at(count / 2);
            for (word, local) in near.iter().enumerate().rev() {
                body.put(&[I::LocalGet(from.address), I::I64Load(at_word(word))]);
                body.put(&[I::LocalSet(*local)]);
            }
            for (word, local) in (near.len()..).zip(far) {
                body.place(from, word);
                body.put(&[I::I64Load(at(0)), I::LocalSet(*local)]);
            }
            then(body, &words[..count]);
        });
        self.put(&[I::End]);
        self.load_less(from, words[0]);
        then(self, &words[..1]);
    }

    /// Reads less than eight bytes from memory into a word, which is zero.
    fn load_less(&mut self, from: Stretch, word: u32) {
        if from.element == 8 {
            return;
        }
        self.at_least(from, 4);
        self.put(&[I::LocalGet(from.address), I::I64Load32U(at(0))]);
        self.before_end(from, 4);
        self.put(&[I::I64Load32U(at(0)), I::I64Const(32), I::I64Shl]);
        self.put(&[I::I64Or, I::LocalSet(word)]);
        if from.element < 4 {
            self.put(&[I::Else, I::LocalGet(from.size), I::If(BlockType::Empty)]);
            self.put(&[I::LocalGet(from.address)]);
            if from.element == 2 {
                self.put(&[I::I64Load16U(at(0))]);
            } else {
                self.put(&[I::I64Load8U(at(0))]);
                for which in [Few::Middle, Few::Last] {
                    self.put(&[I::LocalGet(from.address)]);
                    self.few(from, which);
                    self.put(&[I::I32Add, I::I64Load8U(at(0))]);
                    self.few_bits(from, which);
                    self.put(&[I::I64Shl, I::I64Or]);
                }
            }
            self.put(&[I::LocalSet(word), I::End]);
        }
        self.put(&[I::End]);
    }

    /// Begins a way for so many bytes and more.
    fn at_least(&mut self, stretch: Stretch, least: i32) {
        self.put(&[I::LocalGet(stretch.size), I::I32Const(least)]);
        self.put(&[I::I32GeU, I::If(BlockType::Empty)]);
    }

    /// Puts a way for each of eight, four and two words, where there are eight bytes or more. Half of the words are at eight times
    /// their numbers, so wazero checks the bounds of the farthest one only. The others are where [`Body::place`] tells.
    fn by_words(&mut self, stretch: Stretch, way: impl Fn(&mut Self, usize)) {
        self.at_least(stretch, 2 * WORD + 1);
        self.at_least(stretch, 4 * WORD + 1);
        way(self, 8);
        self.put(&[I::Else]);
        way(self, 4);
        self.put(&[I::End, I::Else]);
        way(self, 2);
        self.put(&[I::End]);
    }

    /// The address of a word, which is not beyond that of the last eight bytes. Offsets are compared, because the sum of an address
    /// and the offset of a word that holds nothing could overflow.
    fn place(&mut self, stretch: Stretch, word: usize) {
        let own = WORD * word as i32;
        self.put(&[I::LocalGet(stretch.address), I::I32Const(own)]);
        self.put(&[I::LocalGet(stretch.size), I::I32Const(WORD), I::I32Sub]);
        self.put(&[I::I32Const(own)]);
        self.put(&[I::LocalGet(stretch.size), I::I32Const(WORD), I::I32Sub]);
        self.put(&[I::I32LtU, I::Select, I::I32Add]);
    }

    /// The address of so many bytes before the end.
    fn before_end(&mut self, stretch: Stretch, back: i32) {
        self.put(&[I::LocalGet(stretch.address), I::LocalGet(stretch.size)]);
        self.put(&[I::I32Add, I::I32Const(back), I::I32Sub]);
    }

    /// The offset of one of at most three bytes.
    fn few(&mut self, stretch: Stretch, which: Few) {
        self.put(&[I::LocalGet(stretch.size), I::I32Const(1)]);
        self.put(&[match which {
            Few::Middle => I::I32ShrU,
            Few::Last => I::I32Sub,
        }]);
    }

    /// Where in a word one of at most three bytes is, in bits.
    fn few_bits(&mut self, stretch: Stretch, which: Few) {
        self.few(stretch, which);
        self.put(&[I::I64ExtendI32U, I::I64Const(3), I::I64Shl]);
    }
}

/// One of at most three bytes. With fewer, it is the same as another.
#[derive(Clone, Copy)]
enum Few {
    Middle,
    Last,
}

/// Where a word is by its number.
fn at_word(word: usize) -> wasm_encoder::MemArg {
    at(WORD as u64 * word as u64)
}
