//! Entries: for functions that short strings and lists of numbers go into or come out of, a function that does the host's part of
//! a call in WebAssembly. [`Entry`] says what it takes and gives.
//!
//! A call from a host into WebAssembly costs some thirty nanoseconds, and a string of 32 bytes in each direction takes three of
//! them. With its entry it takes one.
//!
//! This file chooses the functions; `body` writes the code, with `words`, and `append` adds it to modules that are otherwise done, so that
//! nothing is counted in it: it takes the same few steps each time.

mod append;
mod body;
mod words;

use crate::error::Error;
use crate::limits;
use crate::plan::{self, CoreFunc, CoreType, Encoding, Entry, Func, Shape, Step, Type};
use crate::steps::Steps;
use append::Module;
use std::collections::{BTreeMap, HashMap};
use wasm_encoder::ValType;

/// How many `i64` a staged parameter takes, and the bytes of an answer.
const WORDS: u32 = 8;

/// The most parameters that are staged: a function has few registers for what it takes.
const STAGED: usize = 2;

/// What an entry is for: functions of one module, and what goes into and comes out of one of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Spec {
    func: u32,
    /// Any number where nothing is staged.
    realloc: u32,
    post_return: Option<u32>,
    params: Vec<ValType>,
    results: Vec<ValType>,
    staged: Vec<Staged>,
    answer: Answer,
}

/// A parameter that is staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Staged {
    /// Which of the flat parameters is the address; the next one is the length.
    flat: u32,
    /// Bytes of an element, which are its alignment.
    size: u32,
}

/// What comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Answer {
    /// The results as they are. `frees` tells whether post-return is run with them.
    Flat { frees: bool },
    /// The bytes of a string or a list with elements of so many bytes.
    Text { size: u32 },
}

impl Spec {
    /// The parameters of the entry.
    fn params(&self) -> Vec<ValType> {
        let mut params = vec![ValType::I32];
        params.extend(&self.params);
        params.extend(vec![ValType::I64; self.staged.len() * WORDS as usize]);
        params
    }

    /// The results of the entry.
    fn results(&self) -> Vec<ValType> {
        let mut results = vec![ValType::I32; 3];
        match self.answer {
            Answer::Flat { .. } => results.extend(&self.results),
            Answer::Text { .. } => results.extend([ValType::I64; WORDS as usize]),
        }
        results
    }
}

/// A function that shall have an entry.
struct Wish {
    /// Index into the plan's functions.
    func: usize,
    instance: u32,
    /// Parameters that are staged, by their numbers.
    numbers: Vec<u32>,
    staged: Vec<Staged>,
    answer: Answer,
    /// Names of exports of the core instance.
    callee: String,
    realloc: Option<String>,
    post_return: Option<String>,
}

/// Gives entries to the functions of a component whose core modules call nothing of the host's.
pub(crate) fn add(steps: &mut Steps<'_>, funcs: &mut [Func], types: &[Type]) -> Result<(), Error> {
    let mut wishes: BTreeMap<u32, Vec<Wish>> = BTreeMap::new();
    {
        let chooser = Chooser::new(&steps.steps, types);
        let wished = (0..funcs.len()).filter_map(|func| chooser.wish(func, &funcs[func]));
        for wish in wished.take(limits::ENTRIES) {
            // Nothing is known of a module that the component imports.
            if let Some(module) = chooser.modules[wish.instance as usize] {
                wishes.entry(module).or_default().push(wish);
            }
        }
    }
    for (module, wishes) in wishes {
        let wasm = &steps.bytes[module as usize];
        if let Some(wasm) = module_with(wasm, &wishes, funcs)? {
            steps.replace(module, wasm)?;
        }
    }
    Ok(())
}

/// A module with entries for functions, which learn of them; `None` where it has no room for them. Instances that share a module
/// all have the entries of each.
fn module_with(wasm: &[u8], wishes: &[Wish], funcs: &mut [Func]) -> Result<Option<Vec<u8>>, Error> {
    let module = Module::read(wasm).map_err(Error::internal)?;
    let mut made: Vec<(String, Spec)> = Vec::new();
    let mut known: HashMap<Spec, usize> = HashMap::new();
    let mut entries = Vec::new();
    for wish in wishes {
        let Some(spec) = spec(&module, wish, &funcs[wish.func]) else {
            continue;
        };
        let place = *known.entry(spec).or_insert_with_key(|spec| {
            let name = format!("tenon:entry:{}", made.len());
            made.push((name, spec.clone()));
            made.len() - 1
        });
        entries.push((wish, place));
    }
    if made.is_empty()
        || !module.has_room(made.len())
        || made.iter().any(|(name, _)| module.exports(name))
    {
        return Ok(None);
    }
    for (wish, place) in entries {
        funcs[wish.func].entry = Some(Entry {
            instance: wish.instance,
            export: made[place].0.clone(),
            staged: wish.numbers.clone(),
            words: WORDS,
            answer: match wish.answer {
                Answer::Flat { .. } => plan::Answer::Flat,
                Answer::Text { .. } => plan::Answer::Text,
            },
        });
    }
    Ok(Some(module.with(&made)))
}

