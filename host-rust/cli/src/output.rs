//! Results on standard output.

use crate::failure::{Failure, Result};
use std::io::{ErrorKind, Write};

/// Prints a result. A reader that left early, as `head` does, got all that it wanted.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new("cannot write the result to standard output").found(error))
        }
        _ => Ok(()),
    }
}
