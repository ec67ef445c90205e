package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/admin"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
	"github.com/tenon-dev/tenon/host-go/registry/source"
)

const (
	contract = "tenon:ledger"
	token    = "0123456789abcdef0123456789abcdef"
)

// cacheDir keeps compiled kernels for all tests of the package.
var cacheDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "admin")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cacheDir = filepath.Join(dir, "cache")
	os.Setenv("TENON_CACHE", cacheDir)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// books is a drop-in, as tenon-gen would write one.
var books = dropin.New(dropin.Spec[ledger.Book]{
	Name: "books", Contract: ledger.Contract, Component: ledger.Component, Baseline: ledger.Baseline,
	Client: func(s *tenon.Slot[ledger.Book]) ledger.Book { return ledger.New(s) },
})

// service has everything that the page shows: a slot that follows a registry with two versions, of which the first is active.
type service struct {
	t       *testing.T
	rt      *tenon.Runtime
	slot    *tenon.Slot[ledger.Book]
	reg     *registry.Registry
	follow  *follow.Follower
	last    *admin.Recorder
	handler http.Handler
	digests [3]string // of versions 1 and 2

	mu  sync.Mutex
	log bytes.Buffer
}

// Write takes the log.
func (s *service) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

func newService(t *testing.T, edit func(*admin.Config)) *service {
	t.Helper()
	s := &service{t: t, last: new(admin.Recorder)}
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	s.rt, err = tenon.New(ctx, tenon.Config{CacheDir: cacheDir, Observer: s.last})
	must(err)
	t.Cleanup(func() {
		if err := s.rt.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	s.reg, err = registry.Open(t.TempDir())
	must(err)
	for n := range uint32(2) {
		component, err := ledger.Version(n+1, 0)
		must(err)
		v, err := s.reg.Publish(contract, fmt.Sprintf("%d.0.0", n+1), component)
		must(err)
		s.digests[n+1] = v.Digest
	}
	_, err = s.reg.Activate(contract, "1.0.0", registry.Activation{})
	must(err)
	s.slot, err = tenon.NewSlot(ctx, s.rt, "ledger", ledger.Contract, tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline()})
	must(err)
	s.follow, err = follow.Slot(ctx, s.slot, s.reg, follow.Config{Trust: registry.Trust{Unsigned: true}, Swap: follow.BlueGreen})
	must(err)
	t.Cleanup(func() { _ = s.follow.Close(context.Background()) })
	cfg := admin.Config{Recorder: s.last, Followers: []*follow.Follower{s.follow}, Registries: []*registry.Registry{s.reg},
		Slots: []admin.Slot{s.slot}, Token: token, Logger: slog.New(slog.NewJSONHandler(s, nil))}
	if edit != nil {
		edit(&cfg)
	}
	s.handler = admin.Handler(s.rt, cfg)
	t.Cleanup(func() {
		if err := dropin.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask sends a request.
func (s *service) ask(method, target, body string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// post sends a change with the token, and gives the status and the answer.
func (s *service) post(action, body string) (int, map[string]any) {
	s.t.Helper()
	w := s.ask("POST", admin.Path+action, body, "Authorization", "Bearer "+token, "Content-Type", "application/json")
	return w.Code, object(s.t, w)
}

func object(t *testing.T, w *httptest.ResponseRecorder) (o map[string]any) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || w.Header().Get("Content-Type") != "application/json" || o["format"] != 1.0 {
		t.Fatalf("%v, %v: %s", err, w.Header(), w.Body)
	}
	return o
}

// at finds a value in an answer: names, and places in lists.
func at(o any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := o.(map[string]any)
			o = m[p]
		case int:
			l, _ := o.([]any)
			if p >= len(l) {
				return nil
			}
			o = l[p]
		}
	}
	return o
}

// serves checks which version answers.
func (s *service) serves(want uint32) {
	s.t.Helper()
	entry, err := ledger.New(s.slot).Enter(s.t.Context(), 1, []byte("payload"))
	if err != nil {
		s.t.Fatal(err)
	}
	if got, err := ledger.Audit(entry, 1, []byte("payload")); got != want || err != nil {
		s.t.Errorf("version %d answers, %v; want %d", got, err, want)
	}
}

func TestShowsEverything(t *testing.T) {
	s := newService(t, func(cfg *admin.Config) { cfg.Token = "" })
	s.serves(1)
	from := source.Folder(s.reg.Root(), follow.Config{Trust: registry.Trust{Unsigned: true}})
	if err := books.Configure(t.Context(), dropin.Config[ledger.Book]{Use: dropin.Registry, Source: from, Runtime: s.rt}); err != nil {
		t.Fatal(err)
	}
	s.last.Observe(tenon.Event{Kind: tenon.EventFault, Slot: "ledger", Fault: &tenon.Fault{Kind: tenon.KindTrap, Message: "a panic"}})
	s.last.Observe(tenon.Event{Kind: tenon.EventFault, Fault: &tenon.Fault{Kind: tenon.KindABI, Message: "of no slot"}})
	o := object(t, s.ask("GET", admin.Path, ""))
	for _, c := range []struct {
		want any
		path []any
	}{
		{true, []any{"read_only"}},
		{2.0, []any{"runtimes", 0, "kernels"}},
		{"books", []any{"slots", 0, "slot"}},
		{"ledger", []any{"slots", 1, "slot"}},
		{1.0, []any{"slots", 1, "answers"}},
		{s.digests[1], []any{"slots", 1, "versions", 0, "version"}},
		{"serving", []any{"slots", 1, "versions", 0, "state"}},
		{"trap", []any{"slots", 1, "last_faults", 0, "fault", "kind"}},
		{"a panic", []any{"slots", 1, "last_faults", 0, "fault", "message"}},
		{"of no slot", []any{"faults", 0, "fault", "message"}},
		{"books", []any{"dropins", 0, "name"}},
		{"registry", []any{"dropins", 0, "use"}},
		{s.reg.Root(), []any{"dropins", 0, "source"}},
		{"ledger", []any{"followers", 0, "slot"}},
		{true, []any{"followers", 0, "in_step"}},
		{"books", []any{"followers", 1, "slot"}}, // a drop-in's
		{contract, []any{"contracts", 0, "contract"}},
		{s.digests[1], []any{"contracts", 0, "active"}},
		{"swapped", []any{"contracts", 0, "trail", 0, "event"}},
		{"books", []any{"contracts", 0, "trail", 0, "slot"}},
	} {
		if got := at(o, c.path...); got != c.want {
			t.Errorf("%v is %v, want %v", c.path, got, c.want)
		}
	}
	if n := len(at(o, "contracts", 0, "versions").([]any)); n != 2 {
		t.Errorf("%d versions", n)
	}
	if at(o, "events", 0, "event") == nil {
		t.Errorf("no events: %v", at(o, "events"))
	}
	page := s.ask("GET", admin.Path, "", "Accept", "text/html,application/xhtml+xml")
	if page.Code != 200 || page.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d, %v", page.Code, page.Header())
	}
	for _, want := range []string{"<h2>ledger</h2>", "<h2>books</h2>", s.digests[1][:12], "a panic", "of no slot", "Read-only", contract, "1.0.0", "published"} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

// Whoever writes a kernel or a registry chooses names, and the texts of faults: none of them is more than text on the page.
func TestHostileNames(t *testing.T) {
	s := newService(t, nil)
	hostile := "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202egpj.exe\x1b[31m\nmsg=forged\x00" + strings.Repeat("x", 1<<20)
	for _, kind := range []tenon.EventKind{tenon.EventFault, tenon.EventSwapped, tenon.EventKind(hostile[:80])} {
		s.last.Observe(tenon.Event{Kind: kind, Slot: "ledger", Kernel: hostile, Version: hostile[:100], Label: hostile, Previous: hostile[:100],
			Fault: &tenon.Fault{Kind: tenon.Kind(hostile[:40]), Kernel: hostile, Label: hostile, Export: hostile, Message: hostile,
				Backtrace: strings.Split(strings.Repeat(hostile[:64]+"\t", 1000), "\t"), Err: errors.New(hostile)}})
	}
	if _, err := tenon.NewSlot(t.Context(), s.rt, hostile[:200], ledger.Contract, tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline()}); err != nil {
		t.Fatal(err)
	}
	page := s.ask("GET", admin.Path+"?format=html", "")
	text := page.Body.String()
	for _, bad := range []string{"<script", "<img", "\u202e", "\x1b", "\x00", "\"'>"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if !strings.Contains(text, `\u{202e}`) || !strings.Contains(text, "&lt;script&gt;") {
		t.Error("the names are not there at all")
	}
	if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src") {
		t.Errorf("policy %q", policy)
	}
	answer := s.ask("GET", admin.Path, "")
	if object(t, answer); answer.Body.Len() > 200<<10 || page.Body.Len() > 200<<10 {
		t.Errorf("%d bytes of JSON, %d bytes of page", answer.Body.Len(), page.Body.Len())
	}
	if strings.Contains(answer.Body.String(), "<script") || answer.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Error("a browser could take the JSON for a page")
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	open, readOnly := newService(t, nil), newService(t, func(cfg *admin.Config) { cfg.Token = "" })
	const bearer, kind, media = "Authorization", "Content-Type", "application/json"
	for name, c := range map[string]struct {
		s              *service
		method, target string
		body           string
		header         []string
		want           int
	}{
		"elsewhere":            {open, "GET", "/debug/", "", nil, 404},
		"below":                {open, "GET", admin.Path + "slots", "", nil, 404},
		"an action's child":    {open, "POST", admin.Path + "activate/x", "", nil, 404},
		"a path that climbs":   {open, "GET", admin.Path + "../tenon/", "", nil, 404},
		"the page is no form":  {open, "POST", admin.Path, "", nil, 405},
		"an action is no page": {open, "GET", admin.Path + "activate", "", nil, 405},
		"HEAD":                 {open, "HEAD", admin.Path, "", nil, 200},
		"another format":       {open, "GET", admin.Path + "?format=xml", "", nil, 400},
		"read-only":            {readOnly, "POST", admin.Path + "activate", "{}", []string{bearer, "Bearer ", kind, media}, 403},
		"no token":             {open, "POST", admin.Path + "activate", "{}", []string{kind, media}, 401},
		"another token":        {open, "POST", admin.Path + "activate", "{}", []string{bearer, "Bearer " + token + "0", kind, media}, 401},
		"part of the token":    {open, "POST", admin.Path + "activate", "{}", []string{bearer, "Bearer " + token[:31], kind, media}, 401},
		"another scheme":       {open, "POST", admin.Path + "activate", "{}", []string{bearer, "Basic " + token, kind, media}, 401},
		"a cookie":             {open, "POST", admin.Path + "activate", "{}", []string{"Cookie", "token=" + token, kind, media}, 401},
		"a token in the query": {open, "POST", admin.Path + "activate?token=" + token, "{}", []string{kind, media}, 401},
		"a form":               {open, "POST", admin.Path + "activate", "contract=x", []string{bearer, "Bearer " + token, kind, "application/x-www-form-urlencoded"}, 415},
		"no type":              {open, "POST", admin.Path + "activate", "{}", []string{bearer, "bearer " + token}, 415},
		"a large body":         {open, "POST", admin.Path + "activate", `{"contract":"` + strings.Repeat("x", 1<<20) + `"}`, []string{bearer, "Bearer " + token, kind, media}, 413},
		"no body":              {open, "POST", admin.Path + "activate", "", []string{bearer, "Bearer " + token, kind, media}, 400},
		"two bodies":           {open, "POST", admin.Path + "activate", "{}{}", []string{bearer, "Bearer " + token, kind, media}, 400},
		"an unknown name":      {open, "POST", admin.Path + "activate", `{"kontract":"x"}`, []string{bearer, "Bearer " + token, kind, media}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.s.ask(c.method, c.target, c.body, c.header...)
			if w.Code != c.want {
				t.Fatalf("status %d, want %d: %s", w.Code, c.want, w.Body)
			}
			if w.Code >= 400 && at(object(t, w), "error", "message") == nil {
				t.Errorf("%s", w.Body)
			}
			if (w.Code == 405) != (w.Header().Get("Allow") != "") || (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("%v", w.Header())
			}
		})
	}
	open.serves(1)
	readOnly.serves(1)
	if strings.Contains(open.log.String(), token[:8]) {
		t.Error("the log has the token")
	}
}