/// Finds what a wish names.
fn spec(module: &Module<'_>, wish: &Wish, func: &Func) -> Option<Spec> {
    let index = |name: &Option<String>| match name {
        Some(name) => Some(Some(module.function(name)?)),
        None => Some(None),
    };
    Some(Spec {
        func: module.function(&wish.callee)?,
        realloc: index(&wish.realloc)?.unwrap_or_default(),
        post_return: index(&wish.post_return)?,
        params: func.core.params.iter().map(|ty| value(*ty)).collect(),
        results: func.core.results.iter().map(|ty| value(*ty)).collect(),
        staged: wish.staged.clone(),
        answer: wish.answer,
    })
}

/// Tells which functions shall have entries.
struct Chooser<'a> {
    types: &'a [Type],
    /// For each type whether its values need memory.
    pointers: Vec<bool>,
    /// For each core instance its module in the plan.
    modules: Vec<Option<u32>>,
    memories: HashMap<u32, u32>,
    reallocs: HashMap<u32, &'a CoreFunc>,
    post_returns: HashMap<u32, &'a CoreFunc>,
}

impl<'a> Chooser<'a> {
    fn new(steps: &'a [Step], types: &'a [Type]) -> Chooser<'a> {
        let mut pointers: Vec<bool> = Vec::new();
        for ty in types {
            let mut points = matches!(ty.shape, Shape::String | Shape::List { .. });
            ty.shape.each_part(|part| points |= pointers[part as usize]);
            pointers.push(points);
        }
        let mut chooser = Chooser {
            types,
            pointers,
            modules: Vec::new(),
            memories: HashMap::new(),
            reallocs: HashMap::new(),
            post_returns: HashMap::new(),
        };
        for step in steps {
            match step {
                Step::Instantiate { module } => chooser.modules.push(Some(*module)),
                Step::InstantiateImport { .. } => chooser.modules.push(None),
                Step::Memory { slot, instance, .. } => {
                    chooser.memories.insert(*slot, *instance);
                }
                Step::Realloc { slot, func } => {
                    chooser.reallocs.insert(*slot, func);
                }
                Step::PostReturn { slot, func } => {
                    chooser.post_returns.insert(*slot, func);
                }
                Step::Resource { .. } => {}
            }
        }
        chooser
    }

    /// What the entry of a function shall be. All that it works with belongs to one core instance.
    fn wish(&self, number: usize, func: &Func) -> Option<Wish> {
        if func.spill_params.is_some() || func.encoding != Encoding::Utf8 {
            return None;
        }
        let (numbers, staged) = self.staged(func)?;
        let answer = match func.result.and_then(|ty| self.bytes(ty)) {
            Some(size) => Answer::Text { size },
            None => Answer::Flat {
                frees: !func.spill_result,
            },
        };
        if staged.is_empty() && matches!(answer, Answer::Flat { .. }) {
            return None;
        }
        let CoreFunc::Export { instance, export } = &func.callee else {
            return None;
        };
        if self.memories.get(&func.memory?) != Some(instance) {
            return None;
        }
        let here = |func: &CoreFunc| match func {
            CoreFunc::Export {
                instance: other,
                export,
            } if other == instance => Some(export.clone()),
            _ => None,
        };
        let realloc = match staged.is_empty() {
            true => None,
            false => Some(here(self.reallocs.get(&func.realloc?)?)?),
        };
        let post_return = match func.post_return {
            None => None,
            Some(slot) => Some(here(self.post_returns.get(&slot)?)?),
        };
        Some(Wish {
            func: number,
            instance: *instance,
            numbers,
            staged,
            answer,
            callee: export.clone(),
            realloc,
            post_return,
        })
    }

    /// The parameters that are staged, by number and by flat parameters; `None` where one that is not needs memory.
    fn staged(&self, func: &Func) -> Option<(Vec<u32>, Vec<Staged>)> {
        let (mut numbers, mut staged, mut flat) = (Vec::new(), Vec::new(), 0);
        for (number, param) in (0..).zip(&func.params) {
            match self.bytes(param.ty) {
                Some(size) => {
                    numbers.push(number);
                    staged.push(Staged { flat, size });
                }
                None if self.pointers[param.ty as usize] => return None,
                None => {}
            }
            flat += self.types[param.ty as usize].flat.as_ref()?.len() as u32;
        }
        (staged.len() <= STAGED).then_some((numbers, staged))
    }

    /// Bytes of an element of a string or a list of numbers.
    fn bytes(&self, ty: u32) -> Option<u32> {
        match self.types[ty as usize].shape {
            Shape::String => Some(1),
            Shape::List { element } => {
                let element = &self.types[element as usize];
                let number = matches!(
                    element.shape,
                    Shape::S8
                        | Shape::U8
                        | Shape::S16
                        | Shape::U16
                        | Shape::S32
                        | Shape::U32
                        | Shape::S64
                        | Shape::U64
                        | Shape::F32
                        | Shape::F64
                );
                number.then_some(element.size)
            }
            _ => None,
        }
    }
}

/// A type of the plan, in the words of the encoder. Flat parameters and results are numbers.
fn value(ty: CoreType) -> ValType {
    match ty {
        CoreType::I64 => ValType::I64,
        CoreType::F32 => ValType::F32,
        CoreType::F64 => ValType::F64,
        _ => ValType::I32,
    }
}
