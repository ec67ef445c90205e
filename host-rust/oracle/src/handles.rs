//! The handle table of a component instance.

use crate::guest::{Trap, require};

/// The handles that one component instance holds, of all resource types. Handle 0 is none.
#[derive(Default)]
pub struct Handles {
    entries: Vec<Option<Handle>>,
    free: Vec<usize>,
}

/// What a handle stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    /// The resource type.
    pub resource: usize,
    /// The number by which the resource's implementer knows it.
    pub rep: u32,
    /// Whether the holder owns it; otherwise it was borrowed for a call.
    pub own: bool,
    /// How many calls in progress have it on loan.
    pub lends: u32,
}

impl Handles {
    /// Puts a handle into the place that became free last, or behind all others.
    pub fn add(&mut self, handle: Handle) -> u32 {
        if self.entries.is_empty() {
            self.entries.push(None);
        }
        let place = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() - 1
        });
        self.entries[place] = Some(handle);
        place as u32
    }

    fn entry(&mut self, handle: u32, resource: usize) -> Result<&mut Handle, Trap> {
        let entry = self
            .entries
            .get_mut(handle as usize)
            .and_then(Option::as_mut);
        let entry = entry.ok_or_else(|| Trap(format!("there is no handle {handle}")))?;
        require(entry.resource == resource, || {
            format!("handle {handle} is of resource type {}", entry.resource)
        })?;
        Ok(entry)
    }

    /// The number behind a handle: `resource.rep`.
    pub fn rep(&mut self, handle: u32, resource: usize) -> Result<u32, Trap> {
        self.entry(handle, resource).map(|entry| entry.rep)
    }

    /// Takes the resource from its owner, who must not have lent it: `lift_own`.
    pub fn lift_own(&mut self, handle: u32, resource: usize) -> Result<u32, Trap> {
        let entry = self.entry(handle, resource)?.clone();
        require(entry.lends == 0, || format!("handle {handle} is on loan"))?;
        require(entry.own, || format!("handle {handle} is borrowed"))?;
        self.entries[handle as usize] = None;
        self.free.push(handle as usize);
        Ok(entry.rep)
    }

    /// Lends the resource for a call: `lift_borrow`. [`Handles::give_back`] ends the loan.
    pub fn lift_borrow(&mut self, handle: u32, resource: usize) -> Result<u32, Trap> {
        let entry = self.entry(handle, resource)?;
        entry.lends += 1;
        Ok(entry.rep)
    }

    /// Ends a loan.
    pub fn give_back(&mut self, handle: u32, resource: usize) -> Result<(), Trap> {
        let entry = self.entry(handle, resource)?;
        require(entry.lends > 0, || {
            format!("handle {handle} is not on loan")
        })?;
        entry.lends -= 1;
        Ok(())
    }

    /// Gives the resource to a new owner: `lower_own`.
    pub fn lower_own(&mut self, resource: usize, rep: u32) -> u32 {
        self.add(Handle {
            resource,
            rep,
            own: true,
            lends: 0,
        })
    }

    /// Lends the resource to an instance that does not implement it: `lower_borrow`.
    pub fn lower_borrow(&mut self, resource: usize, rep: u32) -> u32 {
        self.add(Handle {
            resource,
            rep,
            own: false,
            lends: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_numbered_from_one_and_used_again() {
        let mut handles = Handles::default();
        assert_eq!(
            [
                handles.lower_own(0, 7),
                handles.lower_own(1, 8),
                handles.lower_own(0, 9)
            ],
            [1, 2, 3]
        );
        assert_eq!(handles.lift_own(2, 1), Ok(8));
        assert!(handles.lift_own(2, 1).is_err(), "given away twice");
        assert_eq!(handles.lower_borrow(1, 5), 2);
        assert!(handles.lift_own(2, 1).is_err(), "a borrow given away");
        assert_eq!(handles.rep(3, 0), Ok(9));
    }

    #[test]
    fn forged_handles_and_loans() {
        let mut handles = Handles::default();
        assert_eq!(handles.lower_own(0, 7), 1);
        for (handle, resource) in [(0, 0), (2, 0), (u32::MAX, 0), (1, 1)] {
            assert!(
                handles.rep(handle, resource).is_err(),
                "{handle} of type {resource}"
            );
        }
        assert_eq!(handles.lift_borrow(1, 0), Ok(7));
        assert!(handles.lift_own(1, 0).is_err(), "while it is on loan");
        assert!(handles.give_back(1, 0).is_ok() && handles.give_back(1, 0).is_err());
        assert_eq!(handles.lift_own(1, 0), Ok(7));
    }
}