func TestChanges(t *testing.T) {
	s := newService(t, nil)
	code, o := s.post("activate", `{"contract": "tenon:ledger", "version": "2.0.0"}`)
	if code != 200 || at(o, "state", "active") != s.digests[2] || at(o, "followers", 0, "in_step") != true {
		t.Errorf("%d, %v", code, o)
	}
	s.serves(2)
	if code, o = s.post("rollback", `{"contract": "tenon:ledger"}`); code != 200 || at(o, "state", "active") != s.digests[1] {
		t.Errorf("%d, %v", code, o)
	}
	s.serves(1)
	// The follower has the version before staged.
	if code, o = s.post("promote", `{"slot": "ledger"}`); code != 200 || at(o, "slot", "versions", 0, "version") != s.digests[2] {
		t.Errorf("%d, %v", code, o)
	}
	s.serves(2)
	if code, o = s.post("divide", `{"slot": "ledger", "share": 0.25}`); code != 200 || at(o, "slot", "share") != 0.25 {
		t.Errorf("%d, %v", code, o)
	}
	for _, use := range []string{"kernel", "baseline"} {
		if code, o = s.post("dropin", `{"dropin": "books", "use": "`+use+`"}`); code != 200 || at(o, "dropins", 0, "use") != use {
			t.Errorf("%d, %v", code, o)
		}
	}
	entries, err := s.reg.Trail(contract, 100)
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, e := range entries {
		events = append(events, string(e.Event))
	}
	if text := strings.Join(events, " "); !strings.Contains(text, "activated swapped rolled-back swapped") {
		t.Errorf("the trail has %s", text)
	}
	if n := strings.Count(s.log.String(), `"msg":"admin change","action":`); n != 6 {
		t.Errorf("%d changes are logged: %s", n, s.log.String())
	}
}

