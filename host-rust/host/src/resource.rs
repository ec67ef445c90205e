//! Resources that a kernel or a baseline defines, in the hands of the caller.

use crate::fault::{Fault, FaultKind};
use crate::guest::Guest;
use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use wasmtime::component::ResourceAny;

/// A resource of the type `R` that the caller owns. Dropping it runs its destructor in the kernel.
///
/// A resource lives in the instance that made it, and borrows from it: within [`Slot::call`](crate::Slot::call) it cannot leave
/// the closure, with [`Slot::pin`](crate::Slot::pin) it lives as long as the pin. So it cannot meet another instance,
/// outlive a swap, or be used after its instance has gone back to the pool; the compiler sees to that:
///
/// ```compile_fail,E0505
/// # use tenon_host::{Fault, Slot, contracts::topk::{self, Failure, Metric}};
/// # fn search(slot: &Slot<topk::Contract>) -> Result<Result<Vec<topk::Hit>, Failure>, Fault> {
/// let pin = slot.pin()?;
/// let index = pin.int8_index(&[1, 2], 1, Metric::Dot)?.expect("two rows of one element");
/// drop(pin);                                      // while the index borrows from it
/// pin.search_int8_index(&index, &[3], 1)
/// # }
/// ```
///
/// `R` is only a name: [`contract!`](crate::contract) writes one for each resource that it is told. A baseline makes resources of its
/// own values by [`Resource::native`].
///
/// ```
/// use tenon_host::Resource;
///
/// enum Counter {}
///
/// let counter = Resource::<Counter>::native(std::cell::Cell::new(1_u32));
/// let value = counter.get::<std::cell::Cell<u32>>()?;
/// value.set(value.get() + 1);
/// assert_eq!(counter.take::<std::cell::Cell<u32>>()?.get(), 2);
/// # Ok::<(), tenon_host::Fault>(())
/// ```
pub struct Resource<'a, R> {
    owner: Option<Owner<'a>>,
    of: PhantomData<fn() -> R>,
}

enum Owner<'a> {
    Guest(&'a dyn Holder, ResourceAny),
    Native(Box<dyn Any>),
}

/// An instance that has resources.
pub(crate) trait Holder {
    fn discard(&self, resource: ResourceAny) -> Result<(), Fault>;
    fn count(&self) -> &Cell<usize>;
}

impl<B> Holder for Guest<B> {
    fn discard(&self, resource: ResourceAny) -> Result<(), Fault> {
        self.drop_resource(resource)
    }
    fn count(&self) -> &Cell<usize> {
        self.held()
    }
}

impl<'a, R> Resource<'a, R> {
    /// A resource of a baseline: a value of its own.
    pub fn native(value: impl Any) -> Resource<'static, R> {
        Resource {
            owner: Some(Owner::Native(Box::new(value))),
            of: PhantomData,
        }
    }

    fn of_guest(guest: &'a dyn Holder, handle: ResourceAny) -> Resource<'a, R> {
        guest.count().set(guest.count().get() + 1);
        Resource {
            owner: Some(Owner::Guest(guest, handle)),
            of: PhantomData,
        }
    }

    /// The value that a baseline made it of. A resource of a kernel, or one made of another type, is a fault of kind
    /// `policy`.
    pub fn get<T: Any>(&self) -> Result<&T, Fault> {
        match &self.owner {
            Some(Owner::Native(value)) => value.downcast_ref().ok_or_else(not_native),
            _ => Err(not_native()),
        }
    }

    /// The value that a baseline made it of, given back.
    pub fn take<T: Any>(mut self) -> Result<T, Fault> {
        match self.owner.take() {
            Some(Owner::Native(value)) => value
                .downcast()
                .map(|value| *value)
                .map_err(|_| not_native()),
            other => {
                self.owner = other;
                Err(not_native())
            }
        }
    }

    /// Ends the resource as dropping it does, and tells how its destructor fared.
    pub fn close(mut self) -> Result<(), Fault> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Fault> {
        match self.owner.take() {
            Some(Owner::Guest(guest, handle)) => {
                guest.count().set(guest.count().get() - 1);
                guest.discard(handle)
            }
            _ => Ok(()),
        }
    }

    /// The handle, if `guest` is where the resource lives.
    fn handle_in<B>(&self, guest: &Guest<B>) -> Result<ResourceAny, Fault> {
        match &self.owner {
            Some(Owner::Guest(own, handle)) if std::ptr::addr_eq(*own, guest) => Ok(*handle),
            _ => {
                let why = "the resource belongs to another instance, or to the baseline";
                let fault = Fault::new(FaultKind::Policy, why);
                Err(guest.refuse(fault.with_help("make both by the same call or the same pin")))
            }
        }
    }
}

fn not_native() -> Fault {
    Fault::new(
        FaultKind::Policy,
        "the resource is not of this baseline's making",
    )
    .with_help("use a resource where it was made: within one call, or one pin")
}

