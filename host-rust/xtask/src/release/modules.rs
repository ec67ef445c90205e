//! The modules of the Go workspace: which are linked, what their licences are, and their bill.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::sbom::{self, Component, purl};
use super::{Verdict, licence};
use crate::process::Program;
use crate::repo::Repo;
use crate::test::go;

/// The systems that the Go host is for; each links other packages.
const SYSTEMS: [&str; 3] = ["linux", "darwin", "windows"];

/// Modules that may have a licence which asks for more than its text beside a binary, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    // Copyleft of the file. The baseline of the user-agent kernel has it of uap-go, unchanged.
    ("github.com/hashicorp/golang-lru", "MPL-2.0"),
];

/// The licences that any module may have.
const ALLOWED: &[&str] = &["Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"];

/// A module as `go list` prints it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Module {
    path: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    main: bool,
    dir: Option<PathBuf>,
    replace: Option<Box<Module>>,
}

impl Module {
    /// What stands for it.
    fn effective(self) -> Self {
        match self.replace {
            Some(other) => *other,
            None => self,
        }
    }
}

/// A package as `go list -deps` prints it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Package {
    dir: Option<PathBuf>,
    module: Option<Module>,
}

/// The lines of go.sum files about contents: by path and version, SHA-256 in base64.
type Sums = BTreeMap<(String, String), String>;

/// What the workspace depends on.
pub(super) struct Modules {
    all: Vec<Module>,
    sums: Sums,
    /// The licences of each linked module that is not ours, by its path; or why they are not known.
    linked: BTreeMap<String, Result<BTreeSet<&'static str>, String>>,
}

/// Asks Go. It downloads what is not in its cache of modules.
pub(super) fn read(repo: &Repo) -> Result<Modules> {
    let list = |args: &[&str], system: &str, patterns: &[String]| {
        Program::new("go")
            .args(["list"])
            .args(args)
            .args(patterns)
            .env("GOFLAGS", "-mod=readonly")
            .env("GOOS", system)
            .env("CGO_ENABLED", "1")
            .dir(repo.go())
            .output()
    };
    let mut sums = sums_of(&repo.go().join("go.work.sum"))?;
    for module in go::modules(repo)? {
        sums.extend(sums_of(&repo.go().join(module).join("go.sum"))?);
    }
    let all: Vec<Module> = stream(&list(&["-m", "-json"], SYSTEMS[0], &["all".to_owned()])?)?;
    let all = all.into_iter().map(Module::effective).collect();

    let mut folders: BTreeMap<String, (PathBuf, BTreeSet<PathBuf>)> = BTreeMap::new();
    for system in SYSTEMS {
        let printed = list(&["-deps", "-json=Dir,Module"], system, &go::patterns(repo)?)?;
        for package in stream::<Package>(&printed)? {
            let Some(module) = package
                .module
                .map(Module::effective)
                .filter(|module| !module.main)
            else {
                continue;
            };
            let root = module
                .dir
                .with_context(|| format!("{} has no folder", module.path))?;
            let (_, inside) = folders
                .entry(module.path)
                .or_insert((root, BTreeSet::new()));
            inside.extend(package.dir);
        }
    }
    let linked = folders
        .into_iter()
        .map(|(path, (root, inside))| (path, licences(&root, &inside)))
        .collect();
    Ok(Modules { all, sums, linked })
}

/// Go prints one value of JSON after the other.
fn stream<T: DeserializeOwned>(printed: &str) -> Result<Vec<T>> {
    let values = serde_json::Deserializer::from_str(printed).into_iter::<T>();
    values.collect::<Result<_, _>>().context("`go list -json`")
}

/// Reads a go.sum; a module without one has no dependencies.
fn sums_of(file: &Path) -> Result<Sums> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(sums(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Sums::new()),
        Err(error) => Err(error).with_context(|| file.display().to_string()),
    }
}

/// The lines about contents: those about go.mod files alone name modules that may never be loaded.
fn sums(text: &str) -> Sums {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let (path, version, sum) = (words.next()?, words.next()?, words.next()?);
        let sum = sum
            .strip_prefix("h1:")
            .filter(|_| !version.ends_with("/go.mod"))?;
        Some(((path.to_owned(), version.to_owned()), sum.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

/// The licences in a module's root and in the folders between it and the packages that are linked.
fn licences(root: &Path, packages: &BTreeSet<PathBuf>) -> Result<BTreeSet<&'static str>, String> {
    let above = packages.iter().flat_map(|package| package.ancestors());
    let mut folders: BTreeSet<&Path> = above.filter(|folder| folder.starts_with(root)).collect();
    folders.insert(root);
    let mut found = BTreeSet::new();
    for folder in folders {
        for file in files(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
            let text =
                std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            match licence::recognise(&String::from_utf8_lossy(&text)) {
                Some(names) => found.extend(names),
                None => {
                    return Err(format!(
                        "{} is no licence that is known here",
                        file.display()
                    ));
                }
            }
        }
    }
    if found.is_empty() {
        return Err(format!("no licence file in {}", root.display()));
    }
    Ok(found)
}

/// The licence files in a folder.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if licence::is_licence(&entry.file_name().to_string_lossy()) && entry.file_type()?.is_file()
        {
            files.push(entry.path());
        }
    }
    Ok(files)
}

