//! Random programs on floats, to hold compilers against each other.
//!
//! Each has many values live at once, so that registers are short, and is made of what compilers get wrong then:
//! `select`, `copysign`, `min`, `max` and conversions. Which NaN an operation gives is not specified, so no NaN but one is ever kept, and
//! none has its bits looked at; the instructions that see to that are on integers, which are not what is tested.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::random::Random;

/// A module, and what it is called with.
pub struct Program {
    /// The module. It exports `f`, from four `i64` to one.
    pub wasm: Vec<u8>,
    /// The arguments of each call.
    pub calls: Vec<[u64; 4]>,
}

/// How often each program is called.
const CALLS: usize = 20;

/// Writes the programs of a seed to `floats.bin` in a folder. Each is the length of its module, in four bytes, the module, the number of
/// calls, in four bytes, and for each call the arguments, in eight bytes each; least byte first.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write(seed: u64, programs: usize, out: &Path) -> io::Result<()> {
    let mut bytes = Vec::new();
    for n in 0..programs {
        let program = program((seed << 32) + n as u64, CALLS);
        bytes.extend((program.wasm.len() as u32).to_le_bytes());
        bytes.extend(program.wasm);
        bytes.extend((program.calls.len() as u32).to_le_bytes());
        for argument in program.calls.iter().flatten() {
            bytes.extend(argument.to_le_bytes());
        }
    }
    fs::create_dir_all(out)?;
    fs::write(out.join("floats.bin"), bytes)
}

/// A type of WebAssembly.
#[derive(Clone, Copy, PartialEq)]
enum Ty {
    I32,
    I64,
    F32,
    F64,
}

const TYPES: [Ty; 4] = [Ty::I32, Ty::I64, Ty::F32, Ty::F64];

impl Ty {
    fn name(self) -> &'static str {
        match self {
            Ty::I32 => "i32",
            Ty::I64 => "i64",
            Ty::F32 => "f32",
            Ty::F64 => "f64",
        }
    }

    fn is_float(self) -> bool {
        matches!(self, Ty::F32 | Ty::F64)
    }
}

/// Floats where rounding, signs and conversions change.
const SPECIAL: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    0.1,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    2_147_483_647.5,
    -9_223_372_036_854_775_808.0,
    1e-40,
    3.5e38,
];

/// The program of a seed, with so many calls.
///
/// # Panics
///
/// If the text that it makes is no module, which is a bug here.
pub fn program(seed: u64, calls: usize) -> Program {
    let mut random = Random::new(seed);
    let mut function = Function {
        counts: TYPES.map(|ty| {
            if ty.is_float() {
                6 + random.below(16)
            } else {
                2 + random.below(5)
            }
        }),
        random: &mut random,
        text: String::new(),
    };
    function.write();
    let text = format!("(module {CALLEE} {})", function.text);
    let wasm = wat::parse_str(&text).expect("the program is WAT");
    let calls = (0..calls)
        .map(|_| std::array::from_fn(|_| argument(&mut random)))
        .collect();
    Program { wasm, calls }
}

/// A call in between makes every value that is live leave its register, and what is passed wants a certain one.
const CALLEE: &str = "(func $callee (param f64 f32 f64 f32 f64 f32 f64 f32) (result f64)
    (if (result f64) (f64.lt (local.get 0) (f64.const 3))
      (then (f64.add (local.get 2) (local.get 4)))
      (else (f64.sub (local.get 6) (f64.promote_f32 (f32.add (local.get 1) (f32.sub (local.get 3) (f32.max (local.get 5) (local.get 7)))))))))";

fn argument(random: &mut Random) -> u64 {
    match random.below(3) {
        0 => random.bits(),
        1 => random.pick(&SPECIAL).to_bits(),
        _ => ((random.below(2_000) as f64 - 1_000.0) / 8.0).to_bits(),
    }
}

struct Function<'a> {
    random: &'a mut Random,
    /// How many locals of each of [`TYPES`].
    counts: [usize; 4],
    text: String,
}