impl<R> Drop for Resource<'_, R> {
    fn drop(&mut self) {
        // A destructor's fault has ended the instance; whoever calls it next is told.
        let _ = self.end();
    }
}

impl<R> fmt::Debug for Resource<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.owner {
            Some(Owner::Guest(..)) => "kernel",
            Some(Owner::Native(_)) => "baseline",
            None => "ended",
        };
        write!(f, "Resource({place})")
    }
}

/// An argument on its way from the trait of a contract to the bindings. All but resources pass as they are.
#[doc(hidden)]
pub trait Argument<T> {
    /// What the bindings take; a fault for a resource of another instance.
    fn pass<B>(self, guest: &Guest<B>) -> Result<Passing<'_, T>, Fault>;
}

/// An argument that may pass, not yet given away: where another argument of the call may not, it is dropped as the
/// caller would have dropped it.
#[doc(hidden)]
pub struct Passing<'g, T> {
    value: T,
    owned: Option<Owned<'g>>,
}

impl<T> Passing<'_, T> {
    #[inline]
    fn of(value: T) -> Self {
        Passing { value, owned: None }
    }

    /// What the bindings take, given away.
    #[inline]
    pub fn give(self) -> T {
        if let Some(mut owned) = self.owned {
            owned.0 = None;
        }
        self.value
    }
}

/// A handle that is the caller's until it is given away, by its instance.
struct Owned<'g>(Option<(&'g dyn Holder, ResourceAny)>);

impl Drop for Owned<'_> {
    fn drop(&mut self) {
        if let Some((guest, handle)) = self.0.take() {
            // A destructor's fault has ended the instance; whoever calls it next is told.
            let _ = guest.discard(handle);
        }
    }
}

impl<T> Argument<T> for T {
    #[inline]
    fn pass<B>(self, _: &Guest<B>) -> Result<Passing<'_, T>, Fault> {
        Ok(Passing::of(self))
    }
}

impl<R> Argument<ResourceAny> for &Resource<'_, R> {
    fn pass<B>(self, guest: &Guest<B>) -> Result<Passing<'_, ResourceAny>, Fault> {
        self.handle_in(guest).map(Passing::of)
    }
}

impl<R> Argument<ResourceAny> for Resource<'_, R> {
    fn pass<B>(mut self, guest: &Guest<B>) -> Result<Passing<'_, ResourceAny>, Fault> {
        let handle = self.handle_in(guest)?;
        self.owner = None;
        guest.held().set(guest.held().get() - 1);
        Ok(Passing {
            value: handle,
            owned: Some(Owned(Some((guest, handle)))),
        })
    }
}

impl<R> Argument<Option<ResourceAny>> for Option<&Resource<'_, R>> {
    fn pass<B>(self, guest: &Guest<B>) -> Result<Passing<'_, Option<ResourceAny>>, Fault> {
        let handle = self.map(|resource| resource.handle_in(guest)).transpose()?;
        Ok(Passing::of(handle))
    }
}

impl<R> Argument<Option<ResourceAny>> for Option<Resource<'_, R>> {
    fn pass<B>(self, guest: &Guest<B>) -> Result<Passing<'_, Option<ResourceAny>>, Fault> {
        Ok(match self {
            Some(resource) => {
                let Passing { value, owned } = resource.pass(guest)?;
                Passing {
                    value: Some(value),
                    owned,
                }
            }
            None => Passing::of(None),
        })
    }
}

/// A result on its way from the bindings to the trait of a contract.
#[doc(hidden)]
pub trait Answer<'a, T> {
    /// What the trait promises.
    fn take<B>(answer: T, guest: &'a Guest<B>) -> Self;
}

impl<T> Answer<'_, T> for T {
    #[inline]
    fn take<B>(answer: T, _: &Guest<B>) -> T {
        answer
    }
}

impl<'a, R> Answer<'a, ResourceAny> for Resource<'a, R> {
    fn take<B>(answer: ResourceAny, guest: &'a Guest<B>) -> Resource<'a, R> {
        Resource::of_guest(guest, answer)
    }
}

impl<'a, R> Answer<'a, Option<ResourceAny>> for Option<Resource<'a, R>> {
    fn take<B>(answer: Option<ResourceAny>, guest: &'a Guest<B>) -> Self {
        answer.map(|handle| Resource::of_guest(guest, handle))
    }
}

impl<'a, R> Answer<'a, Vec<ResourceAny>> for Vec<Resource<'a, R>> {
    fn take<B>(answer: Vec<ResourceAny>, guest: &'a Guest<B>) -> Self {
        answer
            .into_iter()
            .map(|handle| Resource::of_guest(guest, handle))
            .collect()
    }
}

impl<'a, R, E> Answer<'a, Result<ResourceAny, E>> for Result<Resource<'a, R>, E> {
    fn take<B>(answer: Result<ResourceAny, E>, guest: &'a Guest<B>) -> Self {
        answer.map(|handle| Resource::of_guest(guest, handle))
    }
}
