//! Where things stand in the hardened module.
//!
//! Imports come before what a module defines, so what is imported moves the indices of its functions, and in a
//! [`Gate::Member`] those of its globals. Everything else is added behind the module's own.

use super::function::{Change, Function};
use super::input::Input;
use super::{Gate, REFUSED, STACK, TAP, leb};
use wasm_encoder::ValType;

/// A function that is imported for the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Import {
    Tap,
    Stack,
    Refused,
}

impl Import {
    /// The name in the module [`super::MODULE`].
    pub(super) fn name(self) -> &'static str {
        match self {
            Import::Tap => TAP,
            Import::Stack => STACK,
            Import::Refused => REFUSED,
        }
    }

    /// Its name for people.
    pub(super) fn label(self) -> &'static str {
        match self {
            Import::Tap => "tenon:tap",
            Import::Stack => "tenon:stack",
            Import::Refused => "tenon:refused",
        }
    }

    /// Parameters and results.
    pub(super) fn ty(self) -> (&'static [ValType], &'static [ValType]) {
        match self {
            Import::Tap => (&[ValType::I64], &[ValType::I64]),
            Import::Stack | Import::Refused => (&[], &[]),
        }
    }
}

/// The indices of a hardened module.
pub(super) struct Layout {
    pub(super) gate: Option<Gate>,
    /// What is imported, in order.
    pub(super) imports: Vec<Import>,
    imported_funcs: u32,
    imported_globals: u32,
    funcs: u32,
    globals: u32,
}

impl Layout {
    /// `counts` tells whether some function counts its stack.
    pub(super) fn new(input: &Input<'_>, gate: Option<Gate>, counts: bool) -> Layout {
        let mut imports = Vec::new();
        if gate.is_some() && !input.functions.is_empty() {
            imports.push(Import::Tap);
            let grows =
                |function: &Function| function.has(|change| matches!(change, Change::Growth(_)));
            if counts {
                imports.push(Import::Stack);
            }
            if input.functions.iter().any(grows) {
                imports.push(Import::Refused);
            }
        }
        Layout {
            gate,
            imports,
            imported_funcs: input.imported_funcs,
            imported_globals: input.imported_globals,
            funcs: input.imported_funcs + input.functions.len() as u32,
            globals: input.globals,
        }
    }

    /// The new index of a function.
    pub(super) fn func(&self, func: u32) -> u32 {
        let moves = func >= self.imported_funcs;
        func + if moves { self.imports.len() as u32 } else { 0 }
    }

    /// The new index of a global.
    pub(super) fn global(&self, global: u32) -> u32 {
        let moves = self.moves_globals() && global >= self.imported_globals;
        global + if moves { 2 } else { 0 }
    }

    /// Whether there are globals with another index than before.
    fn moves_globals(&self) -> bool {
        self.gate == Some(Gate::Member)
    }

    /// Whether something has another index than before.
    pub(super) fn moves(&self, reference: Reference) -> bool {
        match reference {
            Reference::Func(_) | Reference::Call(_) | Reference::RefFunc(_) => {
                !self.imports.is_empty()
            }
            Reference::GlobalGet(_) | Reference::GlobalSet(_) => self.moves_globals(),
        }
    }

    /// The global that counts the stack that is left.
    pub(super) fn stack_left(&self) -> u32 {
        self.countdown() + 1
    }

    /// The global that counts down.
    pub(super) fn countdown(&self) -> u32 {
        match self.gate {
            Some(Gate::Member) => self.imported_globals,
            _ => self.globals,
        }
    }

    /// The index of a function that is imported for the gate.
    pub(super) fn import(&self, import: Import) -> Option<u32> {
        let place = self.imports.iter().position(|other| *other == import)?;
        Some(self.imported_funcs + place as u32)
    }

    /// The index of the first function that hardening adds.
    pub(super) fn first_added(&self) -> u32 {
        self.func(self.funcs)
    }

    /// The instruction that names a function, a global or neither, as it is written now.
    pub(super) fn reference(&self, reference: Reference) -> Vec<u8> {
        let (opcode, index) = match reference {
            Reference::Func(func) => return leb(self.func(func)),
            Reference::Call(func) => (0x10, self.func(func)),
            Reference::RefFunc(func) => (0xd2, self.func(func)),
            Reference::GlobalGet(global) => (0x23, self.global(global)),
            Reference::GlobalSet(global) => (0x24, self.global(global)),
        };
        let mut bytes = vec![opcode];
        bytes.extend(leb(index));
        bytes
    }
}

/// An index of something that moves, in the words of the module as it was: alone, or with the instruction that it is part of.
#[derive(Clone, Copy)]
pub(super) enum Reference {
    Func(u32),
    Call(u32),
    RefFunc(u32),
    GlobalGet(u32),
    GlobalSet(u32),
}
