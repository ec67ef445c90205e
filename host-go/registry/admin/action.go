package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// maxBody is more than any request has, in bytes.
const maxBody = 4 << 10

// request is the body of a POST. Each action has some of it.
type request struct {
	Registry string   `json:"registry"`
	Contract string   `json:"contract"`
	Version  string   `json:"version"`
	Slot     string   `json:"slot"`
	Share    *float64 `json:"share"`
	DropIn   string   `json:"dropin"`
	Use      string   `json:"use"`
}

// target is what the request is about, for the log.
func (q request) target() string { return cmp.Or(q.Contract, q.Slot, q.DropIn) }

// done is what has become of it.
type done struct {
	Format int `json:"format"`
	// State is that of the registry, and Followers what those made of it who follow the contract.
	State     *state          `json:"state,omitempty"`
	Followers []follow.Status `json:"followers,omitempty"`
	// Warning says what did not go well, though the change is in force.
	Warning string `json:"warning,omitempty"`
	// Slot is the slot's state, DropIns what answers.
	Slot    *slotReport     `json:"slot,omitempty"`
	DropIns []dropin.Status `json:"dropins,omitempty"`
}

type state struct {
	Revision uint64 `json:"revision"`
	Active   string `json:"active"`
	Previous string `json:"previous"`
	Floor    uint64 `json:"floor"`
}

// action does what a request asks.
type action func(h *handler, ctx context.Context, q request) (done, error)

// actions are the names below the handler's path.
var actions = map[string]action{
	"activate": (*handler).activate,
	"rollback": (*handler).rollback,
	"promote":  (*handler).promote,
	"divide":   (*handler).divide,
	"dropin":   (*handler).switchDropIn,
}

// httpError is an error of the request itself.
type httpError struct {
	status  int
	message string
}

func (e *httpError) Error() string { return e.message }

func bad(format string, args ...any) error {
	return &httpError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func absent(format string, args ...any) error {
	return &httpError{http.StatusNotFound, fmt.Sprintf(format, args...)}
}

// change answers a POST.
func (h *handler) change(w http.ResponseWriter, r *http.Request, name string, act action) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		refuse(w, http.StatusMethodNotAllowed, "a change is a POST")
		return
	}
	if h.cfg.Token == "" {
		refuse(w, http.StatusForbidden, "this page is read-only: the program has to set a token for changes")
		return
	}
	if !h.allowed(r) {
		h.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "admin change refused", slog.String("action", name), slog.String("remote", r.RemoteAddr))
		w.Header().Set("WWW-Authenticate", `Bearer realm="tenon"`)
		refuse(w, http.StatusUnauthorized, "a change needs the token, as Authorization: Bearer TOKEN")
		return
	}
	q, err := read(w, r)
	var d done
	if err == nil {
		// A client that goes does not leave a change half-way.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), h.cfg.Timeout)
		defer cancel()
		d, err = act(h, ctx, q)
		h.tell(ctx, r, name, q, err)
	}
	if err != nil {
		fail(w, err)
		return
	}
	d.Format = format
	answer(w, http.StatusOK, d)
}

// tell logs a change.
func (h *handler) tell(ctx context.Context, r *http.Request, name string, q request, err error) {
	attrs := []slog.Attr{slog.String("action", name), slog.String("target", q.target()), slog.String("remote", r.RemoteAddr)}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	h.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "admin change", attrs...)
}

// read reads the body of a POST.
func read(w http.ResponseWriter, r *http.Request) (q request, err error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return q, &httpError{http.StatusUnsupportedMediaType, "send JSON, with Content-Type: application/json"}
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err = d.Decode(&q); err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is more than one value")
		}
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return q, &httpError{http.StatusRequestEntityTooLarge, fmt.Sprintf("a request has at most %d bytes", maxBody)}
	}
	if err != nil {
		return q, bad("the body is not such an object as is asked for: %v", err)
	}
	return q, nil
}

// fail tells of an error, with the status that says whose matter it is.
func fail(w http.ResponseWriter, err error) {
	f := failure{Kind: tenon.KindOf(err), Reason: registry.ReasonOf(err), Message: err.Error()}
	if e, ok := errors.AsType[*registry.Error](err); ok {
		f.Kind = tenon.Kind(e.Kind())
	}
	status := http.StatusConflict
	switch of, own := errors.AsType[*httpError](err); {
	case own:
		status = of.status
	case f.Reason == registry.ReasonNotFound || f.Reason == registry.ReasonVersionMissing:
		status = http.StatusNotFound
	case f.Reason == registry.ReasonNameMalformed:
		status = http.StatusBadRequest
	case f.Reason == registry.ReasonIO || f.Reason == registry.ReasonNoSpace || f.Kind == tenon.KindInternal:
		status = http.StatusInternalServerError
	case f.Kind == tenon.KindOverloaded:
		status = http.StatusServiceUnavailable
	case f.Kind == tenon.KindCanceled || f.Kind == tenon.KindDeadline:
		status = http.StatusGatewayTimeout
	}
	answer(w, status, map[string]any{"format": format, "error": f})
}

