//! Where a kernel is written: in the workspace around, or in a new one.

mod module;

use super::name::{self, Name};
use super::template::{self, Words};
use super::{File, shown};
use crate::args::New;
use crate::failure::{Failure, Result};
use module::{go_module, of_go_mod, requirements};
use std::path::{Component, Path, PathBuf};
use toml::{Table, Value};

/// A workspace of kernels, which may yet have to be made.
pub(super) struct Place {
    /// Its top folder, absolute.
    pub(super) root: PathBuf,
    /// The namespace of its contracts.
    pub(super) namespace: String,
    /// The folder of its Go packages, from the top, with forward slashes; a dot is the top.
    pub(super) go: String,
    /// The folder of their go.mod, in the same way.
    pub(super) go_module: String,
    /// The import path of `go`.
    pub(super) import: String,
    /// What a crate may inherit of the workspace's `[workspace.package]`.
    pub(super) inherited: Vec<&'static str>,
    /// Whether it has `[workspace.lints]`.
    pub(super) lints: bool,
    /// What a new one is made of; `None` of one that exists.
    new: Option<Scaffold>,
}

/// What a new workspace takes from the checkout of Tenon.
struct Scaffold {
    checkout: PathBuf,
    words: Vec<(&'static str, String)>,
    copies: Vec<File>,
}

/// The keys that every kernel inherits if it can, in their order.
const INHERITED: [&str; 5] = [
    "edition",
    "rust-version",
    "license",
    "repository",
    "publish",
];

/// What a kernel depends on by way of its workspace.
const DEPENDENCIES: [&str; 4] = ["tenon-kernel", "criterion", "serde_json", "wit-bindgen"];

impl Place {
    /// The workspace at or above the folder, or a new one in it.
    pub(super) fn find(args: &New, name: &Name) -> Result<Self> {
        let base = std::fs::canonicalize(&args.folder).map_err(|error| {
            Failure::new(format!("{}: no such folder", args.folder.display()))
                .found(error)
                .help("make the folder, or name another with --in")
        })?;
        for folder in base.ancestors() {
            let manifest = folder.join("Cargo.toml");
            if let Ok(text) = std::fs::read_to_string(&manifest)
                && let Ok(table) = text.parse::<Table>()
                && let Some(workspace) = table.get("workspace")
                && let Some(tenon) = at(workspace, &["metadata", "tenon"])
            {
                refuse_options(args, &manifest)?;
                return Self::existing(folder, workspace, tenon);
            }
        }
        Self::new(args, base.join(&name.kebab), name)
    }

    fn existing(root: &Path, workspace: &Value, tenon: &Value) -> Result<Self> {
        let manifest = root.join("Cargo.toml");
        let wrong = |what: &str| Failure::new(format!("{}: {what}", manifest.display()));
        let key = |key: &str| {
            tenon.get(key).and_then(Value::as_str).ok_or_else(|| {
                wrong(&format!("[workspace.metadata.tenon] has no text `{key}`"))
                    .help("add it, as in namespace = \"acme\" and go = \"go\"")
            })
        };
        let namespace = name::namespace(key("namespace")?)?;
        let go = folder_below(key("go")?)
            .ok_or_else(|| wrong("`go` is no folder of the workspace").help(
                "give a path from here, of names joined by slashes, as in go = \"services/kernels\"",
            ))?;
        let globs = at(workspace, &["members"]).and_then(Value::as_array);
        if !globs.is_some_and(|members| members.iter().any(|it| it.as_str() == Some("kernels/*"))) {
            return Err(wrong("the members have no `kernels/*`")
                .help("add it, so that a new kernel belongs to the workspace"));
        }
        for dependency in DEPENDENCIES {
            if at(workspace, &["dependencies", dependency]).is_none() {
                return Err(
                    wrong(&format!("[workspace.dependencies] has no {dependency}"))
                        .help("add it, as the workspace of Tenon has it"),
                );
            }
        }
        let (go_module, module) = go_module(root, &go)?;
        let below = go.strip_prefix(&go_module).unwrap_or(&go);
        let or_top = |folder: &str| match folder {
            "" => ".".to_owned(),
            _ => folder.to_owned(),
        };
        let has = |key: &&str| at(workspace, &["package", *key]).is_some();
        Ok(Place {
            import: format!("{module}/{}", below.trim_matches('/'))
                .trim_end_matches('/')
                .to_owned(),
            root: root.to_owned(),
            namespace: namespace.to_owned(),
            go: or_top(&go),
            go_module: or_top(&go_module),
            inherited: INHERITED.into_iter().filter(has).collect(),
            lints: workspace.get("lints").is_some(),
            new: None,
        })
    }