impl Modules {
    /// Whether each linked module has licences that are allowed.
    pub(super) fn verdict(&self) -> Verdict {
        let mut wrong = Vec::new();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (path, licences) in &self.linked {
            match licences {
                Err(why) => wrong.push(format!("{path}: {why}")),
                Ok(names) => {
                    let refused = names.iter().filter(|name| !allowed(path, name));
                    wrong.extend(refused.map(|name| format!("{path}: {name} is not allowed")));
                    *counts.entry(joined(names)).or_default() += 1;
                }
            }
        }
        if !wrong.is_empty() {
            return Verdict::Failed(wrong.join("\n"));
        }
        let counts: Vec<String> = counts
            .into_iter()
            .map(|(names, count)| format!("{count} {names}"))
            .collect();
        Verdict::Passed(format!(
            "{} linked modules: {}",
            self.linked.len(),
            counts.join(", ")
        ))
    }

    /// Writes the bill, and holds it against the go.sum files.
    pub(super) fn bill(&self, repo: &Repo) -> Result<Verdict> {
        let components = self.components()?;
        let missing = self.missing(&components)?;
        if !missing.is_empty() {
            return Ok(Verdict::Failed(format!(
                "not in the bill: {}",
                missing.join(", ")
            )));
        }
        let path = sbom::write(repo, "go", &components)?;
        Ok(Verdict::Passed(format!(
            "{} modules in {}",
            components.len(),
            path.display()
        )))
    }

    fn components(&self) -> Result<Vec<Component>> {
        self.all
            .iter()
            .map(|module| self.component(module))
            .collect()
    }

    fn component(&self, module: &Module) -> Result<Component> {
        let licences = self
            .linked
            .get(&module.path)
            .and_then(|known| known.as_ref().ok());
        let ours = if module.main { "Apache-2.0" } else { "" };
        let sum = self
            .sums
            .get(&(module.path.clone(), module.version.clone()));
        Ok(Component {
            // Package URLs of this kind are in lower case.
            purl: purl("golang", &module.path.to_lowercase(), &module.version),
            name: module.path.clone(),
            version: module.version.clone(),
            licence: licences.map_or(ours.to_owned(), joined),
            sha256: sum.map(|sum| hex(sum)).transpose()?.unwrap_or_default(),
            excluded: !module.main && !self.linked.contains_key(&module.path),
            needs: None,
        })
    }

    /// What is in the build list and in a go.sum, but not in the bill or with another sum there; and what is linked, but
    /// not there or without a sum.
    fn missing(&self, components: &[Component]) -> Result<Vec<String>> {
        let by_name: BTreeMap<(&str, &str), &Component> = components
            .iter()
            .map(|it| ((it.name.as_str(), it.version.as_str()), it))
            .collect();
        let mut missing = Vec::new();
        for module in self.all.iter().filter(|module| !module.main) {
            let sum = self
                .sums
                .get(&(module.path.clone(), module.version.clone()));
            let found = by_name.get(&(module.path.as_str(), module.version.as_str()));
            let expected = sum.map(|sum| hex(sum)).transpose()?;
            let needed = expected.is_some() || self.linked.contains_key(&module.path);
            if needed && found.map(|it| &it.sha256) != Some(&expected.unwrap_or("no sum".into())) {
                missing.push(format!("{} {}", module.path, module.version));
            }
        }
        let known = |path: &&String| !self.all.iter().any(|module| module.path == **path);
        missing.extend(self.linked.keys().filter(known).cloned());
        Ok(missing)
    }
}

fn allowed(path: &str, licence: &str) -> bool {
    ALLOWED.contains(&licence) || EXCEPTIONS.contains(&(path, licence))
}

fn joined(names: &BTreeSet<&'static str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(" AND ")
}

