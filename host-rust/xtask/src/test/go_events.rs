//! The event stream of `go test -json`: counts, and what a reader must see of the output.

use std::collections::HashMap;

use serde_json::Value;

use crate::tally::Tally;

/// How a line begins that shows a skipped test.
pub(super) const SKIP: &str = "skip ";

/// What has been read of the stream so far.
#[derive(Default)]
pub(super) struct Events {
    tally: Tally,
    /// The output of each test and package that has not ended, by package and test.
    output: HashMap<(String, String), Vec<String>>,
    /// Tests that failed, by package: a failed package without one failed on its own.
    failed: HashMap<String, u64>,
}

impl Events {
    /// Takes one line of the stream and shows what it tells.
    pub(super) fn line(&mut self, line: &str, show: &mut dyn FnMut(&str)) {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            show(line);
            return;
        };
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let (package, test) = (text("Package"), text("Test"));
        match event["Action"].as_str().unwrap_or_default() {
            "build-output" => show(text("Output").trim_end()),
            "output" => {
                let lines = self.output.entry((package, test)).or_default();
                lines.push(text("Output").trim_end_matches('\n').to_owned());
            }
            action @ ("pass" | "fail" | "skip") => {
                let seconds = event["Elapsed"].as_f64().unwrap_or_default();
                self.ended(&package, &test, action, seconds, show);
            }
            _ => {}
        }
    }

    fn ended(
        &mut self,
        package: &str,
        test: &str,
        action: &str,
        seconds: f64,
        show: &mut dyn FnMut(&str),
    ) {
        let output = self
            .output
            .remove(&(package.to_owned(), test.to_owned()))
            .unwrap_or_default();
        if test.is_empty() {
            self.package_ended(package, action, seconds, &output, show);
            return;
        }
        match action {
            "pass" => self.tally.passed += 1,
            "fail" => {
                self.tally.failed += 1;
                *self.failed.entry(package.to_owned()).or_default() += 1;
                show(&format!("FAIL {package} {test}"));
                output.iter().for_each(|line| show(line));
            }
            _ => {
                self.tally.skipped += 1;
                show(&format!("{SKIP}{package} {test}: {}", reason(&output)));
            }
        }
    }

    fn package_ended(
        &mut self,
        package: &str,
        action: &str,
        seconds: f64,
        output: &[String],
        show: &mut dyn FnMut(&str),
    ) {
        match action {
            "pass" => show(&format!("ok   {package} {seconds:.1}s")),
            "fail" => {
                if !self.failed.contains_key(package) {
                    // It did not compile, or died outside a test: that counts as one failure.
                    self.tally.failed += 1;
                }
                self.show_unended(package, show);
                show(&format!("FAIL {package} {seconds:.1}s"));
                output.iter().for_each(|line| show(line));
            }
            _ => {}
        }
    }

    /// Shows the tests in which a package died: the stream has no end of theirs.
    fn show_unended(&mut self, package: &str, show: &mut dyn FnMut(&str)) {
        let mut died: Vec<_> = self.output.extract_if(|(of, _), _| of == package).collect();
        died.sort();
        for ((_, test), output) in died {
            show(&format!("DIED {package} {test}"));
            output.iter().for_each(|line| show(line));
        }
    }

    /// The tests counted so far, subtests included.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }
}

/// What a skipped test said, as in `    data_test.go:12: TENON_DATA is not set`.
fn reason(output: &[String]) -> String {
    let said = |line: &&String| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with("=== ") && !line.starts_with("--- ")
    };
    output
        .iter()
        .find(said)
        .map_or("no reason given", |line| line.trim())
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> (Tally, String) {
        let mut events = Events::default();
        let mut shown = String::new();
        for line in lines {
            events.line(line, &mut |line| shown = format!("{shown}{line}\n"));
        }
        (events.tally(), shown)
    }

    #[test]
    fn a_failed_test_is_counted_once_and_its_output_shown() {
        let (tally, shown) = read(&[
            r#"{"Action":"run","Package":"p","Test":"TestA"}"#,
            r#"{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: wrong\n"}"#,
            r#"{"Action":"output","Package":"p","Test":"TestB","Output":"quiet\n"}"#,
            r#"{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0.1}"#,
            r#"{"Action":"pass","Package":"p","Test":"TestB","Elapsed":0.1}"#,
            r#"{"Action":"fail","Package":"p","Elapsed":0.2}"#,
        ]);
        assert_eq!(
            tally,
            Tally {
                passed: 1,
                failed: 1,
                skipped: 0
            }
        );
        assert!(
            shown.contains("a_test.go:3: wrong") && !shown.contains("quiet"),
            "{shown}"
        );
    }

    #[test]
    fn a_package_that_dies_shows_the_test_it_died_in() {
        let (tally, shown) = read(&[
            r#"{"Action":"run","Package":"p","Test":"ExampleD"}"#,
            r#"{"Action":"output","Package":"p","Test":"ExampleD","Output":"log.Fatal said this\n"}"#,
            r#"{"Action":"output","Package":"q","Test":"TestE","Output":"goes on\n"}"#,
            r#"{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}"#,
            r#"{"Action":"fail","Package":"p","Elapsed":0.1}"#,
        ]);
        assert_eq!(tally, Tally::FAILED);
        assert_eq!(
            shown,
            "DIED p ExampleD\nlog.Fatal said this\nFAIL p 0.1s\nFAIL\tp\t0.1s\n"
        );
    }

    #[test]
    fn a_package_that_does_not_build_is_one_failure() {
        let (tally, shown) = read(&[
            r#"{"ImportPath":"p [p.test]","Action":"build-output","Output":"a_test.go:9:2: undefined: x\n"}"#,
            r#"{"ImportPath":"p [p.test]","Action":"build-fail"}"#,
            r#"{"Action":"fail","Package":"p","Elapsed":0,"FailedBuild":"p [p.test]"}"#,
        ]);
        assert_eq!(tally, Tally::FAILED);
        assert!(shown.contains("undefined: x"), "{shown}");
    }

    #[test]
    fn a_skip_tells_its_reason() {
        let (tally, shown) = read(&[
            r#"{"Action":"output","Package":"p","Test":"TestC","Output":"=== RUN   TestC\n"}"#,
            r#"{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:12: TENON_DATA is not set\n"}"#,
            r#"{"Action":"output","Package":"p","Test":"TestC","Output":"--- SKIP: TestC (0.00s)\n"}"#,
            r#"{"Action":"skip","Package":"p","Test":"TestC","Elapsed":0}"#,
            r#"{"Action":"skip","Package":"no/tests","Elapsed":0}"#,
        ]);
        assert_eq!(tally, Tally::SKIPPED);
        assert!(
            shown.contains("TestC: c_test.go:12: TENON_DATA is not set"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_no_event_is_shown_as_it_is() {
        assert_eq!(
            read(&["go: downloading x"]),
            (Tally::default(), "go: downloading x\n".to_owned())
        );
    }
}
