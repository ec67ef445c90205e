//! The WIT glue: the contract's functions, handed to the pure ones.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/jsonpick",
    world: "kernel",
});

use std::cell::RefCell;

use exports::tenon::jsonpick::picker as contract;

use crate::bytes::same;
use crate::{Failure, Kind, Mistake, Picker, Reason, Value};

struct Component;

export!(Component);

thread_local! {
    /// The paths of the last call, for a caller has the same ones each time. No answer depends on them.
    static LATEST: RefCell<Option<(String, Picker)>> = const { RefCell::new(None) };
}

impl contract::Guest for Component {
    fn pick(paths: String, document: Vec<u8>) -> Result<Vec<contract::Value>, contract::Failure> {
        let values = with(paths, |picker| picker.pick(&document))?;
        Ok(values.into_iter().map(value).collect())
    }

    fn pick_lines(paths: String, documents: Vec<u8>) -> Result<contract::Table, contract::Failure> {
        let table = with(paths, |picker| picker.pick_lines(&documents))?;
        Ok(contract::Table {
            lines: table.lines,
            values: table.values.into_iter().map(value).collect(),
            mistakes: table.mistakes.into_iter().map(mistake).collect(),
        })
    }
}

/// Does something with the paths, ready to be followed.
fn with<T>(
    paths: String,
    pick: impl FnOnce(&mut Picker) -> Result<T, Failure>,
) -> Result<T, contract::Failure> {
    LATEST.with_borrow_mut(|latest| {
        if latest
            .as_ref()
            .is_none_or(|(latest, _)| !same(latest.as_bytes(), paths.as_bytes()))
        {
            let picker = Picker::new(&paths).map_err(failure)?;
            *latest = Some((paths, picker));
        }
        let (_, picker) = latest.as_mut().expect("it was just put there");
        pick(picker).map_err(failure)
    })
}

fn value(value: Value) -> contract::Value {
    contract::Value {
        kind: kind(value.kind),
        start: value.start,
        end: value.end,
    }
}

fn kind(kind: Kind) -> contract::Kind {
    match kind {
        Kind::Absent => contract::Kind::Absent,
        Kind::Null => contract::Kind::Null,
        Kind::Boolean => contract::Kind::Boolean,
        Kind::Number => contract::Kind::Number,
        Kind::Text => contract::Kind::Text,
        Kind::Array => contract::Kind::Array,
        Kind::Object => contract::Kind::Object,
    }
}

fn mistake(mistake: Mistake) -> contract::Mistake {
    contract::Mistake {
        line: mistake.line,
        offset: mistake.offset,
        reason: match mistake.reason {
            Reason::UnexpectedByte => contract::Reason::UnexpectedByte,
            Reason::UnexpectedEnd => contract::Reason::UnexpectedEnd,
            Reason::TooDeep => contract::Reason::TooDeep,
            Reason::InvalidUtf8 => contract::Reason::InvalidUtf8,
        },
    }
}

fn failure(failure: Failure) -> contract::Failure {
    match failure {
        Failure::Path(place) => contract::Failure::Path(place),
        Failure::Document(wrong) => contract::Failure::Document(mistake(wrong)),
        Failure::TooManyValues => contract::Failure::TooManyValues,
    }
}
