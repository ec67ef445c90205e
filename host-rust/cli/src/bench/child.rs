//! Runs a program and reads what it prints as it comes.

use super::results::Output;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};

/// The longest line that is read as one.
const LONGEST_LINE: u64 = 64 << 10;

/// How a program ended, and the last that it said on standard error.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) complaints: VecDeque<String>,
}

/// Runs a program to its end, with each line of its standard output handed over.
pub(crate) fn run(
    command: &mut Command,
    mut each: impl FnMut(&str),
    mut complaint: impl FnMut(&str) + Send,
) -> std::io::Result<Ended> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let complaints = std::thread::scope(|scope| {
        let complaints = scope.spawn(move || {
            // What keeps the last lines of one output does so of the other.
            let mut kept = Output::default();
            lines(stderr, |line| {
                complaint(line);
                kept.line(line);
            });
            kept.rest
        });
        lines(stdout, &mut each);
        complaints.join().unwrap_or_default()
    });
    let status = child.wait()?;
    Ok(Ended { status, complaints })
}

/// Reads a pipe to its end, line by line; one that is too long comes in pieces.
fn lines(pipe: Option<impl Read>, mut each: impl FnMut(&str)) {
    let Some(pipe) = pipe else { return };
    let mut reader = BufReader::new(pipe);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let mut line = reader.by_ref().take(LONGEST_LINE);
        match line.read_until(b'\n', &mut bytes) {
            Ok(1..) => each(String::from_utf8_lossy(&bytes).trim_end()),
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_and_endless_ones_in_pieces() {
        let mut text = b"one\r\ntwo\n\xff\n".to_vec();
        text.extend(vec![b'x'; 100_000]);
        let mut seen = Vec::new();
        lines(Some(&text[..]), |line| seen.push(line.to_owned()));
        assert_eq!(seen[..3], ["one", "two", "\u{fffd}"]);
        assert_eq!([seen[3].len(), seen[4].len()], [65_536, 34_464]);
        assert_eq!(seen.len(), 5);
    }
}
