//! Whom a host believes, and what it asks of a version before it runs.

use crate::envelope::{Envelope, Verdict};
use crate::labels::Labels;
use crate::statement::{Statement, TICKET_TYPE, Ticket, VERSION_TYPE};
use crate::{Error, Reason, Release, Result, State, format_time};
use ed25519_dalek::VerifyingKey;
use std::path::Path;
use std::time::SystemTime;

/// Whom a host believes. It lives with the host or on the command line, never in the registry.
///
/// The default believes nobody: what is unsigned is refused (`signature-missing`), and so is what is signed (`key-unknown`).
///
/// ```
/// use tenon_registry::{Trust, new_key};
/// let key = new_key().unwrap().verifying_key();
/// let trust = Trust { keys: vec![key], unsigned: false };
/// # assert_eq!(trust.keys.len(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The keys, one of which must have signed.
    pub keys: Vec<VerifyingKey>,
    /// Whether a version without a signature may run. A signature that is there must be good all the same.
    pub unsigned: bool,
}

/// A version that is to be judged.
pub(crate) struct Subject<'a> {
    pub(crate) contract: &'a str,
    pub(crate) digest: &'a str,
    pub(crate) labels: &'a Labels,
    /// The envelope's bytes, if there is one.
    pub(crate) envelope: Option<&'a [u8]>,
    /// Where the envelope is, or would be.
    pub(crate) path: &'a Path,
    /// The time that the signature has to count at; `None` where that does not matter.
    pub(crate) now: Option<SystemTime>,
}

impl Subject<'_> {
    /// What the version's signature says; `None` if it has none and needs none. Without a `trust`, nobody needs to have
    /// signed, and the signature is read without asking whose it is.
    pub(crate) fn statement(&self, trust: Option<&Trust>) -> Result<Option<Statement>> {
        let Some(envelope) = self.envelope else {
            return if trust.is_none_or(|trust| trust.unsigned) {
                Ok(None)
            } else {
                Err(self
                    .refuse(Reason::SignatureMissing, "the version has no signature")
                    .help("sign it with `tenon sign`"))
            };
        };
        let envelope = Envelope::parse(envelope)
            .map_err(|message| self.refuse(Reason::SignatureMalformed, message))?;
        if envelope.payload_type != VERSION_TYPE {
            let message = format!(
                "an envelope of {:?}, not of a version",
                envelope.payload_type
            );
            return Err(self.refuse(Reason::SignatureMalformed, message));
        }
        if let Some(trust) = trust {
            self.signed(&envelope, trust)?;
        }
        let statement = Statement::parse(&envelope.payload, self.path)?;
        if trust.is_some() {
            self.in_time(&statement)?;
        }
        self.fits(&statement)?;
        Ok(Some(statement))
    }

    fn signed(&self, envelope: &Envelope, trust: &Trust) -> Result<()> {
        match envelope.verify(&trust.keys) {
            Verdict::Good => Ok(()),
            Verdict::Invalid => Err(self
                .refuse(Reason::SignatureInvalid, "the signature does not fit")
                .help("sign the version again, and find out who changed it")),
            Verdict::Unknown => {
                let message = format!(
                    "signed by {}, none of which is trusted",
                    envelope.key_ids().join(", ")
                );
                Err(self
                    .refuse(Reason::KeyUnknown, message)
                    .help("trust that key, or sign the version with one that is trusted"))
            }
        }
    }

    fn fits(&self, statement: &Statement) -> Result<()> {
        if statement.digest != self.digest {
            let message = format!("the signature is of version {:.80}", statement.digest);
            return Err(self.refuse(Reason::SignatureOfAnother, message));
        }
        if statement.package() != self.contract {
            let message = format!("the signature is of contract {:.80}", statement.contract);
            return Err(self.refuse(Reason::ContractMismatch, message));
        }
        let label = &statement.label;
        if !label.is_empty() && self.labels.get(label) != Some(self.digest) {
            let message = format!("signed as {label:.80}, which labels.json does not say");
            return Err(self
                .refuse(Reason::LabelMismatch, message)
                .help("publish the version under that label, or sign it under its own"));
        }
        Ok(())
    }

    fn in_time(&self, statement: &Statement) -> Result<()> {
        let Some(now) = self.now else {
            return Ok(());
        };
        if let Some(begin) = statement.not_before.filter(|begin| now < *begin) {
            let message = format!(
                "the signature counts from {} on, and it is {}",
                format_time(begin),
                format_time(now)
            );
            return Err(self
                .refuse(Reason::SignatureNotYetValid, message)
                .help("look at the clock, or wait"));
        }
        if let Some(end) = statement.not_after.filter(|end| now > *end) {
            let message = format!(
                "the signature counted until {}, and it is {}",
                format_time(end),
                format_time(now)
            );
            return Err(self
                .refuse(Reason::SignatureExpired, message)
                .help("look at the clock, or sign the version again"));
        }
        Ok(())
    }

    fn refuse(&self, reason: Reason, message: impl Into<String>) -> Error {
        Error::new(reason, message)
            .at(self.path)
            .help("sign the version again")
    }
}

