//! Hands every value back. See ../make for how this becomes component.wasm.

wit_bindgen::generate!({ path: "contract.wit", world: "kernel" });

use exports::golden::echo::{calls, lists, scalars, shapes};

struct Component;

export!(Component);

/// Functions of one parameter that return it.
macro_rules! echo {
    ($($name:ident: $type:ty),* $(,)?) => {
        $(fn $name(v: $type) -> $type { v })*
    };
}

impl scalars::Guest for Component {
    echo! {
        bool_echo: bool,
        s8_echo: i8,
        u8_echo: u8,
        s16_echo: i16,
        u16_echo: u16,
        s32_echo: i32,
        u32_echo: u32,
        s64_echo: i64,
        u64_echo: u64,
        f32_echo: f32,
        f64_echo: f64,
        char_echo: char,
        string_echo: String,
    }
}

impl lists::Guest for Component {
    echo! {
        bool_list: Vec<bool>,
        s8_list: Vec<i8>,
        u8_list: Vec<u8>,
        s16_list: Vec<i16>,
        u16_list: Vec<u16>,
        s32_list: Vec<i32>,
        u32_list: Vec<u32>,
        s64_list: Vec<i64>,
        u64_list: Vec<u64>,
        f32_list: Vec<f32>,
        f64_list: Vec<f64>,
        char_list: Vec<char>,
        string_list: Vec<String>,
        nested: Vec<Vec<Vec<u8>>>,
    }
}

impl shapes::Guest for Component {
    echo! {
        colour_echo: shapes::Colour,
        many_echo: shapes::Many,
        few_echo: shapes::Few,
        some_echo: shapes::Some,
        most_echo: shapes::Most,
        point_echo: shapes::Point,
        holes_echo: shapes::Holes,
        joined_echo: shapes::Joined,
        state_echo: shapes::State,
        shape_echo: shapes::Shape,
        person_echo: shapes::Person,
        people_echo: Vec<shapes::Person>,
        option_echo: Option<String>,
        options_echo: Vec<Option<Option<u8>>>,
        result_echo: Vec<Result<u64, String>>,
        tuple_echo: (u8, String, Vec<f32>),
    }

    fn enums(
        v: Vec<shapes::Many>,
        w: Vec<shapes::Few>,
        x: Vec<shapes::State>,
    ) -> (Vec<shapes::Many>, Vec<shapes::Few>, Vec<shapes::State>) {
        (v, w, x)
    }

    fn units(v: Result<(), ()>, w: Vec<Result<u8, ()>>) -> (Result<(), ()>, Vec<Result<u8, ()>>) {
        (v, w)
    }
}

impl calls::Guest for Component {
    echo! {
        by_string: Result<u32, String>,
        by_enum: Result<Vec<String>, calls::Reason>,
        by_record: Result<calls::Person, calls::Refusal>,
        by_nothing: Result<u8, ()>,
        only_error: Result<(), calls::Reason>,
        bare: Result<(), ()>,
    }

    fn nothing() {}

    fn spill(
        a: u8,
        b: u64,
        c: i8,
        d: f32,
        e: f64,
        f: bool,
        g: char,
        h: i16,
        i: u16,
        j: i32,
        k: i64,
        l: Option<u8>,
        m: Vec<String>,
        n: String,
        o: calls::Person,
        p: Vec<u16>,
        q: calls::Colour,
    ) -> (
        u8,
        u64,
        i8,
        f32,
        f64,
        bool,
        char,
        i16,
        u16,
        i32,
        i64,
        Option<u8>,
        Vec<String>,
        String,
        calls::Person,
        Vec<u16>,
        calls::Colour,
    ) {
        (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q)
    }

    fn sixteen(
        a: String,
        b: String,
        c: String,
        d: String,
        e: String,
        f: String,
        g: String,
        h: String,
    ) -> Vec<String> {
        vec![a, b, c, d, e, f, g, h]
    }

    fn trap(v: String) -> String {
        panic!("{v}")
    }
}
