//! Changes of version under load.

use crate::books::{Books, Generation, Version};
use crate::callers::{Caller, Counts, Load};
use crate::histogram::Histogram;
use crate::ledger::{self, Contract, Native};
use crate::process::Holdings;
use crate::report::{Calls, Figures, Report};
use crate::service::{Service, Through};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tenon_host::{Config, Engine, Slot};

/// Where versions of [`Kind::Trap`] trap: at the multiples of this number.
pub(crate) const TRAP_AT: u32 = 499;

/// How many versions are loaded from the start: sound ones, and such that trap.
const SOUND: u32 = 12;
const TRAPS: u32 = 2;

/// A kind of change of version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Between versions that are loaded.
    Swap,
    /// To a staged version, and then to the one from before, and so on.
    Flip,
    /// The same while the staged version has half of the calls.
    Share,
    /// To the baseline alone, and then to a version again.
    Baseline,
    /// To a version that traps at each multiple of a number, and then to a sound one again.
    Trap,
    /// To a version that is loaded for it; the one before is unloaded.
    Load,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] = [
        Kind::Swap,
        Kind::Flip,
        Kind::Share,
        Kind::Baseline,
        Kind::Trap,
        Kind::Load,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Swap => "swap",
            Kind::Flip => "flip",
            Kind::Share => "share",
            Kind::Baseline => "baseline",
            Kind::Trap => "trap",
            Kind::Load => "load",
        })
    }
}

/// What [`run`] does.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many changes of version there are, over all kinds.
    pub changes: usize,
    /// Threads that call.
    pub callers: usize,
    /// How many changes of a kind are made at a stretch; a stretch as long without any follows, to compare with. Even, so that it
    /// ends in a version as it began.
    pub segment: usize,
    /// How long the callers go on after each change. Zero is the hardest test of what is counted, and says little of times: each
    /// hundredth call is then the first one on its instance.
    pub pause: Duration,
    /// What changes versions.
    pub through: Through,
    /// The engine's. It needs room for eight times as many instances as there are callers.
    pub config: Config,
}

impl Default for Options {
    /// A thousand changes, a pause of 2 ms after each, a thread for each core, two at least.
    fn default() -> Options {
        let callers = thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        Options {
            changes: 1000,
            callers,
            segment: 20,
            pause: Duration::from_millis(2),
            through: Through::default(),
            config: Options::engine(callers),
        }
    }
}

impl Options {
    /// The configuration of an engine that has room for as many callers. Each place for an instance that has been used has
    /// mappings of its own, so there are not many more than needed.
    pub fn engine(callers: usize) -> Config {
        Config {
            max_instances: u32::try_from(8 * callers).unwrap_or(u32::MAX),
            ..Config::default()
        }
    }
}

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// Swaps under load; `component` is the ledger kernel.
///
/// # Errors
///
/// What kept it from working; [`Report::verdict`] is of the calls.
pub fn run(component: &[u8], options: &Options) -> Outcome<Report> {
    let began = Instant::now();
    let engine = Engine::new(&options.config)?;
    let slot = engine
        .slot::<Contract>("ledger")
        .baseline(Native)
        .instances(2 * options.callers)
        .build()?;
    let slot = Arc::new(slot);
    let kinds = options.through.kinds();
    let warm = 4 * kinds.len();
    let books = Books::new(2 * (options.changes + warm) + 1);
    let (stage, done, stop) = (
        AtomicUsize::new(0),
        AtomicU64::new(0),
        AtomicBool::new(false),
    );
    let traces = Mutex::new(Vec::new());
    let load = Load {
        slot: &slot,
        books: &books,
        began,
        stage: &stage,
        done: &done,
        stop: &stop,
        traces: &traces,
    };
    let service = options.through.open(&engine, &slot)?;
    let mut changes = Changes::new(component, &load, service, options.pause)?;
    let mut callers: Vec<Caller> = (0..options.callers).map(Caller::new).collect();

    // Everything once, so that what is left behind is compared with a process that has done it before.
    during(&load, &mut callers, || {
        kinds.iter().try_for_each(|kind| changes.segment(*kind, 4))
    })?;
    changes.forget();
    callers.iter_mut().for_each(Caller::forget);
    let before = Holdings::count();
    during(&load, &mut callers, || {
        let mut left = options.changes;
        for &kind in kinds.iter().cycle() {
            // Loading takes many times as long.
            let stretch = if kind == Kind::Load {
                options.segment.div_ceil(5)
            } else {
                options.segment
            };
            let from = Instant::now();
            changes.segment(kind, stretch.min(left))?;
            left -= stretch.min(left);
            thread::sleep(from.elapsed());
            if left == 0 {
                return Ok(());
            }
        }
        Ok(())
    })?;
    changes.quiet()?;
    let mut counts = Counts::default();
    callers.iter().for_each(|caller| counts += caller.counts);
    let traces = traces
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    Ok(Report {
        counts,
        changes: options.changes,
        callers: options.callers,
        versions: (SOUND + TRAPS) as usize,
        traces,
        kinds: kinds
            .iter()
            .map(|kind| changes.figures(&kind.to_string(), &[*kind], &callers))
            .chain([changes.figures("all", kinds, &callers)])
            .collect(),
        before,
        after: Holdings::count(),
        stats: slot.stats(),
        took: began.elapsed(),
    })
}