/// The signed version with the highest release counter that a host served. A host keeps it in memory, so that a state whose
/// floor was turned back does not make it serve what it has passed. The default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Its release counter.
    pub counter: u64,
    /// Its digest; empty where that is not known.
    pub digest: String,
}

impl Served {
    /// The higher one of this and of a release that is served now. The release counter 0 is none: it numbers nothing.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let registry = tenon_registry::Registry::open(folder.path()).unwrap();
    /// use tenon_registry::{Served, Trust};
    /// let mut served = Served::default();
    /// let release = registry.fetch("tenon:redact", &Trust::default(), &served).unwrap();
    /// served = served.after(&release);
    /// assert_eq!(served.counter, 0);
    /// ```
    #[must_use]
    pub fn after(self, release: &Release) -> Served {
        let first = release.counter == self.counter && self.digest.is_empty();
        if release.counter > self.counter || first && release.counter > 0 {
            return Served {
                counter: release.counter,
                digest: release.digest.clone(),
            };
        }
        self
    }
}

/// A signed version whose release counter is held against those before it.
pub(crate) struct Numbered<'a> {
    pub(crate) contract: &'a str,
    pub(crate) digest: &'a str,
    pub(crate) counter: u64,
    pub(crate) now: SystemTime,
}

impl Numbered<'_> {
    /// Whether the version may be active; true if it took the state's ticket.
    pub(crate) fn check(
        &self,
        state: &State,
        served: &Served,
        trust: Option<&Trust>,
    ) -> Result<bool> {
        let below = |message: String| Error::new(Reason::CounterBelowFloor, message);
        let other = !served.digest.is_empty() && served.digest != self.digest;
        if self.counter == served.counter && other {
            let message = format!(
                "release counter {}, as version {} has that was served",
                self.counter, served.digest
            );
            return Err(below(message).help("sign it with a higher counter"));
        }
        if self.counter >= state.floor.max(served.counter) {
            return Ok(false);
        }
        if state.floor < served.counter {
            return Err(below(format!(
                "release counter {}, and {} was served before, although the floor is {}",
                self.counter, served.counter, state.floor
            ))
            .help("find out who turned the floor back"));
        }
        let message = format!(
            "release counter {}, and {} was active before",
            self.counter, state.floor
        );
        let Some(ticket) = &state.ticket else {
            return Err(below(message).help(
                "sign it with a higher counter, or allow the way back: `tenon rollback CONTRACT --key FILE`",
            ));
        };
        match self.refused(ticket, state.floor, trust)? {
            None => Ok(true),
            Some(why) => Err(Error::new(
                Reason::TicketInvalid,
                format!("{message}; the ticket {why}"),
            )
            .help("sign a new ticket: `tenon rollback CONTRACT --key FILE`")),
        }
    }

    /// Why a ticket does not allow this.
    fn refused(&self, ticket: &[u8], floor: u64, trust: Option<&Trust>) -> Result<Option<String>> {
        let envelope = match Envelope::parse(ticket) {
            Err(message) => return Ok(Some(format!("is no envelope: {message}"))),
            Ok(envelope) if envelope.payload_type != TICKET_TYPE => {
                return Ok(Some(format!("is of the type {:?}", envelope.payload_type)));
            }
            Ok(envelope) => envelope,
        };
        if trust.is_some_and(|trust| envelope.verify(&trust.keys) != Verdict::Good) {
            return Ok(Some("is not signed by a trusted key".into()));
        }
        let ticket = Ticket::parse(&envelope.payload, Path::new("ticket"))?;
        Ok(if ticket.contract != self.contract {
            Some(format!("is of contract {:.80}", ticket.contract))
        } else if ticket.digest != self.digest {
            Some(format!("allows version {:.80} only", ticket.digest))
        } else if ticket.floor != floor {
            Some(format!("is for the floor {}", ticket.floor))
        } else {
            let over = ticket
                .not_after
                .filter(|end| trust.is_some() && self.now > *end);
            over.map(|end| format!("counted until {}", format_time(end)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_0_numbers_nothing() {
        let release = |digest: &str, counter| Release {
            state: State::default(),
            digest: digest.to_owned(),
            label: String::new(),
            component: Vec::new(),
            counter,
            statement: None,
            golden: None,
        };
        let served = Served::default().after(&release("one", 0));
        assert_eq!(served, Served::default());
        let served = served.after(&release("two", 7)).after(&release("one", 0));
        assert_eq!((served.counter, served.digest.as_str()), (7, "two"));
    }
}
