//! `tenon wit fmt`: contracts in the one layout.

mod files;
mod lex;
mod print;

use crate::args::WitFmt;
use crate::failure::{Failure, Result, UNMET};
use crate::output::print as print_out;
use crate::wit::read::parse_alone;
use files::File;
use serde::Serialize;

/// The number of the format of `--json`; names are only added within one format.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    files: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    file: &'a str,
    changed: bool,
    /// The first line that is, or would be, another one.
    line: Option<usize>,
}

/// Formats what the arguments name. All is read and laid out before anything is written.
pub(crate) fn run(args: &WitFmt) -> Result<()> {
    let files = files::find(&args.paths)?;
    let mut done = Vec::new();
    for file in &files {
        let text = file.read()?;
        let formatted = format(&file.name, &text)?;
        let line = first_difference(&text, &formatted);
        done.push((file, formatted, line));
    }
    let stdin = files.iter().any(File::is_stdin);
    if !args.check && !args.dry_run {
        for (file, formatted, line) in &done {
            if file.is_stdin() && !args.json {
                print_out(formatted)?;
            } else if line.is_some() && !file.is_stdin() {
                file.write(formatted)?;
            }
        }
    }
    let changed: Vec<String> = done
        .iter()
        .filter_map(|(file, _, line)| line.map(|line| format!("{}:{line}", file.name)))
        .collect();
    if args.json {
        let items = done.iter().map(|(file, _, line)| Item {
            file: &file.name,
            changed: line.is_some(),
            line: *line,
        });
        let report = Report {
            format: FORMAT,
            files: items.collect(),
        };
        let json = serde_json::to_string_pretty(&report)
            .map_err(|error| Failure::new("the report cannot be written").found(error))?;
        print_out(&(json + "\n"))?;
    } else if !stdin || args.check || args.dry_run {
        print_out(
            &changed
                .iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>(),
        )?;
    }
    if args.check && !changed.is_empty() {
        let what = match changed.len() {
            1 => "1 file is not formatted".to_owned(),
            many => format!("{many} files are not formatted"),
        };
        return Err(Failure::new(what)
            .help("run `tenon wit fmt` on them")
            .status(UNMET));
    }
    Ok(())
}

/// The text in the one layout. It fails where the text is not WIT, or where anything but white space and commas at the end of
/// lists would change.
fn format(name: &str, text: &str) -> Result<String> {
    parse_alone(name, text)?;
    let text = text.replace("\r\n", "\n");
    let before = lex::lex(&text);
    let formatted = print::print(&before);
    let after = lex::lex(&formatted);
    let same = kept(&before) == kept(&after) && parse_alone(name, &formatted).is_ok();
    if !same || print::print(&after) != formatted {
        return Err(
            Failure::new(format!("{name}: cannot be formatted without loss"))
                .found("a layout that would change more than white space")
                .note("fault", tenon_transpile::Kind::Internal)
                .help("the file is as it was; report it to the project"),
        );
    }
    Ok(formatted)
}

/// All of a text that counts: its tokens but commas before a closing bracket, and its comments.
fn kept<'a>(lexemes: &[lex::Lexeme<'a>]) -> Vec<&'a str> {
    let mut kept = Vec::new();
    for (at, lexeme) in lexemes.iter().enumerate() {
        let next = lexemes[at + 1..].iter().find(|next| !next.is_comment());
        let last = next.is_some_and(|next| [")", "}", ">"].iter().any(|mark| next.is(mark)));
        if !(lexeme.is(",") && last) {
            kept.push(lexeme.text);
        }
    }
    kept
}

/// The first line, from 1, in which two texts differ.
fn first_difference(old: &str, new: &str) -> Option<usize> {
    if old == new {
        return None;
    }
    let lines = old.split('\n').zip(new.split('\n'));
    Some(1 + lines.take_while(|(old, new)| old == new).count())
}

#[cfg(test)]
mod tests;
