//! Values, and how the vectors write them.

use serde_json::{Map, Value as Json, json};

/// A value; what its parts mean is told by a [`Type`](crate::types::Type).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// bool (0 or 1), integers (signed ones sign-extended), floats (their bits), char, flags (the first is bit 0), handles.
    Bits(u64),
    /// string
    Text(String),
    /// list, record, tuple
    Items(Vec<Value>),
    /// variant, enum, option (1 is some), result (1 is the error): the case and its payload.
    Case(u32, Option<Box<Value>>),
}

impl Value {
    /// `{"bits", "text", "items"}`, each absent where it is 0 or empty; a payload is the one item.
    pub fn json(&self) -> Json {
        let mut parts = Map::new();
        match self {
            Value::Bits(bits) => {
                put(&mut parts, "bits", *bits != 0, || json!(bits));
            }
            Value::Text(text) => {
                put(&mut parts, "text", !text.is_empty(), || json!(text));
            }
            Value::Items(items) => {
                put(&mut parts, "items", !items.is_empty(), || {
                    items.iter().map(Value::json).collect()
                });
            }
            Value::Case(case, payload) => {
                put(&mut parts, "bits", *case != 0, || json!(case));
                put(&mut parts, "items", payload.is_some(), || {
                    payload.iter().map(|v| v.json()).collect()
                });
            }
        }
        Json::Object(parts)
    }

    /// The number of values in it, itself included.
    pub fn count(&self) -> usize {
        match self {
            Value::Bits(_) | Value::Text(_) => 1,
            Value::Items(items) => 1 + items.iter().map(Value::count).sum::<usize>(),
            Value::Case(_, payload) => 1 + payload.as_ref().map_or(0, |v| v.count()),
        }
    }
}

fn put(parts: &mut Map<String, Json>, key: &str, present: bool, value: impl FnOnce() -> Json) {
    if present {
        parts.insert(key.to_owned(), value());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_parts_are_absent() {
        let value = Value::Items(vec![
            Value::Bits(0),
            Value::Text("é".into()),
            Value::Case(1, Some(Box::new(Value::Bits(u64::MAX)))),
        ]);
        assert_eq!(
            value.json().to_string(),
            r#"{"items":[{},{"text":"é"},{"bits":1,"items":[{"bits":18446744073709551615}]}]}"#
        );
        assert_eq!(value.count(), 5);
    }
}
