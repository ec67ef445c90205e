package registry

// A Reason says why the registry refused something. The list is closed and the same in the Rust host
// (wit/vectors/names.json); follow adds the ones of loading and warming up.
type Reason string

// The reasons. Each belongs to one kind of fault, which Kind gives.
const (
	ReasonDigestMismatch       Reason = "digest-mismatch"         // a component's bytes are not those that its name promises
	ReasonSignatureMissing     Reason = "signature-missing"       // unsigned, and the policy asks for a signature
	ReasonSignatureMalformed   Reason = "signature-malformed"     // not an envelope, a statement or a key that can be read
	ReasonSignatureInvalid     Reason = "signature-invalid"       // a trusted key did not sign these bytes
	ReasonKeyUnknown           Reason = "key-unknown"             // signed, but by no trusted key
	ReasonSignatureExpired     Reason = "signature-expired"       // the statement's time is over
	ReasonSignatureNotYetValid Reason = "signature-not-yet-valid" // the statement's time has not come
	ReasonSignatureOfAnother   Reason = "signature-of-another"    // the statement names another digest
	ReasonLabelMismatch        Reason = "label-mismatch"          // the statement's label does not name this digest
	ReasonCounterBelowFloor    Reason = "counter-below-floor"     // a release counter that was passed already
	ReasonTicketInvalid        Reason = "ticket-invalid"          // a rollback ticket for something else, or badly signed, or too late
	ReasonLabelsMalformed      Reason = "labels-malformed"        // labels.json cannot be read
	ReasonStateMalformed       Reason = "state-malformed"         // state.json cannot be read
	ReasonTrailMalformed       Reason = "trail-malformed"         // a line of trail.jsonl cannot be read
	ReasonGoldenMalformed      Reason = "golden-malformed"        // golden.json cannot be read
	ReasonFormatNewer          Reason = "format-newer"            // a file of a newer release
	ReasonNotAFile             Reason = "not-a-file"              // a folder, a FIFO, a device or a loop of links in the place of a file
	ReasonTooLarge             Reason = "too-large"               // more bytes or entries than are ever read
	ReasonVersionMissing       Reason = "version-missing"         // active or labelled, but its file is gone
	ReasonContractMismatch     Reason = "contract-mismatch"       // of another contract than the folder or the signature says
	ReasonIncompatible         Reason = "incompatible"            // does not fit the contract in force
	ReasonGoldenFailed         Reason = "golden-failed"           // gave another answer than a golden case
	ReasonNameMalformed        Reason = "name-malformed"          // a contract, digest or label is not written as one
	ReasonLabelTaken           Reason = "label-taken"             // the label names another version already
	ReasonStillActive          Reason = "still-active"            // in use, and so not to be removed
	ReasonNotFound             Reason = "not-found"               // no such contract, version or label
	ReasonLocked               Reason = "locked"                  // another writer kept the lock for too long
	ReasonReadOnly             Reason = "read-only"               // the folder may not be written
	ReasonNoSpace              Reason = "no-space"                // the disk is full, or the quota used up
	ReasonIO                   Reason = "io"                      // the system failed to read or write
	ReasonWarmFailed           Reason = "warm-failed"             // the version could not be loaded or warmed up
	ReasonClosed               Reason = "closed"                  // what was asked is closed
)

// kinds gives the kind of fault of each reason, in the order of the table. A version that fails to warm up has the kind of its
// own fault.
var kinds = []struct {
	reason Reason
	kind   string
}{
	{ReasonDigestMismatch, "integrity"},
	{ReasonSignatureMissing, "integrity"},
	{ReasonSignatureMalformed, "integrity"},
	{ReasonSignatureInvalid, "integrity"},
	{ReasonKeyUnknown, "integrity"},
	{ReasonSignatureExpired, "integrity"},
	{ReasonSignatureNotYetValid, "integrity"},
	{ReasonSignatureOfAnother, "integrity"},
	{ReasonLabelMismatch, "integrity"},
	{ReasonCounterBelowFloor, "integrity"},
	{ReasonTicketInvalid, "integrity"},
	{ReasonLabelsMalformed, "integrity"},
	{ReasonStateMalformed, "integrity"},
	{ReasonTrailMalformed, "integrity"},
	{ReasonGoldenMalformed, "integrity"},
	{ReasonFormatNewer, "integrity"},
	{ReasonNotAFile, "integrity"},
	{ReasonTooLarge, "integrity"},
	{ReasonVersionMissing, "integrity"},
	{ReasonContractMismatch, "contract"},
	{ReasonIncompatible, "contract"},
	{ReasonGoldenFailed, "contract"},
	{ReasonNameMalformed, "policy"},
	{ReasonLabelTaken, "policy"},
	{ReasonStillActive, "policy"},
	{ReasonNotFound, "policy"},
	{ReasonLocked, "overloaded"},
	{ReasonReadOnly, "policy"},
	{ReasonNoSpace, "limit"},
	{ReasonIO, "malformed"},
	{ReasonWarmFailed, ""},
	{ReasonClosed, "closed"},
}

// Kind gives the kind of fault that the reason is, a word of package tenon's list, or "" for a reason whose fault has a kind
// of its own (ReasonWarmFailed).
func (r Reason) Kind() string {
	for _, k := range kinds {
		if k.reason == r {
			return k.kind
		}
	}
	return ""
}

// Passing says whether the same try may succeed later although nobody changes the registry.
func (r Reason) Passing() bool {
	switch r {
	case ReasonLocked, ReasonNoSpace, ReasonIO, ReasonSignatureNotYetValid, ReasonWarmFailed:
		return true
	}
	return false
}
