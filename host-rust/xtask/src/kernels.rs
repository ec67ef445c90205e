//! The kernels of the workspace and the components that are committed of them, as their manifests say.
//!
//! A kernel is a member of the workspace whose `[package.metadata.tenon]` names the Go package that embeds it. It is built
//! once, as its own version, or once for each of its `builds`:
//!
//! ```toml
//! [package.metadata.tenon]
//! go = "../../host-go/kernels/redact"
//! builds = [{ label = "1.0.0" }, { label = "1.1.0", features = ["url"] }]
//! ```

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::path::{Component, Path, PathBuf};

use crate::process::Program;
use crate::repo::Repo;

/// A kernel whose components are committed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kernel {
    /// The crate's name.
    pub(crate) package: String,
    /// The crate's folder, from the top of the checkout.
    pub(crate) krate: String,
    /// The folder of the Go package, from the top of the checkout.
    pub(crate) go: String,
    /// What is built of it; the typed client is generated from the first.
    pub(crate) builds: Vec<Build>,
}

/// A component of a kernel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Build {
    /// The component, from the top of the checkout.
    pub(crate) file: String,
    /// The version's label.
    pub(crate) label: String,
    /// The crate's features that are on.
    pub(crate) features: Vec<String>,
}

/// `cargo metadata`, as far as it matters here.
#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    tenon: Option<Settings>,
}

/// The keys of `[package.metadata.tenon]` that say what is committed; `tenon build` reads the others.
#[derive(Deserialize)]
struct Settings {
    go: Option<String>,
    #[serde(default)]
    builds: Vec<BuildSettings>,
}

#[derive(Deserialize)]
struct BuildSettings {
    label: String,
    #[serde(default)]
    features: Vec<String>,
    file: Option<String>,
}

/// The kernels of the checkout, by the order of their folders.
pub(crate) fn kernels(repo: &Repo) -> Result<Vec<Kernel>> {
    let printed = Program::cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .dir(&repo.root)
        .output()?;
    let workspace: Workspace = serde_json::from_str(&printed)
        .context("a Cargo.toml has a wrong [package.metadata.tenon]")?;
    let mut kernels = Vec::new();
    for package in workspace.packages {
        if let Some(kernel) = kernel(&repo.root, package)? {
            kernels.push(kernel);
        }
    }
    kernels.sort_by(|a, b| a.krate.cmp(&b.krate));
    Ok(kernels)
}

/// What a package says about itself; `None` for one of which nothing is committed.
fn kernel(root: &Path, package: Package) -> Result<Option<Kernel>> {
    let Package {
        name,
        version,
        manifest_path,
        metadata,
    } = package;
    let Some(Settings {
        go: Some(go),
        builds,
    }) = metadata.and_then(|metadata| metadata.tenon)
    else {
        return Ok(None);
    };
    let folder = manifest_path.parent().unwrap_or(&manifest_path);
    let krate = from_top(root, folder)
        .with_context(|| format!("{} lies outside of the checkout", folder.display()))?;
    let go = from_top(root, &folder.join(&go))
        .with_context(|| format!("{krate}: `go` names {go}, which lies outside of the checkout"))?;
    let short = name.strip_prefix("tenon-kernel-").unwrap_or(&name);
    let build = |settings: BuildSettings| {
        let file = settings
            .file
            .unwrap_or_else(|| format!("{short}-{}.wasm", settings.label));
        Build {
            file: format!("{go}/{file}"),
            label: settings.label,
            features: settings.features,
        }
    };
    let builds: Vec<Build> = if builds.is_empty() {
        let only = BuildSettings {
            label: version,
            features: Vec::new(),
            file: None,
        };
        vec![build(only)]
    } else {
        builds.into_iter().map(build).collect()
    };
    for (number, one) in builds.iter().enumerate() {
        let earlier = &builds[..number];
        ensure!(
            earlier.iter().all(|other| other.file != one.file),
            "{krate}: two `builds` make {}",
            one.file
        );
    }
    Ok(Some(Kernel {
        package: name,
        krate,
        go,
        builds,
    }))
}

/// A path from the top of the checkout, with forward slashes; `None` if it leads out of there.
fn from_top(root: &Path, path: &Path) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.strip_prefix(root).ok()?.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::ParentDir => drop(parts.pop()?),
            _ => {}
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tenon: &str) -> Result<Option<Kernel>> {
        let package = format!(
            r#"{{"name": "tenon-kernel-count", "version": "2.0.1", "manifest_path": "/top/kernels/count/Cargo.toml",
                "metadata": {tenon}}}"#
        );
        kernel(Path::new("/top"), serde_json::from_str(&package)?)
    }

    #[test]
    fn a_kernel_without_builds_is_built_once_as_its_own_version() {
        let count = read(r#"{"tenon": {"go": "../../go/count", "world": "x:y/z@1.0.0"}}"#);
        let count = count.unwrap().unwrap();
        assert_eq!((&*count.krate, &*count.go), ("kernels/count", "go/count"));
        let only = Build {
            file: "go/count/count-2.0.1.wasm".to_owned(),
            label: "2.0.1".to_owned(),
            features: Vec::new(),
        };
        assert_eq!(count.builds, [only]);
    }

    #[test]
    fn builds_differ_by_features_and_by_files() {
        let two = r#"{"tenon": {"go": "go", "builds": [{"label": "1.0.0", "file": "plain.wasm"},
            {"label": "1.1.0", "features": ["url"]}]}}"#;
        let count = read(two).unwrap().unwrap();
        let files: Vec<&str> = count.builds.iter().map(|build| &*build.file).collect();
        assert_eq!(
            files,
            [
                "kernels/count/go/plain.wasm",
                "kernels/count/go/count-1.1.0.wasm"
            ]
        );
        assert_eq!(count.builds[1].features, ["url"]);

        let same = r#"{"tenon": {"go": "go", "builds": [{"label": "1.0.0"}, {"label": "1.0.0"}]}}"#;
        let error = read(same).unwrap_err().to_string();
        assert!(error.contains("two `builds` make"), "{error}");
    }

    #[test]
    fn what_names_no_go_package_is_no_kernel_of_this_kind() {
        for metadata in ["null", "{}", r#"{"tenon": {"stack-size": 16}}"#] {
            assert_eq!(read(metadata).unwrap(), None, "{metadata}");
        }
    }

    #[test]
    fn a_go_package_outside_of_the_checkout_is_refused() {
        let error = read(r#"{"tenon": {"go": "../../../elsewhere"}}"#).unwrap_err();
        assert!(error.to_string().contains("elsewhere"), "{error}");
    }
}
