package registry

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// An Event is what an Entry of the trail tells of.
type Event string

// The events. The registry notes the first six, hosts the others.
const (
	EventPublished  Event = "published"
	EventLabelled   Event = "labelled"
	EventSigned     Event = "signed"
	EventActivated  Event = "activated"
	EventRolledBack Event = "rolled-back"
	EventCollected  Event = "collected" // removed by Collect
	EventSwapped    Event = "swapped"   // a slot serves the version
	EventRefused    Event = "refused"   // a slot does not take the version
	EventTripped    Event = "tripped"   // a breaker turned the version off
	EventRecovered  Event = "recovered" // a breaker turned it on again
)

// An Entry is one line of the trail. Only Event has to be given to [Registry.Note].
type Entry struct {
	// Time is when, by the writer's clock: the order of the lines is the order of what happened, whatever the clocks say.
	Time time.Time `json:"time"`
	// Event is what happened.
	Event Event `json:"event"`
	// By is the program ("go", "rust", "cli"), Host the machine's name and PID the process.
	By   string `json:"by,omitempty"`
	Host string `json:"host,omitempty"`
	PID  int    `json:"pid,omitempty"`
	// Contract is the package of the contract.
	Contract string `json:"contract,omitempty"`
	// Version is the digest that it is about, Label a label of it, and Previous the digest before it; "" is the baseline where the
	// event is about what serves.
	Version  string `json:"version,omitempty"`
	Label    string `json:"label,omitempty"`
	Previous string `json:"previous,omitempty"`
	// Revision is the state's.
	Revision uint64 `json:"revision,omitempty"`
	// Slot is the slot's name, for the events of hosts.
	Slot string `json:"slot,omitempty"`
	// Reason and Message say why, where something failed.
	Reason  Reason `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

const (
	fullTrail  = 1 << 20  // bytes of a trail, from which on who appends begins another one
	maxLine    = 64 << 10 // bytes of a line
	maxMessage = 4 << 10  // bytes of a message: longer ones are cut
	maxWord    = 512      // bytes of another text of an entry; JSON may need six for each
)

// trailPath is what is appended to.
func trailPath(dir string) string { return filepath.Join(dir, "trail.jsonl") }

// trailBeforePath is what was appended to before, until it was full.
func trailBeforePath(dir string) string { return filepath.Join(dir, "trail.1.jsonl") }

// Note appends an entry to the trail, and fills in Time, By, Host, PID and Contract where they are empty. A contract that is not there,
// or goes while this waits for its turn, is ReasonNotFound.
func (r *Registry) Note(contract string, e Entry) (err error) {
	defer func() { named(&err, "note", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return err
	}
	before := r.activated(dir)
	unlock, err := r.lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if before && !r.activated(dir) {
		return refuse(ReasonNotFound, statePath(dir), "it is gone since: somebody removes the contract")
	}
	return r.note(dir, contract, e)
}

// activated reports whether a contract has a state, readable or not.
func (r *Registry) activated(dir string) bool {
	_, err := r.fs.Stat(statePath(dir))
	return !errors.Is(err, fs.ErrNotExist)
}

// note appends one line; the caller has the lock.
func (r *Registry) note(dir, contract string, e Entry) (err error) {
	line, err := r.line(contract, e)
	if err != nil {
		return err
	}
	if err := r.makeRoom(dir); err != nil {
		return err
	}
	path := trailPath(dir)
	f, err := r.fs.Append(path)
	if err != nil {
		return failed(path, err, true)
	}
	defer func() { err = errors.Join(err, failed(path, f.Close(), true)) }()
	if err := onlyRegular(path, f); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return failed(path, err, true)
	}
	size := info.Size()
	if size == 0 {
		if err := r.settle(dir); err != nil { // its name is durable before its first line is
			return err
		}
	}
	if size > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], size-1); err != nil {
			return failed(path, err, true)
		}
		if last[0] != '\n' {
			line = append([]byte{'\n'}, line...) // a crash tore the line before
		}
	}
	return failed(path, writeAll(f, line), true)
}

// makeRoom moves a trail that is full out of the way of the next line. Where that fails the trail grows on, and the next writer tries
// again.
func (r *Registry) makeRoom(dir string) error {
	path := trailPath(dir)
	info, err := r.fs.Stat(path)
	if err == nil && info.Mode().IsRegular() && info.Size() >= r.fullTrail {
		_ = r.fs.Rename(path, trailBeforePath(dir))
		_, err = r.fs.Stat(path)
	}
	if err == nil {
		return nil
	}
	return r.settle(dir) // the move has to be durable before there is another file of that name
}

// line writes an entry as a line, its end included.
func (r *Registry) line(contract string, e Entry) ([]byte, error) {
	if e.Event == "" {
		return nil, refuse(ReasonTrailMalformed, "", "an entry without an event")
	}
	if e.Time.IsZero() {
		e.Time = r.o.Now()
	}
	e.Time = e.Time.UTC().Truncate(time.Millisecond)
	if e.By == "" {
		e.By = r.o.By
	}
	if e.Host == "" {
		e.Host, _ = os.Hostname() // a machine without a name is noted without one
	}
	if e.PID == 0 {
		e.PID = os.Getpid()
	}
	e.Contract = contract
	for _, text := range []*string{(*string)(&e.Event), &e.By, &e.Host, &e.Version, &e.Label, &e.Previous, &e.Slot, (*string)(&e.Reason)} {
		*text = cut(*text, maxWord)
	}
	e.Message = cut(e.Message, maxMessage)
	line, err := json.Marshal(struct {
		Format int `json:"format"`
		Entry
	}{1, e})
	return append(line, '\n'), err
}

// cut shortens a text to a number of bytes, and makes it valid UTF-8.
func cut(text string, size int) string {
	if len(text) > size {
		text = text[:size] + "…"
	}
	return strings.ToValidUTF8(text, "�")
}

// Trail gives the last entries of a contract's trail, oldest first; last below 1 is none. What a crash left of a line is
// skipped. Lines that cannot be read otherwise are skipped as well, and the error, ReasonTrailMalformed or ReasonFormatNewer, is of
// the first of them: it comes together with the entries that can be read.
func (r *Registry) Trail(contract string, last int) (_ []Entry, err error) {
	defer func() { named(&err, "trail", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return nil, err
	}
	return r.trail(dir, last)
}

func (r *Registry) trail(dir string, last int) ([]Entry, error) {
	if last < 1 {
		return nil, nil
	}
	for try := 1; ; try++ {
		mark := r.mark(trailBeforePath(dir))
		entries, whole, err := r.trailFile(trailPath(dir), last)
		if !whole || len(entries) == last {
			return entries, err
		}
		before, _, wrong := r.trailFile(trailBeforePath(dir), last-len(entries))
		// If a writer moved the one file to the place of the other meanwhile, these are not the entries before.
		if try == 10 || r.mark(trailBeforePath(dir)) == mark {
			return append(before, entries...), cmp.Or(wrong, err)
		}
	}
}

// mark tells one file from another that has its name afterwards.
func (r *Registry) mark(path string) [2]int64 {
	info, err := r.fs.Stat(path)
	if err != nil {
		return [2]int64{}
	}
	return [2]int64{info.Size(), info.ModTime().UnixNano()}
}

// trailFile reads the last entries of a file of the trail. Whole says that there are no others in it.
func (r *Registry) trailFile(path string, last int) (entries []Entry, whole bool, err error) {
	f, err := r.fs.Open(path)
	if err == nil {
		defer f.Close()
		err = onlyRegular(path, f)
	}
	if ReasonOf(failed(path, err, false)) == ReasonNotFound {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, failed(path, err, false)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, false, failed(path, err, false)
	}
	// It is read in growing pieces, since most who look want its end, but no more than maxText bytes of it.
	for want := int64(maxLine); ; want *= 4 {
		want = min(want, info.Size(), maxText)
		tail := make([]byte, want)
		n, err := f.ReadAt(tail, info.Size()-want)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, false, failed(path, err, false)
		}
		whole = want == info.Size()
		entries, err = parseTrail(path, tail[:n], whole, last) // fewer bytes only where somebody cut the file since
		if whole || want == maxText || len(entries) == last {
			return entries, whole, err
		}
	}
}

// parseTrail reads the last entries of a piece of a trail.
func parseTrail(path string, tail []byte, whole bool, last int) ([]Entry, error) {
	var entries []Entry
	var wrong error
	lines := bytes.Split(tail, []byte{'\n'})
	if !whole {
		lines = lines[1:] // its beginning is not here
	}
	for i := len(lines) - 1; i >= 0 && len(entries) < last; i-- {
		e, err := parseLine(path, lines[i])
		switch {
		case err == nil:
			entries = append(entries, e)
		case !errors.Is(err, errTorn):
			wrong = err
		}
	}
	slices.Reverse(entries)
	return entries, wrong
}

// errTorn says that a crash left a part of a line.
var errTorn = errors.New("torn line")

func parseLine(path string, line []byte) (e Entry, err error) {
	if !bytes.HasSuffix(line, []byte("}")) || bytes.IndexByte(line, 0) >= 0 {
		return e, errTorn // zeros are what some file systems leave where a crash came before the bytes
	}
	if len(line) > maxLine {
		return e, asMalformed(ReasonTrailMalformed, path, fmt.Errorf("a line of %d bytes: want at most %d", len(line), maxLine))
	}
	object, err := document(path, line, ReasonTrailMalformed, "time", "event", "by", "host", "pid", "contract", "version", "label", "previous", "revision", "slot", "reason", "message")
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return e, errTorn
	}
	if err != nil {
		return e, err
	}
	err = errors.Join(moment(object, "time", &e.Time), field(object, "event", &e.Event), field(object, "by", &e.By), field(object, "host", &e.Host),
		field(object, "pid", &e.PID), field(object, "contract", &e.Contract), field(object, "version", &e.Version), field(object, "label", &e.Label),
		field(object, "previous", &e.Previous), field(object, "revision", &e.Revision), field(object, "slot", &e.Slot),
		field(object, "reason", &e.Reason), field(object, "message", &e.Message))
	if err == nil && e.Event == "" {
		err = errors.New(`no "event"`)
	}
	if err != nil {
		return e, asMalformed(ReasonTrailMalformed, path, err)
	}
	return e, nil
}
