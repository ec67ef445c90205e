//! What puts versions in force in a slot.

use crate::books::Version;
use crate::ledger::Contract;
use crate::run::{Kind, Outcome};
use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tenon_follow::{Follower, follow};
use tenon_host::{Engine, Kernel, Slot};
use tenon_registry::{Activation, Collection, Publication, Registry, Trust};

/// What changes versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Through {
    /// The slot's own functions.
    #[default]
    Slot,
    /// The folder of a registry, which the slot follows. It stages nothing, so there are no changes of [`Kind::Flip`] and
    /// [`Kind::Share`].
    Registry,
}

impl Through {
    /// The kinds of change that can be made.
    pub(crate) fn kinds(self) -> &'static [Kind] {
        match self {
            Through::Slot => &Kind::ALL,
            Through::Registry => &[Kind::Swap, Kind::Baseline, Kind::Trap, Kind::Load],
        }
    }

    pub(crate) fn open(
        self,
        engine: &Engine,
        slot: &Arc<Slot<Contract>>,
    ) -> Outcome<Box<dyn Service>> {
        Ok(match self {
            Through::Slot => Box::new(Direct {
                engine: engine.clone(),
                slot: slot.clone(),
                kernels: HashMap::new(),
            }),
            Through::Registry => Box::new(Followed::open(slot)?),
        })
    }
}

/// Puts versions in force in a slot.
pub(crate) trait Service {
    /// Makes a version known before it is served.
    fn load(&mut self, version: &Version, component: &[u8]) -> Outcome<()>;
    /// Puts a version in force, or the baseline, and returns when the version before has no calls any more.
    fn serve(&self, version: &Version) -> Outcome<()>;
    /// Has a version staged, or none.
    fn stage(&self, version: Option<&Version>) -> Outcome<()>;
    /// Takes a version away when it is not served any more.
    fn forget(&mut self, version: &Version) -> Outcome<()>;
}

/// Swaps by itself.
struct Direct {
    engine: Engine,
    slot: Arc<Slot<Contract>>,
    kernels: HashMap<String, Kernel>,
}

impl Service for Direct {
    fn load(&mut self, version: &Version, component: &[u8]) -> Outcome<()> {
        let kernel = self.engine.load(component)?;
        self.kernels.insert(version.digest.clone(), kernel);
        Ok(())
    }

    fn serve(&self, version: &Version) -> Outcome<()> {
        Ok(self.slot.swap(self.kernels.get(&version.digest))?)
    }

    fn stage(&self, version: Option<&Version>) -> Outcome<()> {
        let kernel = version.and_then(|version| self.kernels.get(&version.digest));
        Ok(self.slot.stage(kernel)?)
    }

    fn forget(&mut self, version: &Version) -> Outcome<()> {
        self.kernels.remove(&version.digest);
        Ok(())
    }
}

/// Activates versions in a registry.
struct Followed {
    follower: Follower,
    registry: Registry,
    _folder: tempfile::TempDir,
}

/// How long a change may take to be followed.
const PATIENCE: Duration = Duration::from_secs(60);

impl Followed {
    const CONTRACT: &str = "tenon:ledger";

    fn open(slot: &Arc<Slot<Contract>>) -> Outcome<Followed> {
        let folder = tempfile::tempdir()?;
        let registry = Registry::open(folder.path())?;
        let options = tenon_follow::Options {
            trust: Trust {
                unsigned: true,
                ..Trust::default()
            },
            no_trail: true,
            ..tenon_follow::Options::default()
        };
        let follower = follow::<Contract>(slot.clone(), &registry, options)?;
        Ok(Followed {
            follower,
            registry,
            _folder: folder,
        })
    }
}

impl Service for Followed {
    /// Publishes it: with a label, if it stays.
    fn load(&mut self, version: &Version, component: &[u8]) -> Outcome<()> {
        let label = match version.lasts() {
            true => format!("1.0.{}", version.number),
            false => String::new(),
        };
        let with = Publication {
            label,
            ..Publication::default()
        };
        self.registry.publish(Self::CONTRACT, component, &with)?;
        Ok(())
    }

    fn serve(&self, version: &Version) -> Outcome<()> {
        let name = match version.digest.as_str() {
            "" => "baseline",
            digest => digest,
        };
        self.registry
            .activate(Self::CONTRACT, name, &Activation::default())?;
        let began = Instant::now();
        loop {
            let status = self.follower.status();
            if status.in_step && status.want == version.digest && status.serving == version.digest {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("the slot does not follow: {}", status.message).into());
            }
            thread::sleep(Duration::from_micros(200));
        }
    }

    fn stage(&self, _: Option<&Version>) -> Outcome<()> {
        Ok(())
    }

    /// Removes what has no label; the previous version stays.
    fn forget(&mut self, _: &Version) -> Outcome<()> {
        let now = Collection {
            now: true,
            ..Collection::default()
        };
        self.registry.collect(Self::CONTRACT, &now)?;
        Ok(())
    }
}
