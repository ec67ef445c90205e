//! What is signed about a version, and the ticket that allows a way back.

use crate::envelope::{Envelope, Verdict};
use crate::format::{self, FORMAT};
use crate::{Error, Reason, Result, name, time};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::SystemTime;

/// The payload type of a version's envelope.
pub(crate) const VERSION_TYPE: &str = "application/vnd.tenon.version.v1+json";
/// The payload type of a rollback ticket's envelope.
pub(crate) const TICKET_TYPE: &str = "application/vnd.tenon.rollback.v1+json";

/// What a signature says about a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// SHA-256 of the component.
    pub digest: String,
    /// The kernel's name.
    pub kernel: String,
    /// The contract with its version, as `tenon:redact@1.0.0`.
    pub contract: String,
    /// SHA-256 of the contract's text, as `tenon inspect` prints it.
    pub contract_hash: String,
    /// The version's label; empty if it has none.
    pub label: String,
    /// The release counter: higher in each release. 0: releases are not counted.
    pub counter: u64,
    /// The signature counts from this time on.
    pub not_before: Option<SystemTime>,
    /// The signature counts until this time.
    pub not_after: Option<SystemTime>,
}

/// What allows one version below the floor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ticket {
    /// The contract without its version.
    pub contract: String,
    /// The only version that is allowed.
    pub digest: String,
    /// The only floor below which it is.
    pub floor: u64,
    /// The ticket counts until this time.
    pub not_after: Option<SystemTime>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionPayload {
    format: u32,
    digest: String,
    kernel: String,
    contract: String,
    #[serde(default)]
    contract_hash: String,
    #[serde(default)]
    label: String,
    counter: u64,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::optional"
    )]
    not_before: Option<SystemTime>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::optional"
    )]
    not_after: Option<SystemTime>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TicketPayload {
    format: u32,
    contract: String,
    digest: String,
    floor: u64,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::optional"
    )]
    not_after: Option<SystemTime>,
}

impl Statement {
    /// The contract without its version.
    pub fn package(&self) -> &str {
        let (package, _) = self
            .contract
            .split_once('@')
            .unwrap_or((&self.contract, ""));
        package
    }

    /// Whether the names in it are written as such.
    fn check(&self) -> Result<()> {
        name::check_digest(&self.digest)?;
        name::contract(self.package())?;
        let version = self
            .contract
            .split_once('@')
            .map_or("", |(_, version)| version);
        name::check_label(version)?;
        if !self.label.is_empty() {
            name::check_label(&self.label)?;
        }
        Ok(())
    }

    pub(crate) fn parse(payload: &[u8], path: &Path) -> Result<Statement> {
        let payload: VersionPayload = format::parse(payload, path, Reason::SignatureMalformed)?;
        let statement = Statement {
            digest: payload.digest,
            kernel: payload.kernel,
            contract: payload.contract,
            contract_hash: payload.contract_hash,
            label: payload.label,
            counter: payload.counter,
            not_before: payload.not_before,
            not_after: payload.not_after,
        };
        statement.check().map_err(|error| {
            Error::new(Reason::SignatureMalformed, error.message())
                .at(path)
                .help("sign the version again")
        })?;
        Ok(statement)
    }

    /// What an envelope says, whoever signed it; `None` if it is none of a version.
    pub(crate) fn of_envelope(text: &[u8]) -> Option<Statement> {
        let envelope = Envelope::parse(text).ok()?;
        let of_version = envelope.payload_type == VERSION_TYPE;
        let statement = of_version.then(|| Statement::parse(&envelope.payload, Path::new("")));
        statement?.ok()
    }

    fn payload(&self) -> Result<Vec<u8>> {
        self.check()?;
        Ok(render(&VersionPayload {
            format: FORMAT,
            digest: self.digest.clone(),
            kernel: self.kernel.clone(),
            contract: self.contract.clone(),
            contract_hash: self.contract_hash.clone(),
            label: self.label.clone(),
            counter: self.counter,
            not_before: self.not_before,
            not_after: self.not_after,
        }))
    }
}

impl Ticket {
    pub(crate) fn parse(payload: &[u8], path: &Path) -> Result<Ticket> {
        let payload: TicketPayload = format::parse(payload, path, Reason::TicketInvalid)?;
        Ok(Ticket {
            contract: payload.contract,
            digest: payload.digest,
            floor: payload.floor,
            not_after: payload.not_after,
        })
    }
}

/// Signs what a statement says, and gives the envelope for [`put_envelope`](crate::Registry::put_envelope). If `old` is an
/// envelope of the same statement, its other signatures stay; if the key signed it already, it is given back as it is.
///
/// ```
/// use tenon_registry::{Statement, digest, new_key, sign};
/// let statement = Statement {
///     digest: digest(b"a component"),
///     kernel: "redact".into(),
///     contract: "tenon:redact@1.0.0".into(),
///     label: "1.2.0".into(),
///     counter: 7,
///     ..Statement::default()
/// };
/// let envelope = sign(&statement, &new_key().unwrap(), None).unwrap();
/// assert!(String::from_utf8(envelope).unwrap().contains("payloadType"));
/// ```
pub fn sign(statement: &Statement, key: &SigningKey, old: Option<&[u8]>) -> Result<Vec<u8>> {
    let payload = statement.payload()?;
    let same = |old: &Envelope| old.payload_type == VERSION_TYPE && old.payload == payload;
    let parsed = old.and_then(|old| Envelope::parse(old).ok()).filter(same);
    let envelope = match (parsed, old) {
        (Some(parsed), Some(old)) if parsed.verify(&[key.verifying_key()]) == Verdict::Good => {
            return Ok(old.to_vec());
        }
        (Some(mut parsed), _) => {
            parsed.add(key);
            parsed
        }
        (None, _) => Envelope::sign(VERSION_TYPE, payload, key),
    };
    Ok(envelope.to_json())
}

/// The names of the keys that are said to have signed an envelope; none if it is no envelope.
pub fn signers(envelope: &[u8]) -> Vec<String> {
    Envelope::parse(envelope).map_or_else(|_| Vec::new(), |envelope| envelope.key_ids())
}

/// Signs a ticket, and gives the envelope for [`Activation::ticket`](crate::Activation::ticket).
///
/// ```
/// use tenon_registry::{Ticket, digest, new_key, sign_ticket};
/// let ticket = Ticket { contract: "tenon:redact".into(), digest: digest(b"old"), floor: 7, not_after: None };
/// assert!(!sign_ticket(&ticket, &new_key().unwrap()).unwrap().is_empty());
/// ```
pub fn sign_ticket(ticket: &Ticket, key: &SigningKey) -> Result<Vec<u8>> {
    name::contract(&ticket.contract)?;
    name::check_digest(&ticket.digest)?;
    let payload = render(&TicketPayload {
        format: FORMAT,
        contract: ticket.contract.clone(),
        digest: ticket.digest.clone(),
        floor: ticket.floor,
        not_after: ticket.not_after,
    });
    Ok(Envelope::sign(TICKET_TYPE, payload, key).to_json())
}

fn render(payload: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(payload).expect("payloads have no maps")
}
