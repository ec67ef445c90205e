//! Many inputs for one target.

use crate::mutator::Mutator;
use crate::samples::corpus;
use crate::shrink::shrink;
use crate::targets::Target;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

/// What to run, for how long.
pub struct Campaign<'a> {
    /// The target.
    pub target: &'a Target,
    /// What mutants are made of.
    pub mutator: &'a Mutator,
    /// The number of the first mutant; the next ones follow.
    pub seed: u64,
    /// Mutants at least; 0 where only the time counts.
    pub mutants: u64,
    /// Mutants go on for so long.
    pub time: Duration,
    /// The folder for inputs that fail. What runs is kept there too, in case that the whole process ends.
    pub out: PathBuf,
}

/// How many inputs ended how, by the words of the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report(pub BTreeMap<&'static str, u64>);

/// An input that breaks a promise.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The target.
    pub target: &'static str,
    /// Where the input comes from: a mutant's seed, or a file's name.
    pub source: String,
    /// What the target said.
    pub message: String,
    /// The input, as small as it could be made.
    pub input: Vec<u8>,
    /// The file with the input.
    pub file: PathBuf,
}

/// After so long an input counts as one without end, and the process with it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs of the target that making a failing input smaller may take.
const TRIES: usize = 3_000;

impl Campaign<'_> {
    /// Runs the corpus of the target, then mutants on all processors, until the first failure.
    pub fn run(&self) -> Result<Report, Box<Failure>> {
        std::fs::create_dir_all(&self.out).unwrap_or_else(|error| {
            panic!("{} cannot be made: {error}", self.out.display());
        });
        let mut report = Report::default();
        for sample in corpus(self.target.name) {
            self.one(&sample.name, &sample.bytes, &mut report)?;
        }
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let next = AtomicU64::new(0);
        let found = Mutex::new(None);
        let clocks: Vec<Mutex<Option<Instant>>> = (0..workers).map(|_| Mutex::new(None)).collect();
        let ended = AtomicBool::new(false);
        let began = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| self.watch(&clocks, &ended));
            let threads: Vec<_> = clocks
                .iter()
                .enumerate()
                .map(|(number, clock)| {
                    let (next, found) = (&next, &found);
                    scope.spawn(move || {
                        let mut report = Report::default();
                        let running = self.running(number);
                        loop {
                            let index = next.fetch_add(1, Ordering::Relaxed);
                            let over = index >= self.mutants && began.elapsed() >= self.time;
                            if over || locked(found).is_some() {
                                break;
                            }
                            let seed = self.seed.wrapping_add(index);
                            let mutant = self.mutator.mutant(seed);
                            // Not worth a failure: the file only matters if the process ends.
                            let _ = std::fs::write(&running, &mutant);
                            *locked(clock) = Some(Instant::now());
                            let result = self.one(&format!("seed {seed}"), &mutant, &mut report);
                            *locked(clock) = None;
                            if let Err(failure) = result {
                                locked(found).get_or_insert(failure);
                            }
                        }
                        let _ = std::fs::remove_file(&running);
                        report
                    })
                })
                .collect();
            for thread in threads {
                match thread.join() {
                    Ok(part) => report.add(&part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            ended.store(true, Ordering::Relaxed);
        });
        match locked(&found).take() {
            Some(failure) => Err(failure),
            None => Ok(report),
        }
    }

    /// Runs one input; `source` tells where it comes from.
    pub fn one(&self, source: &str, input: &[u8], report: &mut Report) -> Result<(), Box<Failure>> {
        quieten();
        let message = match attempt(self.target, input) {
            Ok(word) => {
                *report.0.entry(word).or_default() += 1;
                return Ok(());
            }
            Err(message) => message,
        };
        // Another failure on the way is as good.
        let small = shrink(input, TRIES, |bytes| attempt(self.target, bytes).is_err());
        let message = attempt(self.target, &small).err().unwrap_or(message);
        let name: String = source
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let file = self.out.join(format!("{}-{name}.bin", self.target.name));
        let written = std::fs::write(&file, &small);
        written.unwrap_or_else(|error| panic!("{} cannot be written: {error}", file.display()));
        Err(Box::new(Failure {
            target: self.target.name,
            source: source.to_owned(),
            message,
            input: small,
            file,
        }))
    }

    fn running(&self, worker: usize) -> PathBuf {
        self.out
            .join(format!("{}-running-{worker}.bin", self.target.name))
    }

    /// Ends the process when an input does not end.
    fn watch(&self, clocks: &[Mutex<Option<Instant>>], ended: &AtomicBool) {
        while !ended.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
            for (worker, clock) in clocks.iter().enumerate() {
                if locked(clock).is_some_and(|began| began.elapsed() > PATIENCE) {
                    let file = self.running(worker);
                    eprintln!("{}: no end: {}", self.target.name, file.display());
                    std::process::abort();
                }
            }
        }
    }
}

