//! The kernels that a follower has loaded: the one that serves, and the one before it, compiled and ready to serve again.

use crate::target::digest;
use tenon_host::Kernel;

/// Golden cases, by the digest of their file, and the label that they were run for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cases {
    pub(crate) golden: String,
    pub(crate) label: String,
}

/// A kernel, and the golden cases that it has passed.
#[derive(Clone)]
pub(crate) struct Shelved {
    pub(crate) kernel: Kernel,
    pub(crate) passed: Option<Cases>,
}

/// One that serves, and one that served before it.
#[derive(Default)]
pub(crate) struct Shelf {
    serving: Option<Shelved>,
    before: Option<Shelved>,
}

impl Shelf {
    /// Takes note that the slot serves a kernel that somebody else may have given to it.
    pub(crate) fn adopt(&mut self, kernel: Option<&Kernel>) {
        let mine = self.serving.as_ref().map(|it| it.kernel.digest());
        if mine.is_some_and(|mine| mine != digest(kernel)) {
            self.serve(None);
        }
    }

    /// The kernel of a version that is here.
    pub(crate) fn have(&self, digest: &str) -> Option<Shelved> {
        let both = [&self.before, &self.serving].into_iter().flatten();
        both.into_iter()
            .find(|it| it.kernel.digest() == digest)
            .cloned()
    }

    /// Puts a kernel, or none, in the place of the one that serves, and that one in the place of the one before it.
    pub(crate) fn serve(&mut self, kernel: Option<Shelved>) {
        self.before = std::mem::replace(&mut self.serving, kernel);
    }

    /// The version that can serve again at once.
    pub(crate) fn previous(&self) -> &str {
        digest(self.before.as_ref().map(|it| &it.kernel))
    }
}
