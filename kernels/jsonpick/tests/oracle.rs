//! Against serde_json, an implementation of its own: by it, what is picked is what lies there, and what is refused is no JSON.

use serde_json::Value;
use serde_json::value::RawValue;
use tenon_kernel_jsonpick::{Failure, Kind, Picker};

/// Numbers that are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        // Steele, Lea and Flood 2014: SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }
}

const SPACES: &[&str] = &["", "", "", " ", "\n\t\r ", "                    "];
const NAMES: &[&str] = &[
    "a",
    "b",
    "c",
    "0",
    "1",
    "",
    "é",
    "a longer name of a member",
];
const SCALARS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-12.5e+3",
    "12345678901234567890",
    r#""""#,
    r#""plain""#,
    r#""esc\u0061ped \"\\\/\b\f\n\r\t \ud83e\udd80""#,
    r#""ünïcode 日本語 🦀 and more than sixteen bytes""#,
];

fn draw(random: &mut Random, depth: usize, text: &mut String) {
    text.push_str(random.of(SPACES));
    let parts = random.below(5);
    match random.below(3) {
        0 if depth > 0 => {
            text.push('[');
            for i in 0..parts {
                text.push_str(if i > 0 { "," } else { "" });
                draw(random, depth - 1, text);
            }
            text.push(']');
        }
        1 if depth > 0 => {
            text.push('{');
            for i in 0..parts {
                text.push_str(if i > 0 { "," } else { "" });
                text.push_str(random.of(SPACES));
                text.push_str(&format!("\"{}\"", random.of(NAMES)));
                text.push_str(random.of(SPACES));
                text.push(':');
                draw(random, depth - 1, text);
            }
            text.push('}');
        }
        _ => text.push_str(random.of(SCALARS)),
    }
    text.push_str(random.of(SPACES));
}

/// All pointers to values.
fn pointers(value: &Value, path: &str, all: &mut Vec<String>) {
    all.push(path.to_owned());
    match value {
        Value::Array(list) => {
            for (i, value) in list.iter().enumerate() {
                pointers(value, &format!("{path}/{i}"), all);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                pointers(value, &format!("{path}/{name}"), all);
            }
        }
        _ => {}
    }
}

#[test]
fn what_is_picked_lies_there() {
    let random = &mut Random(1);
    let mut picked = 0;
    for _ in 0..3000 {
        let mut text = String::new();
        draw(random, 5, &mut text);
        let whole: Value = serde_json::from_str(&text).expect("it is drawn as JSON");
        let mut paths = Vec::new();
        pointers(&whole, "", &mut paths);
        paths.extend(["/none".to_owned(), "/a/none".to_owned()]);
        let mut picker = Picker::new(&(paths.join("\n") + "\n")).expect("paths");
        let values = picker.pick(text.as_bytes()).expect(&text);
        assert_eq!(values.len(), paths.len());
        for (path, value) in paths.iter().zip(values) {
            let span = &text[value.span()];
            let Some(want) = whole.pointer(path) else {
                assert_eq!((value.kind, span), (Kind::Absent, ""), "{path} of {text}");
                continue;
            };
            let kind = match want {
                Value::Null => Kind::Null,
                Value::Bool(_) => Kind::Boolean,
                Value::Number(_) => Kind::Number,
                Value::String(_) => Kind::Text,
                Value::Array(_) => Kind::Array,
                Value::Object(_) => Kind::Object,
            };
            assert_eq!(value.kind, kind, "{path} of {text}");
            let got: Value = serde_json::from_str(span).expect(span);
            assert_eq!(&got, want, "{path} of {text}");
            assert_eq!(span.trim(), span, "{path} of {text}");
            picked += 1;
        }
    }
    assert!(picked > 10_000, "only {picked} values");
}

#[test]
fn what_is_refused_is_no_json() {
    let random = &mut Random(2);
    let bad = b"\"\\{}[],: \n\t01-+.eEtfnu\0\x1f\x7f\x80\xc3\xff";
    let mut refused = 0;
    for _ in 0..20_000 {
        let mut text = String::new();
        draw(random, 4, &mut text);
        let mut bytes = text.into_bytes();
        let at = random.below(bytes.len());
        match random.below(3) {
            0 => bytes.truncate(at),
            1 => bytes[at] = bad[random.below(bad.len())],
            _ => bytes.insert(at, bad[random.below(bad.len())]),
        }
        let mut picker = Picker::new("/a\n/b/a\n/0\n\n").expect("paths");
        // What is read as raw text is checked by its grammar, and by nothing else.
        let utf8 = std::str::from_utf8(&bytes);
        let well_formed = utf8.is_ok_and(|text| serde_json::from_str::<&RawValue>(text).is_ok());
        match picker.pick(&bytes) {
            Ok(_) => assert!(well_formed, "{:?}", bytes.escape_ascii()),
            Err(Failure::Document(mistake)) => {
                assert!(!well_formed, "{mistake:?}: {}", bytes.escape_ascii());
                refused += 1;
                // Up to there it can be the beginning of a document.
                let (offset, end) = (mistake.offset as usize, bytes.len());
                let shorter = picker.pick(&bytes[..offset]).err();
                let Some(Failure::Document(cut)) = shorter else {
                    continue;
                };
                assert_eq!(cut.offset as usize, offset, "{}", bytes.escape_ascii());
                assert!(offset <= end, "{}", bytes.escape_ascii());
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 5_000, "only {refused} documents are damaged");
}

#[test]
fn lines_are_documents() {
    let random = &mut Random(3);
    let paths = "/a\n/a/b\n\n/1";
    let mut picker = Picker::new(paths).expect("paths");
    let (mut text, mut lines) = (String::new(), Vec::new());
    for _ in 0..2000 {
        let mut line = String::new();
        draw(random, 3, &mut line);
        let mut line = line.replace('\n', " ");
        if random.below(4) == 0 {
            line.truncate(line.floor_char_boundary(random.below(line.len() + 1)));
        }
        lines.push((text.len(), line.clone()));
        text.push_str(&line);
        text.push('\n');
    }
    let table = picker.pick_lines(text.as_bytes()).expect("a table");
    assert_eq!(table.lines as usize, lines.len());
    assert_eq!(table.values.len(), lines.len() * 4);
    let mut mistakes = table.mistakes.iter();
    for (i, (start, line)) in lines.iter().enumerate() {
        let row = &table.values[i * 4..][..4];
        match picker.pick(line.as_bytes()) {
            Ok(values) => {
                for (in_table, alone) in row.iter().zip(values) {
                    let span = in_table.span();
                    assert_eq!(
                        (in_table.kind, &text[span]),
                        (alone.kind, &line[alone.span()])
                    );
                }
            }
            Err(Failure::Document(alone)) => {
                assert!(row.iter().all(|value| value.kind == Kind::Absent));
                if line.trim().is_empty() {
                    continue;
                }
                let mistake = mistakes.next().expect("a mistake");
                assert_eq!(mistake.line as usize, i);
                assert_eq!(mistake.offset as usize, start + alone.offset as usize);
                assert_eq!(mistake.reason, alone.reason);
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(mistakes.next(), None);
}