impl Report {
    /// All inputs.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Inputs that ended with the word.
    pub fn of(&self, word: &str) -> u64 {
        self.0.get(word).copied().unwrap_or_default()
    }

    fn add(&mut self, other: &Report) {
        for (word, count) in &other.0 {
            *self.0.entry(word).or_default() += count;
        }
    }
}

/// `20000 inputs: 900 answer, 19100 malformed`
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} inputs", self.total())?;
        let mut between = ": ";
        for (word, count) in &self.0 {
            write!(f, "{between}{count} {word}")?;
            between = ", ";
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.target, self.source, self.message)?;
        write!(
            f,
            "\n{} bytes in {}:",
            self.input.len(),
            self.file.display()
        )?;
        let shown = &self.input[..self.input.len().min(200)];
        for line in shown.chunks(20) {
            f.write_str("\n   ")?;
            line.iter().try_for_each(|byte| write!(f, " {byte:02x}"))?;
        }
        let target = self.target;
        write!(
            f,
            "\nrun it again: cargo run --release -p tenon-fuzz -- {target} {}",
            Path::new(&self.file).display()
        )
    }
}

impl std::error::Error for Failure {}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    static IN_TARGET: Cell<bool> = const { Cell::new(false) };
}

/// The word of a target, or what its panic says.
fn attempt(target: &Target, input: &[u8]) -> Result<&'static str, String> {
    let before = IN_TARGET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    IN_TARGET.set(before);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
            .unwrap_or_else(|| "a panic without a message".to_owned())
    })
}

/// Panics in targets are results here; printed thousands of times while an input is made smaller, they would hide it.
fn quieten() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !IN_TARGET.get() {
                loud(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::Sample;

    fn mutator() -> Mutator {
        let text = r#"(component (core module (func) (memory 1)) (type u8))"#;
        Mutator::new(vec![Sample {
            name: String::new(),
            bytes: wat::parse_str(text).expect("WAT"),
        }])
    }

    #[test]
    fn failing_inputs_are_found_made_small_and_written() {
        let target = Target {
            name: "without-ff",
            run: |bytes| {
                assert!(!bytes.contains(&0xff), "there is an ff");
                "fine"
            },
            samples: Vec::new,
        };
        let out = std::env::temp_dir().join(format!("tenon-fuzz-{}", std::process::id()));
        let campaign = Campaign {
            target: &target,
            mutator: &mutator(),
            seed: 1,
            mutants: 10_000,
            time: Duration::ZERO,
            out: out.clone(),
        };
        let failure = campaign.run().expect_err("some mutant has that byte");
        assert_eq!(failure.message, "there is an ff");
        assert_eq!(failure.input, [0xff]);
        assert_eq!(std::fs::read(&failure.file).expect("it is there"), [0xff]);
        assert!(failure.to_string().contains("seed "), "{failure}");
        std::fs::remove_dir_all(&out).expect("the folder is ours");
    }
}
