use super::{Answer, Case, first, golden};
use serde_json::{Value, json};
use tenon_host::Fault;
use tenon_host::contracts::jsonpick::{self, Failure, Kind, Mistake, Picker, Reason};

fn answer(k: &(dyn Picker + 'static), case: &Case) -> Result<Answer, Fault> {
    let (paths, text): (String, Vec<u8>) = case.args();
    let answer = match &*case.func {
        "pick" => k.pick(&paths, &text)?.map(|found| values(&found)),
        "pick-lines" => k.pick_lines(&paths, &text)?.map(|table| {
            let mistakes: Value = table.mistakes.iter().map(mistake).collect();
            json!({"lines": table.lines, "values": values(&table.values), "mistakes": mistakes})
        }),
        other => panic!("the contract has no function {other}"),
    };
    Ok(answer.map_err(|failure| match failure {
        Failure::Path(line) => json!({ "path": line }),
        Failure::Document(wrong) => json!({"document": mistake(&wrong)}),
        Failure::TooManyValues => json!("too-many-values"),
    }))
}

fn values(values: &[jsonpick::Value]) -> Value {
    let each =
        |it: &jsonpick::Value| json!({"kind": kind(it.kind), "start": it.start, "end": it.end});
    values.iter().map(each).collect()
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Absent => "absent",
        Kind::Null => "null",
        Kind::Boolean => "boolean",
        Kind::Number => "number",
        Kind::Text => "text",
        Kind::Array => "array",
        Kind::Object => "object",
    }
}

fn mistake(mistake: &Mistake) -> Value {
    let reason = match mistake.reason {
        Reason::UnexpectedByte => "unexpected-byte",
        Reason::UnexpectedEnd => "unexpected-end",
        Reason::TooDeep => "too-deep",
        Reason::InvalidUtf8 => "invalid-utf8",
    };
    json!({"line": mistake.line, "offset": mistake.offset, "reason": reason})
}

#[test]
fn golden_cases() {
    assert!(golden(&first::<jsonpick::Contract>("jsonpick"), answer) >= 80);
}