    fn new(args: &New, root: PathBuf, name: &Name) -> Result<Self> {
        let namespace = name::namespace(args.namespace.as_deref().unwrap_or("example"))?;
        let default = format!("example.com/{}", name.kebab);
        let module = name::module(args.module.as_deref().unwrap_or(&default))?;
        let checkout = checkout(args.tenon.as_deref())?;
        Ok(Place {
            namespace: namespace.to_owned(),
            go: "go".to_owned(),
            go_module: "go".to_owned(),
            import: module.to_owned(),
            inherited: vec!["edition", "rust-version", "publish"],
            lints: true,
            new: Some(Scaffold::of(checkout, &root, module)?),
            root,
        })
    }

    /// The folder whose toolchain will build it, and which exists already.
    pub(super) fn tools_folder(&self) -> &Path {
        self.new.as_ref().map_or(&self.root, |new| &new.checkout)
    }

    /// Whether the workspace is new with the kernel.
    pub(super) fn is_new(&self) -> bool {
        self.new.is_some()
    }

    /// The files of the workspace, if it is new.
    pub(super) fn workspace_files(&self, words: &Words) -> Vec<File> {
        let Some(new) = &self.new else {
            return Vec::new();
        };
        let mut files = template::workspace(&words.and(&new.words));
        files.extend(new.copies.iter().map(|file| File {
            path: file.path.clone(),
            content: file.content.clone(),
        }));
        files
    }

    /// The files and folders that a kernel adds, from the top; of a new workspace it is the workspace.
    pub(super) fn parts(&self, name: &Name) -> Vec<String> {
        if self.is_new() {
            return vec![".".to_owned()];
        }
        let kernel = &name.kebab;
        vec![
            format!("wit/{kernel}"),
            format!("wit/vectors/{kernel}.json"),
            format!("kernels/{kernel}"),
            self.go_folder(name),
        ]
    }

    /// The folder of the kernel's Go package, from the top.
    pub(super) fn go_folder(&self, name: &Name) -> String {
        match &*self.go {
            "." => name.package.clone(),
            go => format!("{go}/{}", name.package),
        }
    }

