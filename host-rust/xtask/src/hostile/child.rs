//! A process for what may kill it: under a limit of memory, and ended when it takes too long.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Kilobytes of data that the process may have: what a host promises is far below it.
const DATA: &str = "2097152";

/// How long a process may take, with no attack and for each of them. What hangs is found by it.
const PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE_EACH: Duration = Duration::from_secs(3);

/// How often is looked whether it has ended.
const POLL: Duration = Duration::from_millis(2);

/// A process about to run.
pub(super) struct Child {
    command: Command,
    patience: Duration,
}

impl Child {
    pub(super) fn new(program: &Path) -> Self {
        // The shell sets the limit and becomes the program.
        let mut command = Command::new("sh");
        let script = r#"ulimit -d "$1" || exit 125; shift; exec "$0" "$@""#;
        command.arg("-c").arg(script).arg(program).arg(DATA);
        Self {
            command,
            patience: PATIENCE,
        }
    }

    pub(super) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// How often it attacks.
    pub(super) fn runs(mut self, runs: u32) -> Self {
        self.patience = PATIENCE + PATIENCE_EACH * runs;
        self
    }

    /// Its standard output; an error when it fails.
    pub(super) fn run(self) -> Result<String> {
        let (status, out, err) = self.ended()?;
        if !status.success() {
            bail!("it ended with {status}: {}", first_lines(&err));
        }
        Ok(out)
    }

    /// Its status and outputs; an error when it does not end.
    pub(super) fn ended(mut self) -> Result<(ExitStatus, String, String)> {
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("`sh` could not be started")?;
        let out = child.stdout.take().map(collect);
        let err = child.stderr.take().map(collect);
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if start.elapsed() > self.patience {
                // One that has just ended needs no signal.
                let _ = child.kill();
                child.wait()?;
                bail!("it hung: nothing for {:?}", self.patience);
            }
            thread::sleep(POLL);
        };
        let text = |pipe: Option<thread::JoinHandle<String>>| {
            pipe.and_then(|pipe| pipe.join().ok()).unwrap_or_default()
        };
        Ok((status, text(out), text(err)))
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is what there is.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The first lines of what a process says when it dies.
pub(super) fn first_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    lines[..lines.len().min(3)].join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Child {
        Child::new(Path::new("/bin/sh")).arg("-c").arg(script)
    }

    #[test]
    fn output_status_and_complaint_are_told() {
        assert_eq!(shell("echo fine").run().unwrap(), "fine\n");
        let error = shell("echo bad >&2; exit 3").run().unwrap_err().to_string();
        assert!(error.contains('3') && error.contains("bad"), "{error}");
        assert!(
            shell("kill -9 $$")
                .run()
                .unwrap_err()
                .to_string()
                .contains('9')
        );
    }

    #[test]
    fn the_limit_of_memory_holds() {
        assert_eq!(shell("ulimit -d").run().unwrap().trim(), DATA);
    }

    #[test]
    fn what_hangs_is_ended() {
        let mut child = shell("sleep 60");
        child.patience = Duration::from_millis(50);
        let error = child.run().unwrap_err().to_string();
        assert!(error.contains("it hung"), "{error}");
    }
}