func (h *handler) activate(ctx context.Context, q request) (done, error) {
	if q.Version == "" {
		return done{}, bad(`"version" is absent: give a label, a digest or "baseline"`)
	}
	reg, err := h.registry(q)
	if err != nil {
		return done{}, err
	}
	s, err := reg.Activate(q.Contract, q.Version, registry.Activation{Trust: h.cfg.Trust})
	return h.activated(ctx, q, s, err)
}

func (h *handler) rollback(ctx context.Context, q request) (done, error) {
	reg, err := h.registry(q)
	if err != nil {
		return done{}, err
	}
	s, err := reg.Rollback(q.Contract, registry.Activation{Trust: h.cfg.Trust})
	return h.activated(ctx, q, s, err)
}

// registry finds the one that a request is about.
func (h *handler) registry(q request) (*registry.Registry, error) {
	if q.Contract == "" {
		return nil, bad(`"contract" is absent`)
	}
	var found *registry.Registry
	for _, reg := range h.cfg.Registries {
		if q.Registry != "" && q.Registry != reg.Root() {
			continue
		}
		names, err := reg.Contracts()
		if err != nil {
			return nil, err
		}
		switch {
		case !slices.Contains(names, q.Contract):
		case found != nil:
			return nil, bad(`several registries have the contract: give "registry", one of their folders`)
		default:
			found = reg
		}
	}
	if found == nil {
		return nil, absent("no registry of this program has the contract %q", q.Contract)
	}
	return found, nil
}

// activated has those look at the registry who follow the contract. A state that comes with an error was written all the same.
func (h *handler) activated(ctx context.Context, q request, s registry.State, err error) (done, error) {
	if err != nil && !s.Exists {
		return done{}, err
	}
	d := done{State: &state{s.Revision, s.Active, s.Previous, s.Floor}}
	if err != nil {
		d.Warning = err.Error()
	}
	for _, f := range h.followers() {
		if f.Status().Contract == q.Contract {
			_ = f.Sync(ctx) // the status says what it came to
			d.Followers = append(d.Followers, f.Status())
		}
	}
	return d, nil
}

func (h *handler) promote(ctx context.Context, q request) (done, error) {
	slot, err := h.find(q)
	if err != nil {
		return done{}, err
	}
	if err := slot.Promote(ctx); err != nil {
		return done{}, err
	}
	return h.slotNow(slot), nil
}

func (h *handler) divide(_ context.Context, q request) (done, error) {
	if q.Share == nil {
		return done{}, bad(`"share" is absent: give a part of 1`)
	}
	slot, err := h.find(q)
	if err != nil {
		return done{}, err
	}
	if err := slot.Divide(*q.Share); err != nil {
		return done{}, err
	}
	return h.slotNow(slot), nil
}

// find finds the slot that a request is about.
func (h *handler) find(q request) (Slot, error) {
	if q.Slot == "" {
		return nil, bad(`"slot" is absent`)
	}
	list := slices.Clone(h.cfg.Slots)
	for _, s := range dropin.Slots() {
		list = append(list, s)
	}
	for _, s := range list {
		if s.Name() == q.Slot {
			return s, nil
		}
	}
	return nil, absent("no slot %q can be changed here", q.Slot)
}

func (h *handler) slotNow(slot Slot) done {
	for _, rt := range h.runtimes() {
		for _, s := range rt.Stats().Slots {
			if s.Slot == slot.Name() {
				r := h.slot(s)
				return done{Slot: &r}
			}
		}
	}
	return done{}
}

func (h *handler) switchDropIn(ctx context.Context, q request) (done, error) {
	use, err := dropin.ParseUse(q.Use)
	if err != nil {
		return done{}, bad("%v", err)
	}
	known := slices.ContainsFunc(dropin.List(), func(s dropin.Status) bool { return s.Name == q.DropIn })
	if !known {
		return done{}, absent("this program has no drop-in %q", q.DropIn)
	}
	if err := dropin.Set(ctx, q.DropIn, use); err != nil {
		return done{}, err
	}
	var d done
	for _, s := range dropin.List() {
		if s.Name == q.DropIn {
			d.DropIns = append(d.DropIns, s)
		}
	}
	return d, nil
}
