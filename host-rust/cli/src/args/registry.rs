//! The command line of what works on a registry.

use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::SystemTime;

/// Where the registry is, and how to answer.
#[derive(Args)]
pub(crate) struct Place {
    /// The registry's folder [default: the environment's TENON_REGISTRY].
    #[arg(long, value_name = "DIR")]
    pub(crate) registry: Option<PathBuf>,
    /// Print a JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Whom to believe.
#[derive(Args)]
pub(crate) struct Trusted {
    /// A public key that must have signed, as `tenon key new` writes it; one of several is enough.
    #[arg(long, value_name = "FILE.pub")]
    pub(crate) trust: Vec<PathBuf>,
}

/// The key of a ticket.
#[derive(Args)]
pub(crate) struct Tickets {
    /// Sign a ticket with this key, which allows the version although its release counter is lower.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Until when the ticket counts, as 2027-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "key")]
    pub(crate) not_after: Option<SystemTime>,
}

/// Puts a component into a registry, under its digest and a label.
///
/// Contract, kernel and label are those that the component says. Publishing does not activate. The same again changes
/// nothing; a label never moves to another component.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tenon publish redact.wasm --registry /srv/kernels
  tenon publish redact.wasm --label 1.2.0 --golden wit/vectors/redact.json")]
pub(crate) struct Publish {
    /// The component; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The label, a semantic version [default: the one in the component's metadata, if it has one].
    #[arg(long, value_name = "VERSION")]
    pub(crate) label: Option<String>,
    /// Fail unless it implements this contract, as in tenon:redact@1.0.0.
    #[arg(long, value_name = "CONTRACT")]
    pub(crate) contract: Option<String>,
    /// The contract's golden cases, which every version has to pass before it serves.
    #[arg(long, value_name = "FILE")]
    pub(crate) golden: Option<PathBuf>,
    /// Change nothing; tell what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Lists the contracts of a registry, or the versions of one.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tenon ls --registry /srv/kernels
  tenon ls tenon:redact
  tenon ls --json tenon:redact | jq -r '.versions[].digest'")]
pub(crate) struct Ls {
    /// The contract without its version, as in tenon:redact.
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Tells what is active for a contract, or what a version is.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tenon show tenon:redact
  tenon show tenon:redact 1.2.0")]
pub(crate) struct Show {
    /// The contract without its version.
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: String,
    /// The version: a label, a digest, or its first digits (at least 8).
    #[arg(value_name = "LABEL|DIGEST")]
    pub(crate) version: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Makes a version the active one: the hosts that follow the registry take it.
///
/// Checked are the component's digest, its contract, its signature, and whether it can stand in for the version that is active
/// now (as `tenon wit check` compares them). The hosts check it all again, and run the golden cases.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tenon activate tenon:redact 1.2.0
  tenon activate tenon:redact 1.2.0 --trust release.pub
  tenon activate tenon:redact baseline

Exit status: 3 if the version is refused, else as everywhere.")]
pub(crate) struct Activate {
    /// The contract without its version.
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: String,
    /// The version: a label, a digest, its first digits (at least 8), or `baseline` for none.
    #[arg(value_name = "LABEL|DIGEST|baseline")]
    pub(crate) version: String,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
    #[command(flatten)]
    pub(crate) tickets: Tickets,
    /// Activate it although its contract does not fit that of the version before.
    #[arg(long)]
    pub(crate) force: bool,
    /// Change nothing; tell what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Makes the version active again that was so before.
///
/// Then there is nothing to go back to: a second rollback changes nothing.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tenon rollback tenon:redact
  tenon rollback tenon:redact --key release.key     # signed versions: a lower release counter takes a ticket

Exit status: 3 if the version is refused, else as everywhere.")]
pub(crate) struct Rollback {
    /// The contract without its version.
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: String,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
    #[command(flatten)]
    pub(crate) tickets: Tickets,
    /// Change nothing; tell what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Looks at every file of a registry: digests, signatures, labels, what is active, the trail.
///
/// Without --trust it asks nobody: a signature must be of its version, whoever made it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tenon verify --registry /srv/kernels
  tenon verify tenon:redact --trust release.pub

Exit status: 3 if something is found, else as everywhere.")]
pub(crate) struct Verify {
    /// The contract without its version [default: all].
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: Option<String>,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
    /// Allow versions without a signature.
    #[arg(long, requires = "trust")]
    pub(crate) unsigned: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Removes the versions that nobody names.
///
/// The active and the previous version stay, and so do those with a label. What is younger than an hour stays, too: somebody
/// may be publishing.
#[derive(Args)]
#[command(
    about = "Removes the versions that nobody names",
    after_help = "\
Examples:
  tenon gc tenon:redact --dry-run
  tenon gc --keep 5"
)]
pub(crate) struct Gc {
    /// The contract without its version [default: all].
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: Option<String>,
    /// Drop all labels but the N highest first.
    #[arg(long, value_name = "N")]
    pub(crate) keep: Option<usize>,
    /// Remove what is younger than an hour, too: nobody is publishing.
    #[arg(long)]
    pub(crate) now: bool,
    /// Change nothing; tell what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Tells what happened: the end of the trail.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tenon log tenon:redact
  tenon log -n 100 --json | jq -r '.entries[] | select(.event == \"refused\") | .reason'")]
pub(crate) struct Log {
    /// The contract without its version [default: all].
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: Option<String>,
    /// How many entries, at most 10,000.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub(crate) last: usize,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Makes keys for signatures.
#[derive(Subcommand)]
pub(crate) enum Key {
    New(KeyNew),
}

/// Makes a pair of keys: FILE, which is secret, and FILE.pub.
///
/// They are Ed25519 in PEM (PKCS #8 and SubjectPublicKeyInfo). A pair that is there stays.
#[derive(Args)]
#[command(after_help = "\
Example:
  tenon key new release.key")]
pub(crate) struct KeyNew {
    /// The private key's file; only its owner may read it.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Change nothing; tell what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print a JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Signs a version: its digest, kernel, contract, label and release counter.
///
/// A version that --key or --trust signed already keeps what is not given here, but for an end that has passed. A further key
/// signs the same, with --trust of the one before.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tenon sign tenon:redact 1.2.0 --key release.key
  tenon sign tenon:redact 1.2.0 --key release.key --counter 7 --not-after 2027-01-31T12:00:00Z
  tenon sign tenon:redact 1.3.0 --key new.key --trust release.key.pub     # another key goes on")]
pub(crate) struct Sign {
    /// The contract without its version.
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: String,
    /// The version: a label, a digest, or its first digits (at least 8).
    #[arg(value_name = "LABEL|DIGEST")]
    pub(crate) version: String,
    /// The private key.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The release counter, higher in each release [default: one more than any there is].
    #[arg(long, value_name = "N")]
    pub(crate) counter: Option<u64>,
    /// From when on the signature counts, as 2027-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) not_before: Option<SystemTime>,
    /// Until when the signature counts.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) not_after: Option<SystemTime>,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
    /// Change nothing; tell what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// A time as it stands on the command line.
fn time(text: &str) -> Result<SystemTime, String> {
    tenon_registry::parse_time(text).ok_or_else(|| "want a time as 2027-01-31T12:00:00Z".to_owned())
}
