//! Other programs: started, watched line by line, and blamed by name when they fail.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};

/// Which of a program's two outputs a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A program about to run. Standard input is empty unless [`Program::inherit`] runs it.
pub(crate) struct Program {
    command: Command,
    shown: String,
}

impl Program {
    /// A program found on the path.
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        let shown = Path::new(name.as_ref())
            .file_stem()
            .unwrap_or(name.as_ref())
            .to_string_lossy()
            .into_owned();
        Self {
            command: Command::new(name),
            shown,
        }
    }

    /// The cargo that runs this task.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Adds arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        for arg in args {
            self.shown += " ";
            self.shown += &arg.as_ref().to_string_lossy();
            self.command.arg(arg);
        }
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the working folder.
    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// The command line, for messages.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Runs it on this process's own terminal. A status other than 0 is an error.
    pub(crate) fn inherit(mut self) -> Result<()> {
        let status = self.command.status().with_context(|| self.no_start())?;
        self.expect_success(status)
    }

    /// Runs it and returns its standard output. Standard error goes into the error where it fails.
    pub(crate) fn output(mut self) -> Result<String> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .with_context(|| self.no_start())?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            bail!(
                "`{}` failed ({}):\n{}",
                self.shown,
                output.status,
                stderr.trim_end()
            );
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` printed bytes that are not UTF-8", self.shown))
    }

    /// Whether it starts and ends well; its output is dropped.
    pub(crate) fn succeeds(mut self) -> bool {
        let status = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    }

    /// Runs it and hands over each line of its two outputs as it comes, without the line's end.
    /// The order holds within one output only.
    pub(crate) fn lines(mut self, mut each: impl FnMut(Stream, &str)) -> Result<ExitStatus> {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().with_context(|| self.no_start())?;
        let (sender, receiver) = mpsc::channel();
        let out = child
            .stdout
            .take()
            .map(|pipe| forward(pipe, Stream::Out, sender.clone()));
        let err = child
            .stderr
            .take()
            .map(|pipe| forward(pipe, Stream::Err, sender));
        for (stream, line) in receiver {
            each(stream, &line);
        }
        for reader in [out, err].into_iter().flatten() {
            // A reader cannot panic; a lost one would only shorten what is shown.
            let _ = reader.join();
        }
        child
            .wait()
            .with_context(|| format!("`{}` could not be waited for", self.shown))
    }

    fn no_start(&self) -> String {
        format!(
            "`{}` could not be started; is it installed and on PATH?",
            self.shown
        )
    }

    fn expect_success(&self, status: ExitStatus) -> Result<()> {
        if !status.success() {
            bail!("`{}` failed ({status})", self.shown);
        }
        Ok(())
    }
}

fn forward(
    pipe: impl Read + Send + 'static,
    stream: Stream,
    sender: mpsc::Sender<(Stream, String)>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while matches!(reader.read_until(b'\n', &mut bytes), Ok(n) if n > 0) {
            let line = String::from_utf8_lossy(&bytes);
            if sender
                .send((stream, line.trim_end_matches(['\n', '\r']).to_owned()))
                .is_err()
            {
                return;
            }
            bytes.clear();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_from_both_outputs_and_the_status_is_told() {
        let mut seen = Vec::new();
        let program = Program::cargo().args(["no-such-subcommand-of-cargo"]);
        let status = program
            .lines(|stream, line| seen.push((stream, line.to_owned())))
            .unwrap();
        assert!(!status.success());
        assert!(seen.iter().any(|(stream, line)| *stream == Stream::Err && line.contains("no-such-subcommand")));
    }

    #[test]
    fn a_failure_names_the_command_and_its_complaint() {
        let error = Program::cargo()
            .args(["no-such-subcommand-of-cargo"])
            .output()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("cargo no-such-subcommand-of-cargo"),
            "{error}"
        );
        let error = Program::new("no-such-program-anywhere")
            .output()
            .unwrap_err();
        assert!(format!("{error:#}").contains("on PATH"), "{error:#}");
    }

    #[test]
    fn output_is_standard_output_only() {
        assert!(
            Program::cargo()
                .args(["--version"])
                .output()
                .unwrap()
                .starts_with("cargo ")
        );
        assert!(Program::cargo().args(["--version"]).succeeds());
        assert!(!Program::new("no-such-program-anywhere").succeeds());
    }
}
