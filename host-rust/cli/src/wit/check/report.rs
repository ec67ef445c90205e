//! What `tenon wit check` prints.

use crate::failure::{Failure, Result};
use crate::wit::compare::{Difference, Side};
use crate::wit::model::Place;
use crate::wit::rules::{Rule, Step};
use crate::wit::steps::Comparison;
use serde::Serialize;
use std::fmt::Write;

/// The number of the format of `--json`; names are only added within one format.
const FORMAT: u32 = 1;

/// For people: a line on the whole, then a paragraph a difference.
pub(super) fn text(compared: &Comparison) -> String {
    let (old, new) = &compared.packages;
    let head = match (compared.differences.len(), compared.compatible) {
        (0, _) => "no difference".to_owned(),
        (1, _) => format!("1 difference, which asks for a {} step", compared.demanded),
        (many, _) => format!(
            "{many} differences, which ask for a {} step",
            compared.demanded
        ),
    };
    let mut out = format!("{old} -> {new}: {head}\n");
    for it in &compared.differences {
        let mark = if compared.allows(it) { ' ' } else { '!' };
        let _ = writeln!(
            out,
            "{mark} {:<5}  {}  {}",
            it.step.name(),
            it.rule,
            it.path
        );
        let import = if it.side == Side::Import {
            " (of what is imported)"
        } else {
            ""
        };
        let _ = writeln!(out, "         {}{import}", it.message);
        if let Some(place) = place(it) {
            let _ = writeln!(out, "         {}:{}", place.file, place.line);
        }
    }
    let serves = match (compared.compatible, compared.differences.is_empty()) {
        (true, true) => return out,
        (true, false) => "kernels of the new contract serve callers of the old one",
        (false, _) => "kernels of the new contract do not serve callers of the old one",
    };
    let _ = writeln!(out, "{serves}");
    out
}

/// Where to look: in the new text, or else in the old one.
fn place(difference: &Difference) -> Option<&Place> {
    difference.is.as_ref().or(difference.was.as_ref())
}

#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    old: Contract<'a>,
    new: Contract<'a>,
    /// Whether the versions allow the differences.
    allowed: bool,
    /// Whether kernels of the new contract serve callers of the old one.
    compatible: bool,
    demanded: Step,
    /// `none`, `patch`, `minor`, `major`, `down` or `unversioned`.
    step: &'static str,
    /// The version that would allow the differences.
    next: Option<String>,
    differences: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Contract<'a> {
    file: &'a str,
    package: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    rule: Rule,
    step: Step,
    side: Side,
    path: &'a str,
    message: &'a str,
    allowed: bool,
    old: Option<Where<'a>>,
    new: Option<Where<'a>>,
}

#[derive(Serialize)]
struct Where<'a> {
    file: &'a str,
    line: u32,
}

impl<'a> Where<'a> {
    fn of(place: &'a Option<Place>) -> Option<Where<'a>> {
        place.as_ref().map(|it| Where {
            file: &it.file,
            line: it.line,
        })
    }
}

/// For programs.
pub(super) fn json(compared: &Comparison, files: (&str, &str)) -> Result<String> {
    let items = compared.differences.iter().map(|it| Item {
        rule: it.rule,
        step: it.step,
        side: it.side,
        path: &it.path,
        message: &it.message,
        allowed: compared.allows(it),
        old: Where::of(&it.was),
        new: Where::of(&it.is),
    });
    let report = Report {
        format: FORMAT,
        old: Contract {
            file: files.0,
            package: &compared.packages.0,
        },
        new: Contract {
            file: files.1,
            package: &compared.packages.1,
        },
        allowed: compared.allowed(),
        compatible: compared.compatible,
        demanded: compared.demanded,
        step: compared.moved.name(),
        next: compared.next.as_ref().map(ToString::to_string),
        differences: items.collect(),
    };
    let json = serde_json::to_string_pretty(&report);
    json.map(|json| json + "\n").map_err(|error| {
        Failure::new(format!("{}: the report cannot be written", files.1)).found(error)
    })
}

/// For GitHub: a workflow command a difference, which marks the line in a pull request.
pub(super) fn github(compared: &Comparison) -> String {
    let mut out = String::new();
    for it in &compared.differences {
        let level = if compared.allows(it) {
            "notice"
        } else {
            "error"
        };
        let place = place(it).map_or_else(String::new, |place| {
            format!("file={},line={},", property(&place.file), place.line)
        });
        let message = data(&format!("{}: {} (a {} step)", it.path, it.message, it.step));
        let title = property(it.rule.name());
        let _ = writeln!(out, "::{level} {place}title={title}::{message}");
    }
    out
}

/// A message as a workflow command takes it.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property's value as a workflow command takes it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_an_annotation() {
        assert_eq!(
            property("a,b:c\n::error ::%"),
            "a%2Cb%3Ac%0A%3A%3Aerror %3A%3A%25"
        );
        assert_eq!(data("x\r\n::error ::y"), "x%0D%0A::error ::y");
    }
}
