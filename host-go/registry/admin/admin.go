// Package admin shows slots, versions, faults, followers and registries of a process over HTTP, and switches them for who has the
// token:
//
//	last := new(admin.Recorder)
//	rt, err := tenon.New(ctx, tenon.Config{Observer: last})
//	…
//	mux.Handle(admin.Path, admin.Handler(rt, admin.Config{Recorder: last, Followers: followers, Registries: registries}))
//
// GET gives a page for people, or JSON for programs: to who asks for text/html, or with ?format=html, the page. The names in
// the JSON are those of wit/vectors/names.json; it carries a format number, and names are only added within one. The page has no
// scripts and nothing from elsewhere.
//
// It is read-only until [Config].Token is set. Then a POST with that token as "Authorization: Bearer TOKEN" and a JSON object
// as its body changes something:
//
//	POST activate  {"contract": "tenon:redact", "version": "1.2.0"}   a label, a digest, or "baseline"
//	POST rollback  {"contract": "tenon:redact"}
//	POST promote   {"slot": "redact"}                                 the staged version serves, in this process, and back again
//	POST divide    {"slot": "redact", "share": 0.05}                  of the keys, to the staged version
//	POST dropin    {"dropin": "redact", "use": "baseline"}            or kernel, or registry
//
// The answer is a JSON object with "format" and what has become of it, or with "error", which has a kind or reason, and a message.
// Cookies count for nothing, so another site's pages can do nothing. What it shows is for operators: mount it where only they
// come.
package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// Path is where the handler is to be mounted, unless Config says another place.
const Path = "/debug/tenon/"

// Config says what the handler shows beside its runtime, and whether it changes anything. The zero value shows the runtime, and
// the drop-ins of the process.
type Config struct {
	// Path is where the handler is mounted; it begins and ends with a slash. "": Path.
	Path string
	// Recorder has the last faults and events; it is an observer of the runtime. nil: none are shown.
	Recorder *Recorder
	// Followers are shown with their slots, and look at their registry at once when it is changed here. Those of drop-ins
	// need not be given.
	Followers []*follow.Follower
	// Registries are shown with what is active and the end of their trails, and are what activate and rollback change.
	Registries []*registry.Registry
	// Slots are what promote and divide change, each a *tenon.Slot. Those of drop-ins need not be given.
	Slots []Slot
	// Trail is how many entries of each contract's trail are shown. 0: 20.
	Trail int
	// Token allows changes to who sends it. "": nobody. Make it of 16 random bytes or more.
	Token string
	// Trust checks signatures before a version is activated here; hosts check them in any case. nil: it does not.
	Trust *registry.Trust
	// Timeout bounds one change, in which calls in flight are waited for. 0: one minute.
	Timeout time.Duration
	// Logger is told of changes, and of who tried one without the token. nil: nobody is.
	Logger *slog.Logger
}

// Slot is what the handler needs of a slot. Every *tenon.Slot is one.
type Slot interface {
	Name() string
	Promote(ctx context.Context) error
	Divide(share float64) error
}

// Handler makes the handler of a runtime. It holds nothing that would have to be closed.
func Handler(rt *tenon.Runtime, cfg Config) http.Handler {
	if cfg.Path == "" {
		cfg.Path = Path
	}
	if cfg.Trail <= 0 {
		cfg.Trail = 20
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = time.Minute
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &handler{rt: rt, cfg: cfg, token: sha256.Sum256([]byte(cfg.Token))}
}

type handler struct {
	rt    *tenon.Runtime
	cfg   Config
	token [sha256.Size]byte
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	name, below := strings.CutPrefix(r.URL.Path, h.cfg.Path)
	act, isAction := actions[name]
	switch {
	case below && name == "":
		h.show(w, r)
	case below && isAction:
		h.change(w, r, name, act)
	default:
		refuse(w, http.StatusNotFound, "there is nothing here")
	}
}

// show answers a GET.
func (h *handler) show(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "only to be read")
		return
	}
	w.Header().Set("Vary", "Accept")
	format := r.URL.Query().Get("format")
	if format == "" && slices.ContainsFunc(r.Header.Values("Accept"), func(v string) bool { return strings.Contains(v, "text/html") }) {
		format = "html"
	}
	switch format {
	case "html":
		writePage(w, h.report())
	case "", "json":
		answer(w, http.StatusOK, h.report())
	default:
		refuse(w, http.StatusBadRequest, "format is json or html")
	}
}

// allowed reports whether a request has the token. How long that takes tells nothing about the token.
func (h *handler) allowed(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	same := subtle.ConstantTimeCompare(sum[:], h.token[:]) == 1
	return h.cfg.Token != "" && strings.EqualFold(scheme, "Bearer") && same
}

// answer writes a JSON object.
func answer(w http.ResponseWriter, status int, v any) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"format": 1, "error": {"message": "the answer cannot be written as JSON"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // a client that has gone is no matter
}

// failure is what an answer says of an error.
type failure struct {
	Kind    tenon.Kind      `json:"kind,omitempty"`
	Reason  registry.Reason `json:"reason,omitempty"`
	Message string          `json:"message"`
}

func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]any{"format": format, "error": failure{Message: message}})
}
