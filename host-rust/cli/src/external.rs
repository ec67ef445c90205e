//! Subcommands that are programs of their own, as cargo's and git's are: `tenon hotspots` runs `tenon-hotspots`.

use crate::failure::{Failure, Result};
use std::env;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program of this project in Go, which is a subcommand under its name without `tenon-`.
pub(crate) struct Program {
    name: &'static str,
    /// Its module, to which its import path is the same.
    module: &'static str,
    /// The module's folder in a checkout of this project.
    folder: &'static str,
}

/// `tenon hotspots`.
pub(crate) const HOTSPOTS: Program = Program {
    name: "tenon-hotspots",
    module: "github.com/tenon-dev/tenon/host-go/cmd/tenon-hotspots",
    folder: "host-go/cmd/tenon-hotspots",
};

/// Runs the program in place of this one: where it runs, this process ends with its status.
pub(crate) fn run(program: &Program, args: &[OsString]) -> Result<()> {
    let path = program.find()?;
    let status = Command::new(&path).args(args).status().map_err(|error| {
        Failure::new(format!("{} cannot be run", path.display()))
            .found(error)
            .help(format!("install it anew: {}", program.install()))
    })?;
    // A signal leaves no code.
    std::process::exit(status.code().unwrap_or(1));
}

impl Program {
    /// The executable: beside this one, on the PATH, or built out of the checkout that this command is
    /// from, where the present folder lies in that.
    fn find(&self) -> Result<PathBuf> {
        let file = format!("{}{}", self.name, env::consts::EXE_SUFFIX);
        let beside = env::current_exe()
            .ok()
            .and_then(|path| path.parent().map(Path::to_owned));
        let path = env::var_os("PATH").unwrap_or_default();
        let found = beside
            .into_iter()
            .chain(env::split_paths(&path))
            // An empty entry of the PATH is the present folder, where a stranger may have put anything.
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(&file))
            .find(|path| path.is_file());
        if let Some(path) = found {
            return Ok(path);
        }
        match self.checkout() {
            Some(root) => self.build(&root, &file),
            None => Err(Failure::new(format!("{} is not installed", self.name))
                .found("it is neither beside this command nor on the PATH, and this folder is not in the checkout that it was built in")
                .help(self.install())),
        }
    }

    fn install(&self) -> String {
        format!("go install {}@latest", self.module)
    }

    /// The root of the checkout that this command was built in, if the present folder lies in it. Another's checkout may
    /// hold anything, and what is built of it runs.
    fn checkout(&self) -> Option<PathBuf> {
        let built_in = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let root = built_in.canonicalize().ok()?;
        let present = env::current_dir().ok()?.canonicalize().ok()?;
        (present.starts_with(&root) && root.join(self.folder).join("go.mod").is_file())
            .then_some(root)
    }

    /// Builds the program out of a checkout; Go's cache makes that quick from the second time on.
    fn build(&self, root: &Path, file: &str) -> Result<PathBuf> {
        let target = env::var_os("CARGO_TARGET_DIR")
            .filter(|folder| !folder.is_empty())
            .map_or_else(|| root.join("target"), PathBuf::from);
        let output = std::path::absolute(target)
            .map_err(|error| Failure::new("the target folder has no path").found(error))?
            .join("tenon")
            .join(file);
        let mut go = Command::new("go");
        go.args(["build", "-o"])
            .arg(&output)
            .arg(".")
            .current_dir(root.join(self.folder));
        let failed = || {
            let folder = root.join(self.folder);
            Failure::new(format!("{}: the build failed", folder.display()))
        };
        match go.output() {
            Ok(built) if built.status.success() => Ok(output),
            Ok(built) => Err(failed()
                .found(String::from_utf8_lossy(&built.stderr))
                .help(format!("mend it, or use a release: {}", self.install()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(failed()
                .found("there is no command `go`")
                .help("install Go")),
            Err(error) => Err(failed().found(error).help("see whether `go version` works")),
        }
    }
}
