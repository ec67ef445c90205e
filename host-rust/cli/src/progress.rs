//! Progress on standard error: a spinner on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// Says what is being done; gone without a trace on a terminal when it is dropped.
pub(crate) struct Progress {
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// Starts to report; `quiet` reports nothing at all.
    pub(crate) fn start(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            let plain = ProgressBar::hidden();
            return Progress {
                spinner: quiet.then_some(plain),
            };
        }
        let spinner = ProgressBar::new_spinner();
        // A template without fields cannot be wrong; the default style is as good otherwise.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {wide_msg:.dim}") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(100));
        Progress {
            spinner: Some(spinner),
        }
    }

    /// A new step, such as `building scalar`.
    pub(crate) fn step(&self, step: &str) {
        match &self.spinner {
            Some(spinner) => {
                spinner.set_prefix(step.to_owned());
                spinner.set_message("");
            }
            None => eprintln!("tenon: {step}"),
        }
    }

    /// What the step is at; only a spinner shows it.
    pub(crate) fn detail(&self, detail: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(detail.to_owned());
        }
    }

    /// Prints a line that stays, such as a compiler's warning.
    pub(crate) fn line(&self, line: &str) {
        match &self.spinner {
            Some(spinner) => spinner.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}