impl Function<'_> {
    fn write(&mut self) {
        self.text += "(func (export \"f\") (param $p0 i64) (param $p1 i64) (param $p2 i64) (param $p3 i64) (result i64) (local $hash i64) (local $i i32) (local $n i32)";
        for (ty, count) in TYPES.into_iter().zip(self.counts) {
            for n in 0..count {
                let ty = ty.name();
                write!(self.text, "(local ${ty}{n} {ty})").unwrap();
            }
        }
        self.begin();
        // A value that lives around a loop wants the register that it had at the loop's head.
        self.text += "(local.set $n (i32.const 2)) (loop $around ";
        for _ in 0..10 + self.random.below(14) {
            self.statement(2);
        }
        self.text += "(br_if $around (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))";
        self.end();
        self.text.push(')');
    }

    /// Gives each local a value that depends on the arguments.
    fn begin(&mut self) {
        for (ty, count) in TYPES.into_iter().zip(self.counts) {
            for n in 0..count {
                let param = self.random.below(4);
                let add = self.random.below(9);
                let value = match ty {
                    Ty::I32 => {
                        format!("(i32.add (i32.wrap_i64 (local.get $p{param})) (i32.const {add}))")
                    }
                    Ty::I64 => format!("(i64.add (local.get $p{param}) (i64.const {add}))"),
                    Ty::F32 => format!(
                        "(f32.add (f32.demote_f64 (f64.reinterpret_i64 (local.get $p{param}))) (f32.const {add}))"
                    ),
                    Ty::F64 => format!(
                        "(f64.add (f64.reinterpret_i64 (local.get $p{param})) (f64.const {add}))"
                    ),
                };
                self.set(ty, n, &value);
            }
        }
    }

    /// Sets a local; a NaN becomes the one NaN.
    fn set(&mut self, ty: Ty, n: usize, value: &str) {
        let ty_name = ty.name();
        let local = format!("${ty_name}{n}");
        let bits = match ty {
            Ty::F32 => "i32",
            Ty::F64 => "i64",
            Ty::I32 | Ty::I64 => {
                write!(self.text, "(local.set {local} {value})").unwrap();
                return;
            }
        };
        write!(
            self.text,
            "(local.set {local} ({ty_name}.reinterpret_{bits} (select
                ({bits}.reinterpret_{ty_name} ({ty_name}.const nan))
                ({bits}.reinterpret_{ty_name} (local.tee {local} {value}))
                ({ty_name}.ne (local.get {local}) (local.get {local})))))"
        )
        .unwrap();
    }

    fn statement(&mut self, depth: usize) {
        match self.random.below(16) {
            0 if depth > 0 => {
                let condition = self.expression(Ty::I32, 2);
                write!(self.text, "(if {condition} (then ").unwrap();
                self.statement(depth - 1);
                self.text += ") (else ";
                self.statement(depth - 1);
                self.text += "))";
            }
            1 if depth == 2 => {
                self.text += "(local.set $i (i32.const 3)) (loop $l ";
                for _ in 0..2 {
                    self.statement(0);
                }
                self.text += "(br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))";
            }
            2..=6 => {
                let arguments: String = (0..8)
                    .map(|n| self.local(if n % 2 == 0 { Ty::F64 } else { Ty::F32 }))
                    .collect();
                let n = self.random.below(self.counts[3]);
                self.set(Ty::F64, n, &format!("(call $callee {arguments})"));
            }
            _ => {
                let place = self.place();
                let n = self.random.below(self.counts[place]);
                let value = self.expression(TYPES[place], 4);
                self.set(TYPES[place], n, &value);
            }
        }
    }

    /// A place in [`TYPES`], mostly of floats.
    fn place(&mut self) -> usize {
        *self.random.pick(&[0, 1, 2, 2, 2, 3, 3, 3])
    }

    fn local(&mut self, ty: Ty) -> String {
        let place = TYPES
            .iter()
            .position(|other| *other == ty)
            .unwrap_or_default();
        let n = self.random.below(self.counts[place]);
        format!("(local.get ${}{n})", ty.name())
    }

    fn constant(&mut self, ty: Ty) -> String {
        let name = ty.name();
        match ty {
            Ty::I32 => format!("({name}.const {})", self.random.bits() as i32),
            Ty::I64 => format!("({name}.const {})", self.random.bits() as i64),
            Ty::F32 | Ty::F64 => {
                let value = *self.random.pick(&SPECIAL);
                let value = if ty == Ty::F32 {
                    f64::from(value as f32)
                } else {
                    value
                };
                let value = format!("{value:e}").replace("NaN", "nan");
                format!("({name}.const {value})")
            }
        }
    }

    /// A float whose sign is specified even if it is a NaN.
    fn signed(&mut self, ty: Ty) -> String {
        let local = self.local(ty);
        let name = ty.name();
        match self.random.below(4) {
            0 => format!("({name}.neg {local})"),
            1 => {
                let (other, condition) = (self.local(ty), self.expression(Ty::I32, 1));
                format!("(select {local} {other} {condition})")
            }
            _ => local,
        }
    }

    fn expression(&mut self, ty: Ty, depth: usize) -> String {
        if depth == 0 || self.random.once_in(8) {
            return if self.random.once_in(4) {
                self.constant(ty)
            } else {
                self.local(ty)
            };
        }
        let depth = depth - 1;
        let name = ty.name();
        if ty.is_float() {
            return self.float(ty, depth);
        }
        let other = if ty == Ty::I32 { "i64" } else { "i32" };
        match self.random.below(8) {
            0 => {
                let float = *self.random.pick(&[Ty::F32, Ty::F64]);
                let sign = self.random.pick(&["s", "u"]);
                let value = self.expression(float, depth);
                format!("({name}.trunc_sat_{}_{sign} {value})", float.name())
            }
            1 => {
                let (a, b, c) = (
                    self.expression(ty, depth),
                    self.expression(ty, depth),
                    self.expression(Ty::I32, depth),
                );
                format!("(select {a} {b} {c})")
            }
            2 if ty == Ty::I64 => format!("(i64.extend_i32_s {})", self.expression(Ty::I32, depth)),
            2 => format!("(i32.wrap_{other} {})", self.expression(Ty::I64, depth)),
            3 | 4 if ty == Ty::I32 => {
                let float = *self.random.pick(&[Ty::F32, Ty::F64]);
                let op = self.random.pick(&["eq", "ne", "lt", "gt", "le", "ge"]);
                let (a, b) = (self.expression(float, depth), self.expression(float, depth));
                format!("({}.{op} {a} {b})", float.name())
            }
            _ => {
                let op = self.random.pick(&[
                    "add", "sub", "mul", "xor", "and", "or", "shl", "shr_s", "shr_u",
                ]);
                let (a, b) = (self.expression(ty, depth), self.expression(ty, depth));
                format!("({name}.{op} {a} {b})")
            }
        }
    }

    fn float(&mut self, ty: Ty, depth: usize) -> String {
        let name = ty.name();
        match self.random.below(12) {
            0..=2 => {
                let (a, b, c) = (
                    self.expression(ty, depth),
                    self.expression(ty, depth),
                    self.expression(Ty::I32, depth),
                );
                let typed = if self.random.once_in(2) {
                    format!("(result {name})")
                } else {
                    String::new()
                };
                format!("(select {typed} {a} {b} {c})")
            }
            3 => {
                let (a, b) = (self.expression(ty, depth), self.signed(ty));
                format!("({name}.copysign {a} {b})")
            }
            4 | 5 => {
                let op = self.random.pick(&["min", "max"]);
                let (a, b) = (self.expression(ty, depth), self.expression(ty, depth));
                format!("({name}.{op} {a} {b})")
            }
            6 => {
                let op = self
                    .random
                    .pick(&["abs", "neg", "sqrt", "ceil", "floor", "trunc", "nearest"]);
                let a = self.expression(ty, depth);
                format!("({name}.{op} {a})")
            }
            7 if ty == Ty::F32 => format!("(f32.demote_f64 {})", self.expression(Ty::F64, depth)),
            7 => format!("(f64.promote_f32 {})", self.expression(Ty::F32, depth)),
            8 => {
                let int = *self.random.pick(&[Ty::I32, Ty::I64]);
                let sign = self.random.pick(&["s", "u"]);
                let value = self.expression(int, depth);
                format!("({name}.convert_{}_{sign} {value})", int.name())
            }
            _ => {
                let op = self.random.pick(&["add", "sub", "mul", "div"]);
                let (a, b) = (self.expression(ty, depth), self.expression(ty, depth));
                format!("({name}.{op} {a} {b})")
            }
        }
    }

    /// Makes one number of the bits of all locals.
    fn end(&mut self) {
        for (ty, count) in TYPES.into_iter().zip(self.counts) {
            for n in 0..count {
                let name = ty.name();
                let local = format!("(local.get ${name}{n})");
                let bits = match ty {
                    Ty::I32 => format!("(i64.extend_i32_u {local})"),
                    Ty::I64 => local,
                    Ty::F32 => format!("(i64.extend_i32_u (i32.reinterpret_f32 {local}))"),
                    Ty::F64 => format!("(i64.reinterpret_f64 {local})"),
                };
                write!(
                    self.text,
                    "(local.set $hash (i64.xor (i64.mul (local.get $hash) (i64.const 0x100000001b3)) {bits}))"
                )
                .unwrap();
            }
        }
        self.text += "(local.get $hash)";
    }
}
