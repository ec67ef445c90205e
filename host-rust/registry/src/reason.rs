//! Why a registry refuses: the closed list of reasons, the same words as in the Go host.

use std::fmt;

macro_rules! reasons {
    ($($name:ident $word:literal $kind:literal $meaning:literal,)*) => {
        /// Why something was refused or failed. The list is closed; `wit/vectors/names.json` has it under `reasons`.
        ///
        /// ```
        /// use tenon_registry::Reason;
        /// assert_eq!(Reason::DigestMismatch.as_str(), "digest-mismatch");
        /// assert_eq!(Reason::DigestMismatch.kind(), "integrity");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $(#[doc = $meaning] $name,)*
        }

        impl Reason {
            /// All reasons.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The word in logs, metrics, the trail and JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Reason::$name => $word,)* }
            }

            /// The kind of fault that it is, one of the closed list of both hosts; empty where the fault behind it has its own.
            pub fn kind(self) -> &'static str {
                match self { $(Reason::$name => $kind,)* }
            }
        }
    };
}

reasons! {
    DigestMismatch "digest-mismatch" "integrity" "The bytes of a component have another digest than its name says.",
    SignatureMissing "signature-missing" "integrity" "The version has no signature, and policy asks for one.",
    SignatureMalformed "signature-malformed" "integrity" "The signature's file is no envelope of a version.",
    SignatureInvalid "signature-invalid" "integrity" "A trusted key is named, and its signature does not fit.",
    KeyUnknown "key-unknown" "integrity" "Nobody who signed is trusted.",
    SignatureExpired "signature-expired" "integrity" "The signature's time is over.",
    SignatureNotYetValid "signature-not-yet-valid" "integrity" "The signature's time has not begun.",
    SignatureOfAnother "signature-of-another" "integrity" "The signature is of another version.",
    LabelMismatch "label-mismatch" "integrity" "The signed label is not the one in labels.json.",
    CounterBelowFloor "counter-below-floor" "integrity" "The release counter is lower than one that was active before.",
    TicketInvalid "ticket-invalid" "integrity" "The rollback ticket does not allow this.",
    LabelsMalformed "labels-malformed" "integrity" "labels.json cannot be read.",
    StateMalformed "state-malformed" "integrity" "state.json cannot be read.",
    TrailMalformed "trail-malformed" "integrity" "A line of trail.jsonl is no entry.",
    GoldenMalformed "golden-malformed" "integrity" "golden.json has no golden cases of this contract.",
    FormatNewer "format-newer" "integrity" "A newer release wrote the file.",
    NotAFile "not-a-file" "integrity" "Where a file should be is a folder, a device, a pipe or a loop of links.",
    TooLarge "too-large" "integrity" "The file is larger than any that a registry writes.",
    ContractMismatch "contract-mismatch" "contract" "The component is of another contract.",
    Incompatible "incompatible" "contract" "The version does not fit the contract in force.",
    GoldenFailed "golden-failed" "contract" "The version gives other answers than the golden cases.",
    NameMalformed "name-malformed" "policy" "A contract, label or digest is not written as one.",
    LabelTaken "label-taken" "policy" "The label names another version; a label never moves.",
    StillActive "still-active" "policy" "The version is active, or the one to go back to.",
    NotFound "not-found" "policy" "There is no such contract, version or label.",
    VersionMissing "version-missing" "integrity" "The state or a label names a version that is not there.",
    Locked "locked" "overloaded" "Another process is writing, and took too long.",
    ReadOnly "read-only" "policy" "The registry may not be written here.",
    NoSpace "no-space" "limit" "The disk is full.",
    Io "io" "malformed" "The file system failed.",
    WarmFailed "warm-failed" "" "The version could not be loaded or warmed up.",
    Closed "closed" "closed" "The registry or the slot was closed.",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
