//! Whether two values are the same, and where they are not.

use super::shortened;
use tenon_host::wasmtime::component::Val;

/// The first place where an answer differs.
pub(super) struct Difference {
    pub(super) path: String,
    pub(super) want: String,
    pub(super) got: String,
}

/// Holds an answer against the expected one.
pub(super) fn answers(
    want: &Option<Val>,
    got: Option<&Val>,
    tolerance: f64,
) -> Result<(), Difference> {
    let (path, want, got) = match (want, got) {
        (None, None) => return Ok(()),
        (Some(Val::Result(Ok(want))), Some(Val::Result(Ok(got)))) => {
            ("result", want.as_deref(), got.as_deref())
        }
        (Some(Val::Result(Err(want))), Some(Val::Result(Err(got)))) => {
            ("error", want.as_deref(), got.as_deref())
        }
        (want, got) => ("result", want.as_ref(), got),
    };
    match (want, got) {
        (Some(want), Some(got)) => same(want, got, tolerance, path),
        (None, None) => Ok(()),
        (want, got) => Err(Difference {
            path: path.to_owned(),
            want: show_answer(want),
            got: show_answer(got),
        }),
    }
}

fn same(want: &Val, got: &Val, tolerance: f64, path: &str) -> Result<(), Difference> {
    let differ = |want: String, got: String| {
        Err(Difference {
            path: path.to_owned(),
            want,
            got,
        })
    };
    let within = |place: String, want: &Val, got: &Val| same(want, got, tolerance, &place);
    let equal = match (want, got) {
        (Val::Float32(want), Val::Float32(got)) => {
            near(f64::from(*want), f64::from(*got), tolerance)
        }
        (Val::Float64(want), Val::Float64(got)) => near(*want, *got, tolerance),
        (Val::List(want), Val::List(got)) => {
            for (at, (want, got)) in want.iter().zip(got).enumerate() {
                within(format!("{path}[{at}]"), want, got)?;
            }
            if want.len() != got.len() {
                let items = |count| format!("{count} items");
                return differ(items(want.len()), items(got.len()));
            }
            true
        }
        (Val::Tuple(want), Val::Tuple(got)) if want.len() == got.len() => {
            let mut pairs = want.iter().zip(got).enumerate();
            return pairs
                .try_for_each(|(at, (want, got))| within(format!("{path}[{at}]"), want, got));
        }
        (Val::Record(want), Val::Record(got)) if want.len() == got.len() => {
            let mut pairs = want.iter().zip(got);
            return pairs.try_for_each(|((name, want), (_, got))| {
                within(format!("{path}.{name}"), want, got)
            });
        }
        (Val::Variant(want, Some(w)), Val::Variant(got, Some(g))) if want == got => {
            return within(format!("{path}.{want}"), w, g);
        }
        (Val::Option(Some(want)), Val::Option(Some(got))) => {
            return within(path.to_owned(), want, got);
        }
        (Val::Result(Ok(Some(want))), Val::Result(Ok(Some(got)))) => {
            return within(format!("{path}.ok"), want, got);
        }
        (Val::Result(Err(Some(want))), Val::Result(Err(Some(got)))) => {
            return within(format!("{path}.error"), want, got);
        }
        // In whatever order they are written.
        (Val::Flags(want), Val::Flags(got)) => {
            want.len() == got.len() && want.iter().all(|name| got.contains(name))
        }
        (want, got) => want == got,
    };
    if equal {
        Ok(())
    } else {
        differ(show_answer(Some(want)), show_answer(Some(got)))
    }
}

/// Whether two floats are the same: NaN and NaN, too, and neighbours, since JSON's numbers are read to within their last digit.
fn near(want: f64, got: f64, tolerance: f64) -> bool {
    want == got
        || want.is_nan() && got.is_nan()
        || (want - got).abs() <= tolerance
        || want.next_up() == got
        || want.next_down() == got
}

/// A value in words, shortened.
pub(super) fn show_answer(value: Option<&Val>) -> String {
    match value {
        None => "null".to_owned(),
        Some(value) => {
            let text = value.to_wave().unwrap_or_else(|_| "a resource".to_owned());
            shortened(&text)
        }
    }
}