func TestChangesThatFail(t *testing.T) {
	other, err := registry.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := newService(t, func(cfg *admin.Config) { cfg.Registries = append(cfg.Registries, other) })
	for _, c := range []struct {
		action, body string
		want         int
	}{
		{"activate", `{}`, 400},
		{"activate", `{"contract": "tenon:ledger"}`, 400},
		{"activate", `{"version": "1.0.0"}`, 400},
		{"activate", `{"contract": "../../etc", "version": "1.0.0"}`, 404},
		{"activate", `{"contract": "tenon:nobody", "version": "1.0.0"}`, 404},
		{"activate", `{"contract": "tenon:ledger", "version": "9.0.0"}`, 404},
		{"activate", `{"contract": "tenon:ledger", "version": "../1.0.0"}`, 400},
		{"activate", `{"contract": "tenon:ledger", "version": "2.0.0", "registry": "/elsewhere"}`, 404},
		{"rollback", `{}`, 400},
		{"promote", `{}`, 400},
		{"promote", `{"slot": "nobody"}`, 404},
		{"promote", `{"slot": "ledger"}`, 409}, // nothing is staged
		{"divide", `{"slot": "ledger"}`, 400},
		{"divide", `{"slot": "ledger", "share": 2}`, 409},
		{"dropin", `{"dropin": "books", "use": "kernal"}`, 400},
		{"dropin", `{"dropin": "nobody", "use": "kernel"}`, 404},
		{"dropin", `{"dropin": "books", "use": "registry"}`, 409}, // there is none to use
	} {
		if code, o := s.post(c.action, c.body); code != c.want || at(o, "error", "message") == nil {
			t.Errorf("%s %s: %d, %v", c.action, c.body, code, o)
		}
	}
	s.serves(1)
	// Two registries with the contract: one of them has to be said.
	component, err := ledger.Version(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Publish(contract, "1.0.0", component); err != nil {
		t.Fatal(err)
	}
	if code, _ := s.post("activate", `{"contract": "tenon:ledger", "version": "2.0.0"}`); code != 400 {
		t.Errorf("%d", code)
	}
	body, err := json.Marshal(map[string]string{"contract": contract, "version": "2.0.0", "registry": s.reg.Root()})
	if err != nil {
		t.Fatal(err)
	}
	if code, o := s.post("activate", string(body)); code != 200 {
		t.Errorf("%d, %v", code, o)
	}
	s.serves(2)
}

// What cannot be read of a registry is said, and the rest is shown.
func TestADamagedRegistry(t *testing.T) {
	s := newService(t, nil)
	state := filepath.Join(s.reg.Root(), "tenon", "ledger", "state.json")
	if err := os.WriteFile(state, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := object(t, s.ask("GET", admin.Path, ""))
	if text, _ := at(o, "contracts", 0, "error").(string); !strings.Contains(text, "state.json") || at(o, "contracts", 0, "trail", 0) == nil {
		t.Errorf("%v", at(o, "contracts"))
	}
	if code, o := s.post("activate", `{"contract": "tenon:ledger", "version": "2.0.0"}`); code != 409 || at(o, "error", "reason") != "state-malformed" || at(o, "error", "kind") != "integrity" {
		t.Errorf("%d, %v", code, o)
	}
	s.serves(1)
}

func TestRecorderKeepsTheLast(t *testing.T) {
	var next atomic.Int64
	r := &admin.Recorder{Keep: 3, Next: tenon.ObserverFunc(func(tenon.Event) { next.Add(1) })}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			r.Observe(tenon.Event{Kind: tenon.EventLoaded})
			_, _ = r.Events(), r.Faults("a")
		})
	}
	group.Wait()
	for i := range 5 {
		r.Observe(tenon.Event{Kind: tenon.EventFault, Slot: "a", Fault: &tenon.Fault{Kind: tenon.KindTrap, Message: fmt.Sprint(i)}})
	}
	for i := range 2000 { // a program that makes slots without end
		r.Observe(tenon.Event{Kind: tenon.EventFault, Slot: fmt.Sprint("slot", i), Fault: &tenon.Fault{}})
	}
	r.Observe(tenon.Event{Kind: tenon.EventFault, Slot: "a"})
	var kept []string
	for _, f := range r.Faults("a") {
		kept = append(kept, f.Fault.Message)
	}
	if fmt.Sprint(kept) != "[4 3 2]" || len(r.Events()) != 3 || next.Load() != 4+5+2000+1 {
		t.Errorf("kept %v and %d events; %d were passed on", kept, len(r.Events()), next.Load())
	}
	if len(r.Faults("slot1")) != 1 || len(r.Faults("slot1999")) != 0 {
		t.Error("as many slots are kept as there are")
	}
}

// A service mounts the handler, and an operator takes a version off.
func ExampleHandler() {
	ctx := context.Background()
	last := new(admin.Recorder)
	rt, err := tenon.New(ctx, tenon.Config{Observer: last})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	mux := http.NewServeMux()
	mux.Handle(admin.Path, admin.Handler(rt, admin.Config{Recorder: last, Token: token}))
	server := httptest.NewServer(mux)
	defer server.Close()

	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+admin.Path+"dropin",
		strings.NewReader(`{"dropin": "books", "use": "baseline"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.StatusCode, books.Status().Use)
	// Output: 200 baseline
}
