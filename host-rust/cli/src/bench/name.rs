//! The names of benchmarks: `BenchmarkNearestLines` in Go, `nearest-lines` everywhere else.

/// The longest name that is taken.
const LONGEST: usize = 100;

/// A Go function's name without `Benchmark`, in kebab case: `NearestLines` is `nearest-lines`, `HTMLText` is `html-text`.
/// None where it is no name of a benchmark, so that what comes out may be printed anywhere.
pub(crate) fn kebab_case(function: &str) -> Option<String> {
    let letters: Vec<char> = function.chars().collect();
    let is_part = |letter: &char| letter.is_alphanumeric() || *letter == '_';
    let fits = letters.len() <= LONGEST && letters.iter().all(is_part);
    if !fits || letters.first().is_none_or(|first| first.is_lowercase()) {
        return None;
    }
    let mut name = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let ends_word = |before: char| before.is_lowercase() || before.is_numeric();
        let begins_word = |next: &char| next.is_lowercase();
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| {
                ends_word(before) || letters.get(at + 1).is_some_and(begins_word)
            });
        if (starts || *letter == '_') && !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        if *letter != '_' {
            name.extend(letter.to_lowercase());
        }
    }
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

/// The regular expression of `go test -bench` that finds the sweep of this name.
///
/// It may find others whose names differ in dashes alone; whoever reads the results looks at the name again.
pub(crate) fn pattern(name: Option<&str>) -> String {
    let function = match name {
        // Letters and digits mean themselves in a regular expression.
        Some(name) => {
            let letters = name.split('-').collect::<Vec<_>>().join("_?");
            format!("(?i)^Benchmark_?{letters}_?$")
        }
        None => "^Benchmark".into(),
    };
    format!("{function}/^size=[0-9]+$/^round=[0-9]+$/^side=(kernel|baseline)$")
}

/// Takes a name that may be asked for: what [`kebab_case`] gives.
pub(crate) fn parse(name: &str) -> Result<String, String> {
    let is_part = |letter: char| letter.is_alphanumeric() && !letter.is_uppercase();
    let words = name.split('-');
    let whole = words
        .clone()
        .all(|word| !word.is_empty() && word.chars().all(is_part));
    if whole && name.chars().count() <= 2 * LONGEST {
        return Ok(name.to_owned());
    }
    Err("a benchmark's name is in kebab case, as nearest-lines of BenchmarkNearestLines".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_go_become_kebab_case() {
        for (function, name) in [
            ("NearestLines", "nearest-lines"),
            ("ASCII", "ascii"),
            ("HTMLText", "html-text"),
            ("Int8Index", "int8-index"),
            ("Float32Once", "float32-once"),
            ("LatLngsToCells", "lat-lngs-to-cells"),
            ("UTF8", "utf8"),
            ("_Sum", "sum"),
            ("Sum_OfAll_", "sum-of-all"),
            ("X", "x"),
            ("Größe", "größe"),
            ("1K", "1-k"),
        ] {
            assert_eq!(kebab_case(function).as_deref(), Some(name), "{function}");
            assert_eq!(parse(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn what_is_no_name_of_a_benchmark_has_none() {
        let long = "X".repeat(101);
        for function in [
            "",
            "s",
            "er",
            "_",
            "A-B",
            "A B",
            "A\u{1b}[2J",
            "A<b>",
            &long,
        ] {
            assert_eq!(kebab_case(function), None, "{function}");
        }
        for name in ["", "-", "a-", "a--b", "A", "a.*", "a/b", "a b"] {
            assert!(parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_pattern_finds_the_sweep_and_no_other_sub_benchmarks() {
        let all = pattern(None);
        assert!(all.starts_with("^Benchmark/^size="), "{all}");
        let one = pattern(Some("nearest-lines"));
        assert!(
            one.starts_with("(?i)^Benchmark_?nearest_?lines_?$/"),
            "{one}"
        );
    }
}
