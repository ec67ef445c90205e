//! state.json: what is active.

use crate::format::{self, FORMAT};
use crate::{Error, Reason, Result, limits, name};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// What is active for a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// How often it changed.
    pub revision: u64,
    /// The digest of the version that serves; empty: the baseline does.
    pub active: String,
    /// What a rollback goes back to, in the same words. The same as `active`: there is nothing to go back to.
    pub previous: String,
    /// The highest release counter that was ever active; 0: none.
    pub floor: u64,
    /// The envelope of the ticket that allows `active` below the floor.
    pub ticket: Option<Vec<u8>>,
    /// Whether there is a file. Without one nothing was ever activated, and slots keep what they have.
    pub exists: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    format: u32,
    revision: u64,
    #[serde(default)]
    active: String,
    #[serde(default)]
    previous: String,
    #[serde(default)]
    floor: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ticket: Option<Value>,
}

impl State {
    pub(crate) fn parse(text: &[u8], path: &Path) -> Result<State> {
        let content: Content = format::parse(text, path, Reason::StateMalformed)?;
        for digest in [&content.active, &content.previous] {
            if !digest.is_empty() && !name::is_digest(digest) {
                let message = format!("{digest:?} is no digest");
                return Err(Error::new(Reason::StateMalformed, message)
                    .at(path)
                    .help("put the right file in its place"));
            }
        }
        let malformed = |message: &str| Error::new(Reason::StateMalformed, message).at(path);
        if content.revision == 0 {
            return Err(malformed("revision 0, and the first one is 1"));
        }
        let ticket = content.ticket.map(|ticket| ticket.to_string().into_bytes());
        if ticket
            .as_ref()
            .is_some_and(|ticket| ticket[0] != b'{' || ticket.len() as u64 > limits::ENVELOPE)
        {
            return Err(malformed("the ticket is no envelope"));
        }
        Ok(State {
            revision: content.revision,
            active: content.active,
            previous: content.previous,
            floor: content.floor,
            ticket,
            exists: true,
        })
    }

    pub(crate) fn to_json(&self) -> Result<String> {
        let ticket = self.ticket.as_deref().map(serde_json::from_slice);
        let ticket = ticket.transpose().map_err(|error| {
            Error::new(
                Reason::TicketInvalid,
                format!("the ticket is no JSON: {error}"),
            )
        })?;
        Ok(format::render(&Content {
            format: FORMAT,
            revision: self.revision,
            active: self.active.clone(),
            previous: self.previous.clone(),
            floor: self.floor,
            ticket,
        }))
    }

    /// Whether a version serves, and not the baseline.
    pub fn has_version(&self) -> bool {
        !self.active.is_empty()
    }
}

/// The same JSON without white space, as it comes out of the state's file.
pub(crate) fn compact(json: &[u8]) -> Vec<u8> {
    match serde_json::from_slice::<Value>(json) {
        Ok(value) => value.to_string().into_bytes(),
        Err(_) => json.to_vec(),
    }
}
