//! Prints the answer to each line of standard input as a line of JSON, so that other
//! implementations can be compared with this one.

use std::io::{BufWriter, Write, stdin, stdout};

fn main() -> std::io::Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    for line in stdin().lines() {
        let answer = tenon_kernel_redact::redact(&line?);
        let findings: Vec<_> = answer
            .findings
            .iter()
            .map(|finding| (finding.kind.name(), finding.start, finding.end))
            .collect();
        writeln!(
            out,
            "{}",
            serde_json::json!({"text": answer.text, "findings": findings})
        )?;
    }
    out.flush()
}
