//! Files go.mod: what is read of them, and how a path stands in one.

use super::super::name;
use super::quoted;
use crate::failure::{Failure, Result};
use std::path::Path;

/// A path in a go.mod, in quotes if it needs them.
pub(super) fn of_go_mod(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./-_+~@".contains(&byte);
    if path.bytes().all(plain) && !path.contains("//") {
        path.to_owned()
    } else {
        quoted(path)
    }
}

/// The version of Go, and what a module must require that replaces host-go by a folder.
pub(super) fn requirements(go_mod: &str) -> (String, String) {
    let mut version = "1.26";
    let mut lines = vec!["\tgithub.com/tenon-dev/tenon/host-go v0.0.0".to_owned()];
    for line in go_mod.lines() {
        let line = line.trim().trim_start_matches("require ");
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["go", number] => version = number,
            [path, number, ..] if path.contains('.') && number.starts_with('v') => {
                lines.push(format!("\t{path} {number} // indirect"));
            }
            _ => {}
        }
    }
    (version.to_owned(), lines.join("\n"))
}

/// The go.mod at or above a folder below the top: its folder from the top, and the module's path.
pub(super) fn go_module(root: &Path, go: &str) -> Result<(String, String)> {
    for folder in Path::new(go).ancestors() {
        let file = root.join(folder).join("go.mod");
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        let module = text.lines().find_map(|line| line.strip_prefix("module "));
        // A comment may say that the module is deprecated.
        let module = module.and_then(|rest| rest.split("//").next());
        let module = module.map(|path| path.trim().trim_matches('"').to_owned());
        let Some(module) = module.filter(|path| name::module(path).is_ok()) else {
            return Err(Failure::new(format!("{}: names no module", file.display()))
                .help("run `go mod init` there"));
        };
        let folder: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).collect();
        return Ok((folder.join("/"), module));
    }
    Err(
        Failure::new(format!("{}: no Go module", root.join(go).display()))
            .found("no go.mod there or above")
            .help("make `go` in [workspace.metadata.tenon] a folder of a Go module"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_without_what_stands_behind() {
        let root = tempfile::tempdir().expect("a folder");
        let module = |text: &str| {
            std::fs::write(root.path().join("go.mod"), text).expect("a file");
            go_module(root.path(), "a/b")
        };
        for text in [
            "module example.com/x\n",
            "module \"example.com/x\" // Deprecated: y\r\n",
        ] {
            let found = module(text).expect(text);
            assert_eq!(found, (String::new(), "example.com/x".to_owned()));
        }
        for text in ["", "go 1.26\n", "module \n", "module a b\n"] {
            assert!(module(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_host_go_requires_is_required_by_its_users() {
        let text = "module x\n\ngo 1.30\n\nrequire a.b/c v1.2.3\n\nrequire (\n\td.e/f v0.4.0 // indirect\n)\n";
        let (version, lines) = requirements(text);
        assert_eq!(version, "1.30");
        assert_eq!(
            lines,
            "\tgithub.com/tenon-dev/tenon/host-go v0.0.0\n\ta.b/c v1.2.3 // indirect\n\td.e/f v0.4.0 // indirect"
        );
    }
}
