//! The types that a hardened module has beside its own.

use std::collections::HashMap;
use wasm_encoder::{BlockType, Encode, ValType};

type Signature = (Vec<ValType>, Vec<ValType>);

/// Types of functions behind a module's own, each once.
pub(crate) struct Types {
    /// The module's own.
    own: u32,
    indices: HashMap<Signature, u32>,
    /// Those that are added, as they are written.
    items: Vec<u8>,
}

impl Types {
    pub(crate) fn new(own: u32) -> Types {
        Types {
            own,
            indices: HashMap::new(),
            items: Vec::new(),
        }
    }

    /// The index of a type.
    pub(crate) fn index(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let signature = (params.to_vec(), results.to_vec());
        let next = self.own + self.count();
        *self.indices.entry(signature).or_insert_with(|| {
            self.items.push(0x60);
            params.encode(&mut self.items);
            results.encode(&mut self.items);
            next
        })
    }

    /// The type of a block with results only.
    pub(super) fn block(&mut self, results: &[wasmparser::ValType]) -> BlockType {
        let results: Vec<ValType> = results.iter().map(|ty| value(*ty)).collect();
        match results[..] {
            [] => BlockType::Empty,
            [one] => BlockType::Result(one),
            _ => BlockType::FunctionType(self.index(&[], &results)),
        }
    }

    /// How many are added.
    pub(crate) fn count(&self) -> u32 {
        self.indices.len() as u32
    }

    /// Those that are added, one behind the other.
    pub(crate) fn items(&self) -> &[u8] {
        &self.items
    }
}

/// A type of a value, in the words of the encoder.
fn value(ty: wasmparser::ValType) -> ValType {
    match ty {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::V128 => ValType::V128,
        // There are no other references.
        wasmparser::ValType::Ref(_) => ValType::FUNCREF,
    }
}