/// Does something while the callers call.
fn during(
    load: &Load<'_>,
    callers: &mut [Caller],
    work: impl FnOnce() -> Outcome<()>,
) -> Outcome<()> {
    load.stop.store(false, Ordering::SeqCst);
    load.done
        .store(load.began.elapsed().as_nanos() as u64, Ordering::SeqCst);
    thread::scope(|scope| {
        for caller in callers {
            scope.spawn(|| caller.work(load));
        }
        let outcome = work();
        load.stop.store(true, Ordering::SeqCst);
        outcome
    })
}

/// Who changes versions.
struct Changes<'a> {
    component: &'a [u8],
    service: Box<dyn Service>,
    slot: &'a Slot<Contract>,
    books: &'a Books,
    stage: &'a AtomicUsize,
    pause: Duration,
    sound: Vec<Version>,
    traps: Vec<Version>,
    serving: Version,
    turn: usize,
    made: u32,
    took: Vec<Histogram>,
    flips: Vec<Histogram>,
}

impl<'a> Changes<'a> {
    fn new(
        component: &'a [u8],
        load: &Load<'a>,
        service: Box<dyn Service>,
        pause: Duration,
    ) -> Outcome<Changes<'a>> {
        let mut changes = Changes {
            component,
            service,
            slot: load.slot,
            books: load.books,
            stage: load.stage,
            pause,
            sound: Vec::new(),
            traps: Vec::new(),
            serving: Version::default(),
            turn: 0,
            made: 0,
            took: Vec::new(),
            flips: Vec::new(),
        };
        changes.forget();
        for number in 1..=SOUND {
            let version = changes.make(number, 0)?;
            changes.sound.push(version);
        }
        for number in 1..=TRAPS {
            let version = changes.make(100 + number, TRAP_AT)?;
            changes.traps.push(version);
        }
        Ok(changes)
    }

    fn forget(&mut self) {
        let none = || Kind::ALL.iter().map(|_| Histogram::new()).collect();
        (self.took, self.flips) = (none(), none());
    }

    /// Makes a version and loads it.
    fn make(&mut self, number: u32, trap_at: u32) -> Outcome<Version> {
        let bytes = ledger::version(self.component, number, trap_at)?;
        let digest: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let version = Version {
            number,
            trap_at,
            digest,
        };
        self.service.load(&version, &bytes)?;
        Ok(version)
    }

    /// Makes `n` changes of a kind while the callers' latencies are booked under it.
    fn segment(&mut self, kind: Kind, n: usize) -> Outcome<()> {
        let mut beside = None;
        if matches!(kind, Kind::Flip | Kind::Share) {
            let version = self.other();
            self.service.stage(Some(&version))?;
            beside = Some(version);
        }
        self.stage.store(2 * kind as usize + 1, Ordering::SeqCst);
        let outcome = (0..n).try_for_each(|_| {
            match &mut beside {
                Some(beside) => self.promote(kind, beside)?,
                None => self.one(kind)?,
            }
            thread::sleep(self.pause);
            Ok(())
        });
        self.stage.store(2 * kind as usize, Ordering::SeqCst);
        outcome.and_then(|()| self.service.stage(None))
    }

    /// Makes a change and books it.
    fn change(
        &mut self,
        kind: Kind,
        next: Generation,
        make: impl FnOnce(&Self) -> Outcome<()>,
    ) -> Outcome<Version> {
        let version = next.version.clone();
        self.books.announce(next);
        let from = Instant::now();
        make(self)?;
        self.books.settle();
        self.took[kind as usize].add(from.elapsed().as_nanos() as u64);
        self.flips[kind as usize].add(self.slot.stats().last_flip.as_nanos() as u64);
        Ok(std::mem::replace(&mut self.serving, version))
    }

    /// Makes one change of a kind.
    fn one(&mut self, kind: Kind) -> Outcome<()> {
        let next = match kind {
            Kind::Baseline if self.serving != Version::default() => Version::default(),
            Kind::Trap if self.serving.trap_at == 0 => {
                self.turn += 1;
                self.traps[self.turn % self.traps.len()].clone()
            }
            Kind::Load => {
                self.made += 1;
                self.make(Version::LASTING + self.made, 0)?
            }
            _ => self.other(),
        };
        let generation = Generation {
            version: next.clone(),
            beside: None,
        };
        let before = self.change(kind, generation, |it| it.service.serve(&next))?;
        self.unload(&before)
    }

    /// Makes one change of [`Kind::Flip`] or [`Kind::Share`]; `beside` is the staged version, before and after it.
    fn promote(&mut self, kind: Kind, beside: &mut Version) -> Outcome<()> {
        if kind == Kind::Share {
            self.books.announce(Generation {
                version: self.serving.clone(),
                beside: Some(beside.clone()),
            });
            self.slot.divide(0.5)?;
            self.books.settle();
        }
        let generation = Generation {
            version: beside.clone(),
            beside: None,
        };
        *beside = self.change(kind, generation, |it| Ok(it.slot.promote()?))?;
        Ok(())
    }

    /// The next sound version, by turns.
    fn other(&mut self) -> Version {
        loop {
            self.turn += 1;
            let version = &self.sound[self.turn % self.sound.len()];
            if *version != self.serving {
                return version.clone();
            }
        }
    }

    fn unload(&mut self, version: &Version) -> Outcome<()> {
        match version.lasts() {
            true => Ok(()),
            false => self.service.forget(version),
        }
    }

    /// Puts a version of the first ones in force, so that before and after can be compared.
    fn quiet(&mut self) -> Outcome<()> {
        self.service.serve(&self.sound[0])?;
        let before = std::mem::replace(&mut self.serving, self.sound[0].clone());
        if before == self.serving {
            return Ok(());
        }
        self.unload(&before)
    }

    /// What changes of some kinds took and cost.
    fn figures(&self, name: &str, kinds: &[Kind], callers: &[Caller]) -> Figures {
        let of = |all: &[Histogram], stages: &dyn Fn(Kind) -> usize| {
            let mut sum = Histogram::new();
            kinds.iter().for_each(|kind| sum.merge(&all[stages(*kind)]));
            sum
        };
        let took = of(&self.took, &|kind| kind as usize);
        let calls = |during: usize| {
            let stage = |kind: Kind| 2 * kind as usize + during;
            let (mut took, mut gaps) = (Histogram::new(), Histogram::new());
            for caller in callers {
                took.merge(&of(&caller.took, &stage));
                gaps.merge(&of(&caller.gaps, &stage));
            }
            Calls {
                calls: took.n,
                median: took.quantile(0.5),
                p99: took.quantile(0.99),
                p999: took.quantile(0.999),
                gap: gaps.longest(),
            }
        };
        Figures {
            kind: name.to_owned(),
            changes: took.n,
            median: took.quantile(0.5),
            longest: took.longest(),
            flip: of(&self.flips, &|kind| kind as usize).quantile(0.99),
            steady: calls(0),
            during: calls(1),
        }
    }
}