    /// Fails if something is there already, or would not be written into the workspace.
    pub(super) fn require_absent(&self, name: &Name) -> Result<()> {
        for part in self.parts(name) {
            let path = below(&self.root, &part);
            let mut around = path.ancestors().skip(1);
            let around = around.find_map(|folder| std::fs::canonicalize(folder).ok());
            if let Some(folder) = around.filter(|it| !self.is_new() && !it.starts_with(&self.root))
            {
                return Err(Failure::new(format!(
                    "{}: not in the workspace",
                    shown(&path).display()
                ))
                .found(format!("a link that leads to {}", folder.display()))
                .help("make it a folder of the workspace; nothing was written"));
            }
            if path.symlink_metadata().is_ok() {
                let path = shown(&path);
                return Err(Failure::new(format!("{}: exists already", path.display()))
                    .help("give another name, or take it away first; nothing was written"));
            }
        }
        Ok(())
    }
}

/// A part below a folder, of which one may be the folder itself: without the dot, so that it can be moved.
pub(super) fn below(folder: &Path, part: &str) -> PathBuf {
    match part {
        "." => folder.to_owned(),
        _ => folder.join(part),
    }
}

/// A folder below another one without what it need not have, so that its parts can be counted. `None` if it leads out of there,
/// or could not stand in the files that are written.
fn folder_below(text: &str) -> Option<String> {
    let parts = Path::new(text).components().filter_map(|part| match part {
        Component::CurDir => None,
        Component::Normal(name) => Some(name.to_str()),
        _ => Some(None),
    });
    let path = parts.collect::<Option<Vec<_>>>()?.join("/");
    (path.is_empty() || name::module(&path).is_ok()).then_some(path)
}

/// A workspace has its namespace, its module and its Tenon.
fn refuse_options(args: &New, manifest: &Path) -> Result<()> {
    let given = [
        ("--namespace", args.namespace.is_some()),
        ("--module", args.module.is_some()),
        ("--tenon", args.tenon.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((option, _)) => Err(Failure::new(format!("{option} is for a new workspace"))
            .found(format!("the workspace of {}", shown(manifest).display()))
            .help("leave it out, or name a folder outside of the workspace with --in")),
    }
}

impl Scaffold {
    fn of(checkout: PathBuf, root: &Path, module: &str) -> Result<Self> {
        let manifest: Table = parse(&checkout.join("Cargo.toml"))?;
        let need = |path: &[&str]| {
            let found = manifest
                .get("workspace")
                .and_then(|workspace| at(workspace, path));
            found.ok_or_else(|| {
                let key = format!("workspace.{}", path.join("."));
                Failure::new(format!(
                    "{}: no {key}",
                    checkout.join("Cargo.toml").display()
                ))
                .help("name another checkout of Tenon with --tenon")
            })
        };
        let text = |path: &[&str]| Ok(need(path)?.as_str().unwrap_or_default().to_owned());
        let go_mod = read(&checkout.join("host-go/go.mod"))?;
        let (go_version, requires) = requirements(&go_mod);
        let to = |from: &str, folder: &str| relative(&root.join(from), &checkout.join(folder));
        let words = vec![
            ("edition", text(&["package", "edition"])?),
            ("rust_version", text(&["package", "rust-version"])?),
            ("criterion", inline(need(&["dependencies", "criterion"])?)),
            ("serde_json", inline(need(&["dependencies", "serde_json"])?)),
            (
                "wit_bindgen",
                inline(need(&["dependencies", "wit-bindgen"])?),
            ),
            ("sdk", quoted(&to("", "kernels/sdk"))),
            ("module", module.to_owned()),
            ("go_version", go_version),
            ("requires", requires),
            ("host_go", of_go_mod(&to("go", "host-go"))),
        ];
        // With the same versions as in Tenon, which are tried, and which are on this machine already.
        let copy = |from: &str, path: &str| {
            Ok(File {
                path: path.to_owned(),
                content: read(&checkout.join(from))?.into_bytes(),
            })
        };
        let copies = vec![
            copy("Cargo.lock", "Cargo.lock")?,
            copy("rust-toolchain.toml", "rust-toolchain.toml")?,
            copy("host-go/go.sum", "go/go.sum")?,
        ];
        Ok(Scaffold {
            checkout,
            words,
            copies,
        })
    }
}

/// The checkout of Tenon that is named, or else the one that this command was built in.
fn checkout(named: Option<&Path>) -> Result<PathBuf> {
    let built_in = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let is_one = |folder: &PathBuf| {
        ["Cargo.toml", "kernels/sdk/Cargo.toml", "host-go/go.mod"]
            .iter()
            .all(|file| folder.join(file).is_file())
    };
    let found = std::fs::canonicalize(named.unwrap_or(built_in))
        .ok()
        .filter(is_one);
    found.ok_or_else(|| {
        match named {
            Some(folder) => Failure::new(format!("{}: no checkout of Tenon", folder.display()))
                .found("no kernels/sdk/Cargo.toml or no host-go/go.mod"),
            None => Failure::new("the checkout of Tenon that this command was built in is gone"),
        }
        .help("name one with --tenon DIR: until Tenon is published, a kernel depends on it by path")
    })
}

/// A value inside of tables.
fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(*key))
}

