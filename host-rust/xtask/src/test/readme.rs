//! The README's examples: parts of real programs, which run and print what the README says.
//!
//! An HTML comment before a fenced block says what the block is:
//! `<!-- part of FILE -->`, a passage of a file in the tree, and `<!-- printed by FOLDER-OR-EXAMPLE -->`, an output.

use anyhow::{Context, Result, bail, ensure};

use super::Outcome;
use crate::built;
use crate::process::Program;
use crate::repo::Repo;
use crate::tally::Tally;

/// A fenced block with the comment before it.
#[derive(Debug, PartialEq, Eq)]
struct Block<'a> {
    /// The words of the comment; empty where there is none.
    comment: &'a str,
    language: &'a str,
    text: String,
    /// The line of the fence, from 1.
    line: usize,
}

pub(super) fn check(repo: &Repo) -> Result<Outcome> {
    let readme = std::fs::read_to_string(repo.path("README.md")).context("README.md")?;
    let mut tally = Tally::default();
    for block in blocks(&readme) {
        match check_block(repo, &block) {
            Ok(true) => tally += Tally::PASSED,
            Ok(false) => {}
            Err(error) => {
                println!("README.md:{}: {error:#}", block.line);
                tally += Tally::FAILED;
            }
        }
    }
    ensure!(
        tally.passed + tally.failed >= 4,
        "README.md: fewer than two programs with their outputs are marked"
    );
    Ok(Outcome {
        tally,
        note: String::new(),
    })
}

/// Whether the block made a claim; an error where the claim does not hold.
fn check_block(repo: &Repo, block: &Block<'_>) -> Result<bool> {
    if let Some(file) = block.comment.strip_prefix("part of ") {
        let content = std::fs::read_to_string(repo.path(file)).with_context(|| file.to_owned())?;
        ensure!(
            content.contains(&block.text),
            "the block is not a passage of {file}; copy it from there again"
        );
        return Ok(true);
    }
    if let Some(what) = block.comment.strip_prefix("printed by ") {
        let printed = run(repo, what)?;
        ensure!(
            printed.trim_end() == block.text.trim_end(),
            "{what} prints something else:\n{}",
            printed.trim_end()
        );
        return Ok(true);
    }
    if matches!(block.language, "go" | "rust") {
        bail!(
            "a {} block without `<!-- part of FILE -->` before it is not tested",
            block.language
        );
    }
    Ok(false)
}

/// Runs a Go command by its folder, or a Rust example by its file.
fn run(repo: &Repo, what: &str) -> Result<String> {
    if let Some(package) = what.strip_prefix("host-go/") {
        return Program::new("go")
            .args(["run", &format!("./{package}")])
            .dir(repo.go())
            .output();
    }
    let example = what
        .strip_prefix("host-rust/host/examples/")
        .and_then(|file| file.strip_suffix(".rs"));
    let Some(example) = example else {
        bail!("`{what}` is neither a folder under host-go nor an example of host-rust/host");
    };
    built::example(repo, example)?.output()
}

/// The fenced blocks of a Markdown text.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut comment = "";
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| *line != "```");
            let text = body.map(|line| format!("{line}\n")).collect();
            blocks.push(Block {
                comment,
                language,
                text,
                line: number + 1,
            });
        }
        let inside = line
            .strip_prefix("<!-- ")
            .and_then(|rest| rest.strip_suffix(" -->"));
        comment = inside.unwrap_or_default();
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_carry_the_comment_right_before_them() {
        let text = "# A\n<!-- part of a.go -->\n```go\nx\n\n\ty\n```\n\n<!-- printed by b -->\nwords\n```text\nz\n```\n";
        let first = Block {
            comment: "part of a.go",
            language: "go",
            text: "x\n\n\ty\n".to_owned(),
            line: 3,
        };
        let second = Block {
            comment: "",
            language: "text",
            text: "z\n".to_owned(),
            line: 11,
        };
        assert_eq!(blocks(text), [first, second]);
    }

    #[test]
    fn a_passage_must_stand_in_its_file() {
        let repo = Repo::find().unwrap();
        let block = |text: &str, comment| Block {
            comment,
            language: "rust",
            text: text.to_owned(),
            line: 1,
        };
        let file = "part of host-rust/xtask/src/test/readme.rs";
        assert!(
            check_block(
                &repo,
                &block("fn blocks(text: &str) -> Vec<Block<'_>> {\n", file)
            )
            .unwrap()
        );
        assert!(check_block(&repo, &block(&["no such", " passage\n"].concat(), file)).is_err());
        assert!(check_block(&repo, &block("let x = 1;\n", "")).is_err());
        assert!(check_block(&repo, &block("x\n", "printed by nothing")).is_err());
    }
}
