//! One guest, attacked by: loaded, instantiated and called as its entry says, several times.

use crate::entry::{Entry, When};
use crate::memory::Peak;
use crate::target::{ATTACK, Hostile};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tenon_host::contracts::redact;
use tenon_host::{
    CallOptions, Contract, Engine, Fault, FaultKind, Import, Instance, Kernel, LoadOptions,
};

/// What the attacks came to.
#[derive(Default)]
pub(crate) struct Report {
    /// How many ended how: by the kind of fault, or `ok`.
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
    /// What the first fault said.
    pub(crate) message: String,
    pub(crate) backtrace: Vec<String>,
    /// What an attack without a fault answered, as WAVE.
    pub(crate) answer: Option<String>,
    /// Of each attack.
    pub(crate) samples: Vec<Sample>,
    /// What must not be.
    pub(crate) wrong: Vec<String>,
}

/// What one attack took.
pub(crate) struct Sample {
    pub(crate) took: Duration,
    /// Bytes that the process grew by at the highest.
    pub(crate) peak: Option<u64>,
    /// Beats of the heart meanwhile.
    pub(crate) beats: u64,
}

/// A guest, ready to attack.
pub(crate) struct Attacker<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) entry: &'a Entry,
    pub(crate) bytes: Vec<u8>,
    pub(crate) beats: &'a dyn Fn() -> u64,
    pub(crate) report: Report,
}

impl Attacker<'_> {
    /// Attacks so many times.
    pub(crate) fn run(&mut self, runs: u32) {
        match self.entry.when {
            When::Load => {
                for _ in 0..runs {
                    self.measured(|it| it.load().map(drop));
                }
            }
            When::Slot => {
                for _ in 0..runs {
                    self.measured(|it| {
                        let slot = it.engine.slot::<redact::Contract>("hostile");
                        slot.kernel(&it.load()?).build().map(drop)
                    });
                }
            }
            When::Prefixes => self.prefixes(),
            When::Any => self.anything(runs),
            When::Start | When::Call => match self.load() {
                Err(fault) => self.unexpected("it does not load", &fault),
                Ok(kernel) if self.entry.when == When::Start => {
                    for _ in 0..runs {
                        self.measured(|_| kernel.open().map(drop));
                    }
                }
                Ok(kernel) => self.calls(&kernel, runs),
            },
        }
    }

    fn load(&self) -> Result<Kernel, Fault> {
        let poke = Import::world().func("poke", |_, _| Ok(None));
        let options = LoadOptions {
            imports: if self.entry.grant {
                vec![poke]
            } else {
                Vec::new()
            },
            ..LoadOptions::default()
        };
        self.engine.load_with(&self.bytes, &options)
    }

    /// Calls on a slot where the guest has the slot's contract, and by name.
    fn calls(&mut self, kernel: &Kernel, runs: u32) {
        if kernel
            .contract()
            .is_some_and(|it| it.package == Hostile::PACKAGE)
        {
            self.slot_calls(kernel, runs);
            return self.named_call(kernel, false);
        }
        for _ in 0..runs {
            self.named_call(kernel, true);
        }
    }

    /// Calls on a slot of two instances, which has to replace one after each fault.
    fn slot_calls(&mut self, kernel: &Kernel, runs: u32) {
        let slot = self.engine.slot::<Hostile>("hostile").kernel(kernel);
        match slot
            .instances(2)
            .deadline(Some(self.entry.deadline()))
            .build()
        {
            Err(fault) => self.unexpected("no slot takes it", &fault),
            Ok(slot) => {
                let args = &self.entry.args;
                for _ in 0..runs.max(3) {
                    self.measured(|_| slot.call(|k| k.attack(args)));
                }
            }
        }
    }

    /// One call by name, in an instance of its own, which a fault must end.
    fn named_call(&mut self, kernel: &Kernel, measured: bool) {
        let instance = match self.opened(kernel) {
            Ok(instance) => instance,
            Err(fault) => return self.unexpected("it does not open", &fault),
        };
        let entry = self.entry;
        let mut answer = None;
        let mut call = || {
            if entry.args.is_empty() && entry.answer.is_none() {
                return instance.call(ATTACK, &[]).map(drop);
            }
            answer = Some(instance.call_wave(ATTACK, &entry.args)?);
            Ok(())
        };
        let ended = if measured {
            self.measured(|_| call())
        } else {
            let ended = call();
            if !self.report.outcomes.contains_key(word(&ended)) {
                let complaint = format!("the call by name ends otherwise: {ended:?}");
                self.report.wrong.push(complaint);
            }
            word(&ended)
        };
        self.report.answer = answer.or(self.report.answer.take());
        let again = instance.call(ATTACK, &[]).map_err(|fault| fault.kind());
        if ended != word(&Ok(())) && again != Err(FaultKind::Closed) {
            let complaint = format!("an instance lives on after {ended}: {again:?}");
            self.report.wrong.push(complaint);
        }
    }

    /// An instance whose calls have the deadline.
    fn opened(&self, kernel: &Kernel) -> Result<Instance, Fault> {
        let mut instance = kernel.open()?;
        instance.set_limits(&CallOptions {
            deadline: Some(self.entry.deadline()),
            ..CallOptions::default()
        })?;
        Ok(instance)
    }

    /// Loads each beginning of the file; the message tells how all of them ended.
    fn prefixes(&mut self) {
        let whole = std::mem::take(&mut self.bytes);
        let mut kinds = BTreeMap::<_, u64>::new();
        self.measured(|it| {
            let mut first = Ok(());
            for end in 0..whole.len() {
                it.bytes = whole[..end].to_vec();
                let ended = it.load().map(drop);
                *kinds.entry(word(&ended)).or_default() += 1;
                first = first.and(ended);
            }
            first
        });
        let kinds: Vec<String> = kinds
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        self.report.message = kinds.join(", ");
    }

    /// Does with a stranger's file whatever can be done with it.
    fn anything(&mut self, runs: u32) {
        for _ in 0..runs {
            self.measured(|it| {
                let kernel = it.load()?;
                let exports: Vec<String> =
                    kernel.exports().iter().map(ToString::to_string).collect();
                let mut last = kernel.open().map(drop);
                for export in exports {
                    last = it.opened(&kernel)?.call(&export, &[]).map(drop);
                }
                last
            });
        }
    }

    /// One attack, with what it took; tells how it ended.
    fn measured(&mut self, attack: impl FnOnce(&mut Self) -> Result<(), Fault>) -> &'static str {
        let (peak, beats, start) = (Peak::start(), (self.beats)(), Instant::now());
        let ended = attack(self);
        let took = start.elapsed();
        self.report.samples.push(Sample {
            took,
            peak: peak.bytes(),
            beats: (self.beats)() - beats,
        });
        let word = word(&ended);
        *self.report.outcomes.entry(word).or_default() += 1;
        if let Err(fault) = &ended
            && self.report.message.is_empty()
        {
            self.report.message = fault.to_string();
            self.report.backtrace = fault.backtrace().to_vec();
        }
        word
    }

    fn unexpected(&mut self, what: &str, fault: &Fault) {
        self.report.wrong.push(format!("{what}: {fault}"));
    }
}

/// How an attack ended: the word for the fault's kind, or `ok`.
fn word(ended: &Result<(), Fault>) -> &'static str {
    match ended {
        Ok(()) => "ok",
        Err(fault) => fault.kind().as_str(),
    }
}