/// A string of TOML, of which JSON's escapes are a part.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A value as TOML on one line.
fn inline(value: &Value) -> String {
    let all = |values: Vec<String>| values.join(", ");
    match value {
        Value::String(text) => quoted(text),
        Value::Array(values) => format!("[{}]", all(values.iter().map(inline).collect())),
        Value::Table(table) => {
            let pair = |(key, value): (&String, &Value)| format!("{key} = {}", inline(value));
            format!("{{ {} }}", all(table.iter().map(pair).collect()))
        }
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Datetime(value) => value.to_string(),
    }
}

/// The way from one absolute folder to another, with forward slashes; it begins with a dot, as go.mod wants it.
fn relative(from: &Path, to: &Path) -> String {
    let (mut from, mut to) = (from.components().peekable(), to.components().peekable());
    while let (Some(a), Some(b)) = (from.peek(), to.peek())
        && a == b
    {
        from.next();
        to.next();
    }
    let up = from.map(|_| "..".to_owned());
    let down = to.filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    let path = up.chain(down).collect::<Vec<_>>().join("/");
    if path.starts_with("..") {
        path
    } else {
        format!("./{path}")
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{}: cannot be read", path.display())).found(error))
}

fn parse(path: &Path) -> Result<Table> {
    let text = read(path)?;
    let wrong = |error| Failure::new(format!("{}: not TOML", path.display())).found(error);
    text.parse().map_err(|error: toml::de::Error| wrong(error))
}

/// A workspace for tests.
#[cfg(test)]
pub(super) mod fixture {
    use super::*;

    /// One in an empty folder, of which only the description exists.
    pub(in super::super) fn workspace(root: &Path) -> Place {
        Place {
            root: root.to_owned(),
            namespace: "acme".to_owned(),
            go: "go".to_owned(),
            go_module: "go".to_owned(),
            import: "example.com/acme".to_owned(),
            inherited: vec!["edition"],
            lints: true,
            new: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_from_folder_to_folder() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(way("/a/b", "/a/c/d"), "../c/d");
        assert_eq!(way("/a/b", "/a/b/c"), "./c");
        assert_eq!(way("/a/b/go", "/x"), "../../../x");
        assert_eq!(way("/a", "/a"), "./");
    }

    #[test]
    fn a_folder_of_a_workspace_lies_in_it() {
        for (text, folder) in [("go", "go"), ("./a//b/", "a/b"), (".", ""), ("", "")] {
            assert_eq!(folder_below(text).as_deref(), Some(folder), "{text}");
        }
        for text in ["..", "go/../..", "/go", "a b", "a\"b", "a\nb", "it's"] {
            assert_eq!(folder_below(text), None, "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_workspace_is_refused() {
        let (top, other) = (tempfile::tempdir(), tempfile::tempdir());
        let (top, other) = (top.expect("a folder"), other.expect("a folder"));
        let root = std::fs::canonicalize(top.path()).expect("a folder");
        let name = Name::parse("word-count").expect("a name");
        let place = fixture::workspace(&root);
        place.require_absent(&name).expect("nothing is there");
        std::os::unix::fs::symlink(other.path(), root.join("kernels")).expect("a link");
        let error = place.require_absent(&name).expect_err("a link").to_string();
        assert!(
            error.contains("word-count: not in the workspace"),
            "{error}"
        );
    }

    #[test]
    fn values_of_toml_stand_on_one_line() {
        let text =
            "a = { version = \"1\", default-features = false, features = [\"x\", \"y\\\"\"] }";
        let table: Table = text.parse().expect("TOML");
        let line = format!("a = {}", inline(&table["a"]));
        assert_eq!(line.lines().count(), 1);
        assert_eq!(line.parse::<Table>().expect("TOML"), table, "{line}");
    }
}
