//! Access-log lines, read as the Go service reads them.

/// One line of the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The line without its end.
    pub(crate) line: String,
    /// The user agent; empty where the line has none.
    pub(crate) agent: String,
}

/// Takes lines of any length that end in LF or CRLF, and skips empty ones. A contract's strings are UTF-8, so other
/// bytes become U+FFFD here, one for each run of them.
pub(crate) fn parse(log: &[u8]) -> Vec<Record> {
    log.split(|byte| *byte == b'\n')
        .map(|line| repaired(line).trim_end_matches('\r').to_owned())
        .filter(|line| !line.is_empty())
        .map(|line| Record {
            agent: user_agent(&line),
            line,
        })
        .collect()
}

fn repaired(line: &[u8]) -> String {
    let mut text = String::with_capacity(line.len());
    let mut in_run = false;
    for chunk in line.utf8_chunks() {
        text.push_str(chunk.valid());
        in_run &= chunk.valid().is_empty();
        if !chunk.invalid().is_empty() && !in_run {
            text.push('\u{fffd}');
            in_run = true;
        }
    }
    text
}

/// The last quoted field of a line in the combined log format, unescaped; empty where there is none.
fn user_agent(line: &str) -> String {
    let Some(line) = line.strip_suffix('"') else {
        return String::new();
    };
    let mut end = line.len();
    while let Some(open) = line[..end].rfind('"') {
        if is_escaped(line, open) {
            end = open;
            continue;
        }
        let before = &line[..open];
        // The request is a quoted field too; a line of the common log format has no other.
        if before.starts_with('"') || !before.contains('"') {
            return String::new();
        }
        return unescaped(&line[open + 1..]);
    }
    String::new()
}

/// Whether an odd number of backslashes stands before a position.
fn is_escaped(line: &str, at: usize) -> bool {
    line[..at]
        .bytes()
        .rev()
        .take_while(|byte| *byte == b'\\')
        .count()
        % 2
        == 1
}

fn unescaped(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut rest = field.chars().peekable();
    while let Some(char) = rest.next() {
        let next = (char == '\\')
            .then(|| rest.next_if(|next| matches!(next, '"' | '\\')))
            .flatten();
        text.push(next.unwrap_or(char));
    }
    text
}
