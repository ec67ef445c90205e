//! The access-log service on the Rust host: the same kernels, the same answers as `host-go/examples/accesslog`.
//!
//! ```text
//! accesslog --records FILE --answers FILE --useragent COMPONENT --redact COMPONENT [--workers N]
//! ```
//!
//! Reads access-log lines, parses their user agents and masks personal data, all lines in parallel through two slots,
//! and writes one JSON line a record. Prints one line of JSON with what it took.

mod answer;
mod log;

use answer::Answer;
use log::Record;
use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;
use tenon_host::contracts::{redact, useragent};
use tenon_host::{Config, Engine, Fault, Slot};

/// Records that are answered before the clock starts: whatever the first calls cost is not a record's price.
const WARM_UP: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::read()?;
    let records = log::parse(&fs::read(&args.records)?);
    let engine = Engine::new(&Config::default())?;
    let service = Service {
        agents: engine
            .slot("useragent")
            .kernel(&engine.load_file(&args.useragent)?)
            .instances(args.workers)
            .build()?,
        texts: engine
            .slot("redact")
            .kernel(&engine.load_file(&args.redact)?)
            .instances(args.workers)
            .build()?,
    };
    service.answer_all(&records[..records.len().min(WARM_UP)], args.workers)?;
    let start = Instant::now();
    let (answers, mut times) = service.answer_all(&records, args.workers)?;
    let seconds = start.elapsed().as_secs_f64();

    let mut out = BufWriter::new(fs::File::create(&args.answers)?);
    for (index, answer) in answers.iter().enumerate() {
        out.write_all(answer.line(index + 1)?.as_bytes())?;
    }
    out.flush()?;
    times.sort_unstable();
    let stats = serde_json::json!({
        "records": records.len(),
        "seconds": seconds,
        "p50_ns": quantile(&times, 50),
        "p99_ns": quantile(&times, 99),
        "rss_bytes": resident_bytes(),
    });
    println!("{stats}");
    Ok(())
}

struct Service {
    agents: Slot<useragent::Contract>,
    texts: Slot<redact::Contract>,
}

impl Service {
    fn answer(&self, record: &Record) -> Result<Answer, Fault> {
        Ok(Answer {
            agent: self.agents.call(|k| k.parse(&record.agent))?,
            redaction: self.texts.call(|k| k.redact(&record.line))?,
        })
    }

    /// The answers in the order of their records, and the nanoseconds that each took.
    fn answer_all(
        &self,
        records: &[Record],
        workers: usize,
    ) -> Result<(Vec<Answer>, Vec<u64>), Fault> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while let index = next.fetch_add(1, Ordering::Relaxed)
                && let Some(record) = records.get(index)
            {
                let start = Instant::now();
                let answer = self.answer(record)?;
                done.push((
                    index,
                    answer,
                    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX),
                ));
            }
            Ok::<_, Fault>(done)
        };
        let mut done = thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            let mut all = Vec::with_capacity(records.len());
            for worker in workers {
                all.extend(
                    worker
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?,
                );
            }
            Ok::<_, Fault>(all)
        })?;
        done.sort_unstable_by_key(|(index, ..)| *index);
        Ok(done
            .into_iter()
            .map(|(_, answer, nanoseconds)| (answer, nanoseconds))
            .unzip())
    }
}

fn quantile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or(0)
}

/// The process's resident set, where the system tells; else `None`.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let size = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    size.trim()
        .strip_suffix(" kB")?
        .parse::<u64>()
        .ok()
        .map(|kilobytes| kilobytes * 1024)
}

struct Args {
    records: String,
    answers: String,
    useragent: String,
    redact: String,
    workers: usize,
}

impl Args {
    fn read() -> Result<Args, Box<dyn Error>> {
        let mut given = HashMap::new();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words
                .next()
                .ok_or_else(|| format!("{word} needs a value"))?;
            given.insert(word, value);
        }
        let mut take = |name: &str| {
            given
                .remove(name)
                .ok_or_else(|| format!("{name} is missing"))
        };
        let workers = take("--workers")
            .ok()
            .map_or_else(|| Ok(thread::available_parallelism()?.get()), |n| parse(&n))?;
        let args = Args {
            records: take("--records")?,
            answers: take("--answers")?,
            useragent: take("--useragent")?,
            redact: take("--redact")?,
            workers,
        };
        match given.keys().next() {
            Some(name) => Err(format!("{name} is not known").into()),
            None => Ok(args),
        }
    }
}

fn parse(workers: &str) -> Result<usize, Box<dyn Error>> {
    match workers.parse() {
        Ok(count @ 1..) => Ok(count),
        _ => Err(format!("--workers {workers}: give a number from 1").into()),
    }
}
