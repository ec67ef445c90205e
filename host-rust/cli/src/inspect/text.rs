//! The report for a person.

use super::Report;
use super::imports::Wanted;
use serde_json::Value;
use std::fmt::Write;

/// The whole report; it ends with a line feed.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut out = format!("{}\n", report.file);
    let mut fact = |label: &str, text: String| {
        if !text.is_empty() {
            push(&mut out, &format!("  {label:<10}{}", printable(&text)));
        }
    };
    fact("digest", format!("sha256:{}", report.digest));
    fact("size", bytes(report.size));
    fact("kernel", kernel(report));
    fact("world", meta(report, "world"));
    fact("built by", built_by(report));
    fact("source", prefixed("sha256:", meta(report, "source")));
    fact("warm-up", warm_up(report));
    fact("imports", grants(report));
    fact("features", report.features.join(", "));
    fact("panics", panics(report));
    fact("cloning", cloning(report));

    push(&mut out, "\nexports");
    let mut last = None;
    for export in &report.exports {
        if let Some(interface) = export
            .interface
            .filter(|interface| last != Some(*interface))
        {
            push(&mut out, &format!("  {interface}"));
        }
        last = export.interface;
        push(
            &mut out,
            &format!("    {}: {}", export.name, export.signature),
        );
        for docs in telling(export.docs) {
            push(&mut out, &format!("        {}", printable(docs)));
        }
    }
    if report.exports.is_empty() {
        push(&mut out, "  no functions");
    }

    if !report.import_tree.is_empty() {
        push(&mut out, "\nimports");
        for import in &report.import_tree {
            let grant = if import.needs_grant {
                "needs a grant"
            } else {
                "types only, needs no grant"
            };
            wanted(&mut out, import, 1, &format!("  {grant}"));
            if let Some(cure) = import.cure {
                push(&mut out, &format!("    cure: {cure}"));
            }
        }
    }

    push(&mut out, "\ncore modules");
    for (number, module) in report.modules.iter().enumerate() {
        let adapter = if module.adapter {
            "  connects nested components"
        } else {
            ""
        };
        push(
            &mut out,
            &format!(
                "  {number}  {}  sha256:{}{adapter}",
                bytes(module.size),
                module.digest
            ),
        );
    }

    push(&mut out, "\ncustom sections");
    for section in &report.sections {
        let place = if section.depth == 0 {
            "component"
        } else {
            "inside"
        };
        let size = bytes(section.size as u64);
        push(
            &mut out,
            &format!("  {place:<9}  {}  {size}", printable(&section.name)),
        );
    }
    if let Some(contract) = report.contract {
        push(&mut out, &format!("\ncontract  sha256:{}", contract.hash));
        for line in contract.text.lines() {
            push(&mut out, &format!("  {line}"));
        }
    }
    out
}

fn push(out: &mut String, line: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{}", line.trim_end());
}

/// What has to be granted, in numbers.
fn grants(report: &Report<'_>) -> String {
    let all = report.import_tree.len();
    let needed = report.import_tree.iter();
    let needed = needed.filter(|import| import.needs_grant).count();
    match (all, needed) {
        (0, _) => "none".into(),
        (_, 0) => format!("{all}, none of which needs a grant"),
        (1, _) => "1, which needs a grant".into(),
        _ => format!("{all}, {needed} of which need a grant"),
    }
}

/// An import and what is in it, but for types.
fn wanted(out: &mut String, import: &Wanted<'_>, depth: usize, end: &str) {
    let indent = "  ".repeat(depth);
    let name = printable(import.name);
    push(
        out,
        &match (import.kind, &import.signature) {
            ("instance", _) => format!("{indent}{name}{end}"),
            (_, Some(signature)) => format!("{indent}{name}: {signature}{end}"),
            (kind, None) => format!("{indent}{kind} {name}{end}"),
        },
    );
    for docs in telling(import.docs) {
        push(out, &format!("{indent}    {}", printable(docs)));
    }
    for item in &import.items {
        if item.kind != "type" {
            wanted(out, item, depth + 1, "");
        }
    }
}

/// The lines of a documentation that a list shows: the first one, and that the item is deprecated.
fn telling(docs: &str) -> impl Iterator<Item = &str> {
    let mut lines = docs.lines();
    let first = lines.next();
    first
        .into_iter()
        .chain(lines.find(|line| line.starts_with("Deprecated:")))
}

/// Text of the file without control characters: it goes to a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

fn meta(report: &Report<'_>, key: &str) -> String {
    let value = report
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.get(key));
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list(report: &Report<'_>, key: &str) -> String {
    let values = report
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.get(key)?.as_array());
    let names = values.into_iter().flatten().filter_map(Value::as_str);
    names.collect::<Vec<_>>().join(", ")
}

/// The functions that are called before traffic; a host calls them again on what they left at build time.
fn warm_up(report: &Report<'_>) -> String {
    let made = report
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.get("preinit"));
    match (list(report, "warm"), made) {
        (functions, Some(Value::Bool(true))) => format!("{functions} (pre-initialised)"),
        (functions, _) => functions,
    }
}

fn prefixed(prefix: &str, text: String) -> String {
    if text.is_empty() {
        text
    } else {
        format!("{prefix}{text}")
    }
}

fn kernel(report: &Report<'_>) -> String {
    if report.metadata.is_none() {
        return "no section tenon:kernel: not built by `tenon build`".into();
    }
    let features = list(report, "features");
    let features = if features.is_empty() {
        features
    } else {
        format!(", features {features}")
    };
    let owner = meta(report, "owner");
    let owner = if owner.is_empty() {
        owner
    } else {
        format!(", owner {owner}")
    };
    format!(
        "{} {}{features}{owner}",
        meta(report, "kernel"),
        meta(report, "version")
    )
}

fn built_by(report: &Report<'_>) -> String {
    let tools = [meta(report, "toolchain"), meta(report, "tool")];
    let known: Vec<String> = tools.into_iter().filter(|tool| !tool.is_empty()).collect();
    known.join(", ")
}

fn panics(report: &Report<'_>) -> String {
    match report.panic {
        Some(_) => "reported with message and place".into(),
        None => "not reported: the kernel SDK is not linked".into(),
    }
}

fn cloning(report: &Report<'_>) -> String {
    if !report.clone.safe {
        return format!("not possible: {}", report.clone.reason);
    }
    let globals: usize = report
        .clone
        .globals
        .iter()
        .map(|globals| globals.exports.len())
        .sum();
    let count = |number: usize, noun: &str| {
        format!("{number} {noun}{}", if number == 1 { "" } else { "s" }).replace("ys", "ies")
    };
    format!(
        "possible: {} and {} are all of the state",
        count(report.clone.memories.len(), "memory"),
        count(globals, "mutable global")
    )
}

/// A size with a comma every three digits.
fn bytes(size: u64) -> String {
    let digits = size.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + " bytes"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_commas() {
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1_234_567), "1,234,567 bytes");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31m"), "a\u{fffd}[31m");
    }
}
