//! What `tenon new` writes, as files: formatted, parsed, and nothing of this machine in them. That it builds and passes is
//! checked by `cargo xtask test new`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes a kernel into a folder.
fn write(folder: &Path, args: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenon"));
    let output = command
        .arg("new")
        .args(args)
        .arg("--no-build")
        .current_dir(folder)
        .output();
    let output = output.expect("the command runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {stderr}");
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The files that a formatter takes, and what it says of them.
fn complaints(formatter: &mut Command, files: &[PathBuf], extension: &str) -> String {
    let own = files
        .iter()
        .filter(|path| path.extension().is_some_and(|it| it == extension));
    let own: Vec<_> = own.collect();
    assert!(own.len() >= 5, "only {} files .{extension}", own.len());
    let output = formatter.args(own).output().expect("the formatter runs");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// The shortest name and the longest: where a line breaks must not depend on it.
const NAMES: [&str; 3] = ["x", "word-count", "a-name-of-thirty-two-characters1"];

#[test]
fn what_is_written_is_formatted_and_complete() {
    for name in NAMES {
        let folder = tempfile::tempdir().expect("a folder");
        write(
            folder.path(),
            &[
                name,
                "--namespace",
                "acme-payments",
                "--owner",
                "Pay <pay@example.com>",
            ],
        );
        let files = files(&folder.path().join(name));
        for path in &files {
            let text = std::fs::read_to_string(path).expect("text");
            assert!(
                !text.contains("{{"),
                "{}: a word is left to put in",
                path.display()
            );
            assert!(
                text.ends_with('\n') && !text.ends_with("\n\n"),
                "{}",
                path.display()
            );
        }
        let mut rustfmt = Command::new("rustfmt");
        // The module is given by itself.
        rustfmt.args(["--edition", "2024", "--check", "--color", "never"]);
        assert_eq!(complaints(&mut rustfmt, &files, "rs"), "", "{name}");
        assert_eq!(
            complaints(Command::new("gofmt").arg("-d"), &files, "go"),
            "",
            "{name}"
        );
    }
}

#[test]
fn the_contract_the_cases_and_the_manifests_parse() {
    for name in NAMES {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), &[name, "--namespace", "acme"]);
        let root = folder.path().join(name);
        let mut resolve = wit_parser::Resolve::default();
        let (package, _) = resolve
            .push_dir(root.join("wit").join(name))
            .expect("a contract");
        assert_eq!(
            resolve.packages[package].name.to_string(),
            format!("acme:{name}@0.1.0")
        );

        let cases = std::fs::read_to_string(root.join(format!("wit/vectors/{name}.json")));
        let cases: serde_json::Value = serde_json::from_str(&cases.expect("cases")).expect("JSON");
        assert_eq!(cases["contract"], format!("acme:{name}@0.1.0"));

        for manifest in [
            root.join("Cargo.toml"),
            root.join("kernels").join(name).join("Cargo.toml"),
        ] {
            let text = std::fs::read_to_string(&manifest).expect("a manifest");
            let table: toml::Table = text.parse().expect("TOML");
            assert!(
                table.contains_key("workspace") || table.contains_key("package"),
                "{text}"
            );
        }
    }
}

/// A workspace depends on the checkout by the way from it, which is the same wherever both are moved together.
#[test]
fn no_absolute_path_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &["word-count"]);
    let here = folder.path().canonicalize().expect("a folder");
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize();
    let checkout = checkout.expect("a checkout");
    for path in files(folder.path()) {
        let text = std::fs::read_to_string(&path).expect("text");
        for absolute in [&here, &checkout] {
            // Where they stand behind dots they are relative.
            let absolute = absolute.display().to_string();
            let named = text.match_indices(&absolute);
            let own = named.filter(|(at, _)| !text[..*at].ends_with(".."));
            assert_eq!(own.count(), 0, "{} names {}", path.display(), absolute);
        }
    }
}

#[test]
fn a_second_kernel_joins_the_workspace() {
    let folder = tempfile::tempdir().expect("a folder");
    write(
        folder.path(),
        &[
            "first",
            "--namespace",
            "acme",
            "--module",
            "example.com/acme",
        ],
    );
    let root = folder.path().join("first");
    let before = files(&root);
    write(&root.join("go/first"), &["second-one", "--owner", "me"]);
    let added: Vec<_> = files(&root)
        .into_iter()
        .filter(|path| !before.contains(path))
        .collect();
    assert!(
        added
            .iter()
            .all(|path| path.to_string_lossy().contains("second")),
        "{added:?}"
    );
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect(path);
    assert!(read("wit/second-one/second-one.wit").contains("package acme:second-one@0.1.0;"));
    assert!(read("go/secondone/golden_test.go").contains("\"example.com/acme/secondone\""));
    assert!(read("kernels/second-one/Cargo.toml").contains("owner = \"me\""));
}

/// The Go module of a service around its kernels, and a folder that is written longer than need be.
#[test]
fn the_go_packages_lie_where_the_workspace_says() {
    for (go, module_folder, package) in [
        (
            "./services//kernels/",
            "services",
            "services/kernels/wordcount",
        ),
        ("services/kernels", ".", "services/kernels/wordcount"),
        (".", ".", "wordcount"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        std::fs::create_dir_all(root.join("services/kernels")).expect("a folder");
        let module = "module example.com/acme // a comment\n";
        std::fs::write(root.join(module_folder).join("go.mod"), module).expect("a file");
        let manifest = format!(
            "[workspace]\nmembers = [\"kernels/*\"]\n[workspace.metadata.tenon]\nnamespace = \"acme\"\ngo = \"{go}\"\n\
             [workspace.dependencies]\ntenon-kernel = \"1\"\ncriterion = \"1\"\nserde_json = \"1\"\nwit-bindgen = \"1\"\n"
        );
        std::fs::write(root.join("Cargo.toml"), manifest).expect("a file");
        write(root, &["word-count"]);
        let read = |path: &str| std::fs::read_to_string(root.join(path)).expect(path);
        let test = read(&format!("{package}/golden_test.go"));
        let inside = package.strip_prefix(module_folder).unwrap_or(package);
        let import = format!("\"example.com/acme/{}\"", inside.trim_matches('/'));
        assert!(test.contains(&import), "{go}: {test}");
        let up = "../".repeat(package.split('/').count());
        assert!(
            test.contains(&format!("\"{up}wit/vectors/word-count.json\"")),
            "{go}: {test}"
        );
        let readme = read("kernels/word-count/README.md");
        assert!(
            readme.contains(&format!(
                "(cd {module_folder} && go generate ./{}",
                inside.trim_matches('/')
            )),
            "{go}"
        );
    }
}
