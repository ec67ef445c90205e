//! What the guides say: their examples are parts of real programs, which run and print what stands there, and their links
//! lead to files.
//!
//! An HTML comment before a fenced block says what the block is:
//! `<!-- part of FILE -->`, a passage of a file in the tree, and `<!-- printed by FOLDER-OR-EXAMPLE ARGUMENTS -->`, an output. A link
//! whose text is code, as in ``[`name`](file)``, names something that stands in the file.

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

/// The guides, and how many claims each makes at least.
const GUIDES: &[(&str, u64)] = &[
    ("README.md", 4),
    ("kernels/README.md", 10),
    ("kernels/AUTHORS.md", 10),
    ("host-go/registry/README.md", 10),
    ("host-rust/cli/README.md", 2),
];

pub(super) fn check(repo: &Repo) -> Result<Outcome> {
    let mut tally = Tally::default();
    for (guide, least) in GUIDES {
        let text =
            std::fs::read_to_string(repo.path(guide)).with_context(|| (*guide).to_owned())?;
        let before = tally.passed + tally.failed;
        let mut judge = |line: usize, result: Result<bool>| match result {
            Ok(true) => tally += Tally::PASSED,
            Ok(false) => {}
            Err(error) => {
                println!("{guide}:{line}: {error:#}");
                tally += Tally::FAILED;
            }
        };
        for block in blocks(&text) {
            judge(block.line, check_block(repo, &block));
        }
        for link in links(&text) {
            judge(link.line, check_link(repo, guide, &link));
        }
        let made = tally.passed + tally.failed - before;
        ensure!(made >= *least, "{guide}: only {made} examples and links");
    }
    Ok(Outcome {
        tally,
        note: String::new(),
    })
}

/// A link to a file of this tree.
#[derive(Debug, PartialEq, Eq)]
struct Link<'a> {
    /// What is shown, between the brackets.
    text: &'a str,
    /// Where it leads, without the part behind `#`.
    path: &'a str,
    /// From 1.
    line: usize,
}

/// The links of a Markdown text, outside of fenced blocks, that lead neither into the web nor to a place in the same text.
fn links(text: &str) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        fenced ^= line.starts_with("```");
        if fenced {
            continue;
        }
        for (middle, _) in line.match_indices("](") {
            let Some(start) = line[..middle].rfind('[') else {
                continue;
            };
            let Some(length) = line[middle..].find(')') else {
                continue;
            };
            let target = &line[middle + 2..middle + length];
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains("://") {
                links.push(Link {
                    text: &line[start + 1..middle],
                    path,
                    line: number + 1,
                });
            }
        }
    }
    links
}

fn check_link(repo: &Repo, guide: &str, link: &Link<'_>) -> Result<bool> {
    let folder = guide.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = repo.path(folder).join(link.path);
    ensure!(
        path.exists(),
        "the link leads to {}, which is not there",
        link.path
    );
    let name = link
        .text
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'));
    if let Some(name) = name.filter(|_| path.is_file()) {
        let content = std::fs::read_to_string(&path).with_context(|| link.path.to_owned())?;
        let is_file = path.ends_with(name);
        ensure!(
            is_file || content.contains(name),
            "{} has no {name}",
            link.path
        );
    }
    Ok(true)
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

/// Runs a Go command by its folder and arguments, or a Rust example by its file.
fn run(repo: &Repo, what: &str) -> Result<String> {
    if let Some(command) = what.strip_prefix("host-go/") {
        let mut words = command.split_whitespace();
        let package = words.next().unwrap_or_default();
        return Program::new("go")
            .args(["run", &format!("./{package}")])
            .args(words)
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
    fn links_lead_to_files_that_hold_what_they_name() {
        let text = "[a](x.rs) and [`b`](y/z.rs#part), [c](https://example.org) [d](#here)\n```\n[e](f)\n```\n[g](h)\n";
        let link = |text, path, line| Link { text, path, line };
        assert_eq!(
            links(text),
            [
                link("a", "x.rs", 1),
                link("`b`", "y/z.rs", 1),
                link("g", "h", 5)
            ]
        );

        let repo = Repo::find().unwrap();
        let from_kernels =
            |text, path| check_link(&repo, "kernels/README.md", &link(text, path, 1));
        let file = "../host-rust/xtask/src/test/readme.rs";
        for text in ["anything", "`check_link`", "`readme.rs`"] {
            assert!(from_kernels(text, file).unwrap());
        }
        assert!(from_kernels("a folder", "../wit").unwrap());
        assert!(from_kernels("`no_such_fn`", "redact/README.md").is_err());
        assert!(from_kernels("anything", "no-such-kernel").is_err());
    }

    #[test]
    fn every_link_and_passage_of_the_guides_is_there() {
        let repo = Repo::find().unwrap();
        for (guide, _) in GUIDES {
            let text = std::fs::read_to_string(repo.path(guide)).unwrap();
            for link in links(&text) {
                check_link(&repo, guide, &link)
                    .unwrap_or_else(|error| panic!("{guide}:{}: {error}", link.line));
            }
            // What is printed, the step itself compares: it has to run programs.
            for block in blocks(&text)
                .iter()
                .filter(|block| !block.comment.starts_with("printed by "))
            {
                check_block(&repo, block)
                    .unwrap_or_else(|error| panic!("{guide}:{}: {error}", block.line));
            }
        }
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