/// The 32 bytes of a go.sum's base64 in hex.
fn hex(base64: &str) -> Result<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for sign in base64.trim_end_matches('=').bytes() {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => anyhow::bail!("`{base64}` in a go.sum is no base64"),
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    ensure!(bytes.len() == 32, "`{base64}` in a go.sum is no SHA-256");
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const SUM: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn modules() -> Modules {
        let printed = r#"
            {"Path": "example.org/Ours", "Main": true, "Dir": "/w"}
            {"Path": "example.org/used", "Version": "v1.0.0", "Dir": "/m"}
            {"Path": "example.org/unused", "Version": "v2.0.0+incompatible"}"#;
        let text =
            format!("example.org/used v1.0.0 h1:{SUM}\nexample.org/used v1.0.0/go.mod h1:x\n");
        Modules {
            all: stream(printed).unwrap(),
            sums: sums(&text),
            linked: [("example.org/used".to_owned(), Ok(BTreeSet::from(["MIT"])))].into(),
        }
    }

    #[test]
    fn the_bill_has_each_module_with_what_is_known() {
        let components = modules().components().unwrap();
        let lines: Vec<String> = components
            .iter()
            .map(|it| format!("{} {} {}", it.purl, it.licence, it.excluded))
            .collect();
        assert_eq!(
            lines,
            [
                "pkg:golang/example.org/ours Apache-2.0 false",
                "pkg:golang/example.org/used@v1.0.0 MIT false",
                "pkg:golang/example.org/unused@v2.0.0%2Bincompatible  true",
            ]
        );
        assert_eq!(
            components[1].sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert!(modules().missing(&components).unwrap().is_empty());
    }

    #[test]
    fn a_module_that_is_lost_or_has_no_sum_is_noticed() {
        let whole = modules();
        assert_eq!(whole.missing(&[]).unwrap(), ["example.org/used v1.0.0"]);
        let unsummed = Modules {
            sums: Sums::new(),
            ..modules()
        };
        let components = unsummed.components().unwrap();
        assert_eq!(
            unsummed.missing(&components).unwrap(),
            ["example.org/used v1.0.0"]
        );
        let unlisted = Modules {
            all: Vec::new(),
            ..modules()
        };
        assert_eq!(unlisted.missing(&[]).unwrap(), ["example.org/used"]);
    }

    #[test]
    fn an_unknown_or_refused_licence_fails_by_the_modules_name() {
        let mut modules = modules();
        assert_eq!(
            modules.verdict(),
            Verdict::Passed("1 linked modules: 1 MIT".into())
        );
        for (licences, why) in [
            (
                Ok(BTreeSet::from(["MIT", "MPL-2.0"])),
                "MPL-2.0 is not allowed",
            ),
            (
                Err("no licence file in /m".to_owned()),
                "no licence file in /m",
            ),
        ] {
            modules.linked.insert("example.org/used".into(), licences);
            assert_eq!(
                modules.verdict(),
                Verdict::Failed(format!("example.org/used: {why}"))
            );
        }
        assert!(allowed("github.com/hashicorp/golang-lru", "MPL-2.0"));
    }

    #[test]
    fn licences_are_read_down_to_the_linked_packages_and_no_further() {
        let scratch = Scratch::new("licences").unwrap();
        let root = &scratch.0;
        let packages = BTreeSet::from([root.join("a/b")]);
        let write = |file: &str, text: &str| {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("a/b/b.go", "package b");
        assert!(
            licences(root, &packages)
                .unwrap_err()
                .contains("no licence file")
        );
        write("LICENSE", "Licensed under the Apache License, Version 2.0");
        write("c/LICENSE", "GNU GENERAL PUBLIC LICENSE");
        assert_eq!(
            licences(root, &packages).map(|names| joined(&names)),
            Ok("Apache-2.0".into())
        );
        write("a/COPYING", "Mozilla Public License, version 2.0");
        assert_eq!(
            licences(root, &packages).map(|names| joined(&names)),
            Ok("Apache-2.0 AND MPL-2.0".into())
        );
        write("a/b/LICENSE", "Ask me");
        assert!(
            licences(root, &packages)
                .unwrap_err()
                .contains("no licence that is known")
        );
    }

    #[test]
    fn sums_are_32_bytes() {
        assert!(hex("AAAA").is_err() && hex("!").is_err());
        assert_eq!(sums("a v1 h1:x=\na v1/go.mod h1:y=\n\n").len(), 1);
    }

    #[test]
    fn a_replaced_module_is_the_one_that_stands_for_it() {
        let printed =
            r#"{"Path": "a", "Version": "v1", "Replace": {"Path": "b", "Version": "v2"}}"#;
        let module = stream::<Module>(printed).unwrap().remove(0).effective();
        assert_eq!((module.path.as_str(), module.version.as_str()), ("b", "v2"));
    }
}
