//! The files in `templates/`, and the words that are put into them.

use super::File;
use super::name::Name;
use super::place::Place;

/// The words by the names that templates have for them, as in `{{name}}`.
pub(super) struct Words(Vec<(&'static str, String)>);

/// A file of a kernel: its path, which may have words too, and its text.
type Template = (&'static str, &'static str);

/// What a kernel is made of.
const KERNEL: &[Template] = &[
    (
        "wit/{{name}}/{{name}}.wit",
        include_str!("../../templates/kernel/contract.wit"),
    ),
    (
        "wit/vectors/{{name}}.json",
        include_str!("../../templates/kernel/vectors.json"),
    ),
    (
        "kernels/{{name}}/Cargo.toml",
        include_str!("../../templates/kernel/crate/manifest.toml"),
    ),
    (
        "kernels/{{name}}/README.md",
        include_str!("../../templates/kernel/README.md"),
    ),
    (
        "kernels/{{name}}/DECISION.md",
        include_str!("../../templates/kernel/DECISION.md"),
    ),
    (
        "kernels/{{name}}/src/lib.rs",
        include_str!("../../templates/kernel/crate/lib.rs"),
    ),
    (
        "kernels/{{name}}/src/component.rs",
        include_str!("../../templates/kernel/crate/component.rs"),
    ),
    (
        "kernels/{{name}}/tests/vectors.rs",
        include_str!("../../templates/kernel/crate/vectors.rs"),
    ),
    (
        "kernels/{{name}}/tests/oracle.rs",
        include_str!("../../templates/kernel/crate/oracle.rs"),
    ),
    (
        "kernels/{{name}}/benches/sweep.rs",
        include_str!("../../templates/kernel/crate/sweep.rs"),
    ),
    (
        "{{go_folder}}/baseline.go",
        include_str!("../../templates/kernel/go/baseline.go"),
    ),
    (
        "{{go_folder}}/embed.go",
        include_str!("../../templates/kernel/go/embed.go"),
    ),
    (
        "{{go_folder}}/golden_test.go",
        include_str!("../../templates/kernel/go/golden_test.go"),
    ),
    (
        "{{go_folder}}/equal_test.go",
        include_str!("../../templates/kernel/go/equal_test.go"),
    ),
    (
        "{{go_folder}}/gaps_test.go",
        include_str!("../../templates/kernel/go/gaps_test.go"),
    ),
    (
        "{{go_folder}}/example_test.go",
        include_str!("../../templates/kernel/go/example_test.go"),
    ),
    (
        "{{go_folder}}/bench_test.go",
        include_str!("../../templates/kernel/go/bench_test.go"),
    ),
];

/// What a workspace of kernels has besides, where it is new.
const WORKSPACE: &[Template] = &[
    (
        "Cargo.toml",
        include_str!("../../templates/workspace/manifest.toml"),
    ),
    (
        "README.md",
        include_str!("../../templates/workspace/README.md"),
    ),
    (
        ".gitignore",
        include_str!("../../templates/workspace/gitignore"),
    ),
    (
        "go/go.mod",
        include_str!("../../templates/workspace/module.txt"),
    ),
];

impl Words {
    /// The words for a kernel in a workspace.
    pub(super) fn of(place: &Place, name: &Name, owner: &str) -> Self {
        let go_folder = place.go_folder(name);
        let up = |depth: usize| "../".repeat(depth);
        let module_folder = place.go_module.as_str();
        let from_module = go_folder
            .strip_prefix(module_folder)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(&go_folder);
        let inherited: String = place
            .inherited
            .iter()
            .map(|key| format!("{key}.workspace = true\n"))
            .collect();
        let lints = if place.lints {
            "\n[lints]\nworkspace = true"
        } else {
            ""
        };
        Words(vec![
            ("name", name.kebab.clone()),
            ("snake", name.snake.clone()),
            ("package", name.package.clone()),
            ("namespace", place.namespace.clone()),
            ("namespace_snake", place.namespace.replace('-', "_")),
            ("owner", owner.to_owned()),
            ("inherited", inherited),
            ("lints", lints.to_owned()),
            ("import", format!("{}/{}", place.import, name.package)),
            ("crate_to_go", format!("{}{go_folder}", up(2))),
            ("go_to_root", up(go_folder.split('/').count())),
            ("go_module_folder", module_folder.to_owned()),
            ("package_from_module", from_module.to_owned()),
            ("go_folder", go_folder),
        ])
    }

    /// The same with more.
    pub(super) fn and(&self, more: &[(&'static str, String)]) -> Self {
        Words(self.0.iter().cloned().chain(more.iter().cloned()).collect())
    }

    /// A template with its words put in. It ends with one line feed.
    fn fill(&self, template: &str) -> String {
        let mut text = template.to_owned();
        for (word, meaning) in &self.0 {
            text = text.replace(&["{{", word, "}}"].concat(), meaning);
        }
        text
    }

    fn files(&self, templates: &[Template]) -> Vec<File> {
        let file = |(path, text): &Template| File {
            path: self.fill(path),
            content: (self.fill(text).trim_end().to_owned() + "\n").into_bytes(),
        };
        templates.iter().map(file).collect()
    }
}

/// The files of a kernel.
pub(super) fn kernel(words: &Words) -> Vec<File> {
    words.files(KERNEL)
}

/// The files of a new workspace.
pub(super) fn workspace(words: &Words) -> Vec<File> {
    words.files(WORKSPACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The identifiers that stand alone in Go code: neither in comments and strings nor behind a dot.
    fn identifiers(code: &str) -> Vec<String> {
        let mut found = Vec::new();
        for line in code.lines() {
            let line = line.split("//").next().unwrap_or_default();
            // Every other piece between quotes is a string.
            for piece in line.split('"').step_by(2) {
                let word = |c: char| c.is_alphanumeric() || "_.{}".contains(c);
                let words = piece.split(|c| !word(c));
                let plain = words.map(|word| word.split('.').next().unwrap_or_default());
                found.extend(plain.map(|word| word.trim_matches(['{', '}']).to_owned()));
            }
        }
        found.retain(|word| word.starts_with(|c: char| c.is_ascii_lowercase()));
        found.retain(|word| {
            word.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        found
    }

    #[test]
    fn no_package_may_have_a_name_that_its_tests_use_for_something_else() {
        let tests = KERNEL.iter().filter(|(path, _)| path.ends_with("_test.go"));
        let mut words: Vec<String> = tests.flat_map(|(_, code)| identifiers(code)).collect();
        assert!(words.len() > 100, "{words:?}");
        // The keyword stands before the package's own name.
        words.retain(|word| word != "package" && Name::parse(word).is_ok());
        assert_eq!(words, [""; 0], "add them to the names that are refused");
    }
}
