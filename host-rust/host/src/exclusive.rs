//! A value that one thread holds at a time, and that nobody waits for.
//!
//! Taking it is one atomic exchange and giving it back a plain store. A mutex of the standard library needs an exchange there
//! too, for it has to know whether somebody sleeps; RATIONALE.md has the figures.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU8, Ordering};
use std::{mem, thread};

const FREE: u8 = 0;
const HELD: u8 = 1;
/// Free, but its last holder panicked: the value may have been left in the middle of something.
const ABANDONED: u8 = 2;

/// A value for one thread at a time.
pub(crate) struct Exclusive<T> {
    state: AtomicU8,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a `Hold` alone, and from FREE or ABANDONED to HELD only one thread gets by its
// exchange, until the hold that it made is gone. So threads hand the value on and never share it, which takes `Send`.
unsafe impl<T: Send> Sync for Exclusive<T> {}

impl<T> Exclusive<T> {
    pub(crate) const fn new(value: T) -> Exclusive<T> {
        Exclusive {
            state: AtomicU8::new(FREE),
            value: UnsafeCell::new(value),
        }
    }

    /// The value, if it is free and its last holder gave it back.
    #[inline]
    pub(crate) fn try_hold(&self) -> Option<Hold<'_, T>> {
        self.take(FREE)
    }

    /// The value, if its last holder left it by a panic.
    pub(crate) fn try_abandoned(&self) -> Option<Hold<'_, T>> {
        self.take(ABANDONED)
    }

    /// Whether somebody has it at this moment.
    pub(crate) fn is_held(&self) -> bool {
        self.state.load(Ordering::Relaxed) == HELD
    }

    #[inline]
    fn take(&self, from: u8) -> Option<Hold<'_, T>> {
        let taken = self
            .state
            .compare_exchange(from, HELD, Ordering::Acquire, Ordering::Relaxed);
        taken.ok().map(|_| Hold {
            of: self,
            here: PhantomData,
        })
    }
}

/// The value, until this is dropped. It stays with its thread: what it lends out need not be `Sync`.
pub(crate) struct Hold<'a, T> {
    of: &'a Exclusive<T>,
    here: PhantomData<*mut T>,
}

impl<T> Hold<'_, T> {
    /// Gives the value back in order, even where the thread is unwinding for some other reason.
    #[inline]
    pub(crate) fn give_back(self) {
        self.of.state.store(FREE, Ordering::Release);
        mem::forget(self);
    }
}

impl<T> Drop for Hold<'_, T> {
    fn drop(&mut self) {
        let state = if thread::panicking() { ABANDONED } else { FREE };
        self.of.state.store(state, Ordering::Release);
    }
}

impl<T> Deref for Hold<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: there is no other hold, and only `&mut self` lends the value mutably.
        unsafe { &*self.of.value.get() }
    }
}

impl<T> DerefMut for Hold<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: there is no other hold, and `&mut self` lends nothing else meanwhile.
        unsafe { &mut *self.of.value.get() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn one_holds_it_at_a_time() {
        let value = Exclusive::new(1);
        let mut hold = value.try_hold().unwrap();
        *hold += 1;
        assert!(value.try_hold().is_none() && value.try_abandoned().is_none());
        hold.give_back();
        assert_eq!(*value.try_hold().unwrap(), 2);
        assert!(value.try_hold().is_some());
    }

    #[test]
    fn threads_lose_no_change() {
        let value = Exclusive::new([0u64; 2]);
        let turns = || {
            let mut done = 0;
            while done < 20_000 {
                let Some(mut hold) = value.try_hold() else {
                    thread::yield_now();
                    continue;
                };
                assert_eq!(hold[0], hold[1]);
                hold[0] += 1;
                hold[1] += 1;
                hold.give_back();
                done += 1;
            }
        };
        thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(turns);
            }
        });
        assert_eq!(*value.try_hold().unwrap(), [80_000; 2]);
    }

    #[test]
    fn what_a_panic_leaves_behind_is_told_apart() {
        let value = Exclusive::new(0);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let _hold = value.try_hold().unwrap();
            panic!("on purpose");
        }));
        assert!(value.try_hold().is_none());
        drop(value.try_abandoned().unwrap());
        assert!(value.try_abandoned().is_none());
        assert!(value.try_hold().is_some());
    }

    #[test]
    fn who_unwinds_for_another_reason_gives_back_in_order() {
        struct Caller<'a>(&'a Exclusive<u32>);
        impl Drop for Caller<'_> {
            fn drop(&mut self) {
                self.0.try_hold().unwrap().give_back();
            }
        }
        let value = Exclusive::new(0);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let _caller = Caller(&value);
            panic!("on purpose");
        }));
        assert!(value.try_hold().is_some());
    }
}
