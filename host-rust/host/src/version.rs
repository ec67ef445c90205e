//! A kernel made ready for a contract: checked against it, its instances built and warmed.

use crate::contract::Contract;
use crate::fault::{Fault, FaultKind};
use crate::guest::Guest;
use crate::kernel::Kernel;
use crate::limits::Limits;
use crate::stats::Tally;
use std::sync::Arc;
use std::thread;

/// A kernel that has passed a contract's check.
pub(crate) struct Version<C: Contract> {
    kernel: Kernel,
    indices: C::Indices,
    /// What bounds the calls of its instances.
    limits: Limits,
    tally: Arc<Tally>,
}

impl<C: Contract> Version<C> {
    /// Checks a kernel's package and functions. Their types are checked by every [`build`](Version::build).
    pub(crate) fn new(kernel: &Kernel, tally: Tally, limits: Limits) -> Result<Version<C>, Fault> {
        check_package::<C>(kernel)?;
        let indices = C::find(kernel.pre()).map_err(|error| mismatch::<C>(kernel, &error))?;
        Ok(Version {
            kernel: kernel.clone(),
            indices,
            limits,
            tally: Arc::new(tally),
        })
    }

    pub(crate) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// One instance, bound and warmed, under the limits of its slot.
    pub(crate) fn build(&self) -> Result<Guest<C::Bindings>, Fault> {
        let guest = Guest::new(&self.kernel, Some(self.tally.clone()), |store, instance| {
            C::bind(&self.indices, store, instance)
                .map_err(|error| mismatch::<C>(&self.kernel, &error))
        })?;
        guest.warm()?;
        guest.set_limits(self.limits.clone());
        Ok(guest)
    }

    /// Several instances, as many at a time as the machine has processors.
    pub(crate) fn build_many(&self, count: usize) -> Result<Vec<Guest<C::Bindings>>, Fault> {
        let width = thread::available_parallelism().map_or(1, usize::from);
        let mut guests = Vec::with_capacity(count);
        while guests.len() < count {
            let batch = width.min(count - guests.len());
            let made = thread::scope(|scope| {
                let others: Vec<_> = (1..batch).map(|_| scope.spawn(|| self.build())).collect();
                let first = self.build();
                let others = others.into_iter().map(|other| {
                    other.join().unwrap_or_else(|_| {
                        Err(Fault::new(
                            FaultKind::Internal,
                            "making an instance panicked",
                        ))
                    })
                });
                std::iter::once(first).chain(others).collect::<Vec<_>>()
            });
            for guest in made {
                guests.push(guest?);
            }
        }
        Ok(guests)
    }
}

fn check_package<C: Contract>(kernel: &Kernel) -> Result<(), Fault> {
    let found = match kernel.contract() {
        Some(contract) if contract.package == C::PACKAGE => return Ok(()),
        Some(contract) => format!("it implements {contract}"),
        None => "it exports no interface of a package".to_owned(),
    };
    Err(Fault::new(
        FaultKind::Contract,
        format!("{found}, the slot serves {}", named::<C>()),
    )
    .in_kernel(kernel.facts())
    .with_help("load a kernel of that contract, or make a slot for this one"))
}

fn mismatch<C: Contract>(kernel: &Kernel, error: &wasmtime::Error) -> Fault {
    Fault::new(
        FaultKind::Contract,
        format!("its exports differ from {}: {error:#}", named::<C>()),
    )
    .in_kernel(kernel.facts())
    .with_help("build the kernel and the host from the same WIT")
}

fn named<C: Contract>() -> String {
    if C::VERSION.is_empty() {
        C::PACKAGE.to_owned()
    } else {
        format!("{}@{}", C::PACKAGE, C::VERSION)
    }
}
