package source_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
	"github.com/tenon-dev/tenon/host-go/registry/source"
)

const contract = "tenon:ledger"

// book is what tenon-gen would write into package ledger.
var book = dropin.New(dropin.Spec[ledger.Book]{
	Name: "ledger", Contract: ledger.Contract, Component: ledger.Component, Baseline: ledger.Baseline,
	Client: func(s *tenon.Slot[ledger.Book]) ledger.Book { return ledger.New(s) },
})

// answeredBy is the number of the version that answers; 0 is the baseline.
func answeredBy(t *testing.T) uint32 {
	t.Helper()
	now, err := book.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	entry, err := now.By.Enter(t.Context(), 1, []byte("payload"))
	if err != nil {
		t.Fatal(err)
	}
	version, err := ledger.Audit(entry, 1, []byte("payload"))
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func eventually(t *testing.T, so func() bool) {
	t.Helper()
	for limit := time.Now().Add(2 * time.Minute); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("not in two minutes: %+v", book.Status())
		}
	}
}

func closeAll(t *testing.T) {
	t.Cleanup(func() {
		if err := dropin.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func publish(t *testing.T, reg *registry.Registry, n uint32, o ...registry.PublishOption) {
	t.Helper()
	component, err := ledger.Version(n, 0)
	if err == nil {
		_, err = reg.Publish(contract, fmt.Sprintf("%d.0.0", n), component, o...)
	}
	if err == nil {
		_, err = reg.Activate(contract, fmt.Sprintf("%d.0.0", n), registry.Activation{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Which version answers is a matter of the registry, and whether one does of the switch.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	closeAll(t) // before the folder is removed
	reg, err := registry.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	from := source.Folder(dir, follow.Config{Trust: registry.Trust{Unsigned: true}, Poll: 20 * time.Millisecond})
	if err := book.Configure(t.Context(), dropin.Config[ledger.Book]{Use: dropin.Registry, Source: from}); err != nil {
		t.Fatal(err)
	}
	if n := answeredBy(t); n != 0 {
		t.Errorf("version %d of an empty registry", n)
	}
	publish(t, reg, 7)
	eventually(t, func() bool { return answeredBy(t) == 7 })
	if f, ok := dropin.Followings()[0].(*follow.Follower); !ok || !f.Status().InStep {
		t.Errorf("%v", dropin.Followings())
	}
	if err := dropin.Set(t.Context(), "ledger", dropin.Baseline); err != nil {
		t.Fatal(err)
	}
	publish(t, reg, 8)
	if n := answeredBy(t); n != 0 {
		t.Errorf("version %d, though the baseline is to answer", n)
	}
	if err := dropin.Set(t.Context(), "ledger", dropin.Registry); err != nil {
		t.Fatal(err)
	}
	if n := answeredBy(t); n != 8 {
		t.Errorf("version %d, and 8 was active before", n)
	}
	if s := book.Status(); s.Source != dir {
		t.Errorf("%+v", s)
	}
}

func TestTheEnvironmentTrusts(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	noKey := filepath.Join(t.TempDir(), "large.pub")
	if err := os.WriteFile(noKey, bytes.Repeat([]byte("x"), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	reg, err := registry.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	component, err := ledger.Version(3, 0)
	if err != nil {
		t.Fatal(err)
	}
	rt, err := tenon.New(t.Context(), tenon.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(context.Background())
	k, err := rt.Load(t.Context(), "ledger", component)
	if err != nil {
		t.Fatal(err)
	}
	envelope, err := registry.Sign(registry.Statement{Digest: k.Digest(), Kernel: k.Name(), Contract: k.Contract().String(),
		ContractHash: k.Contract().Hash, Label: "3.0.0", Counter: 1}, private)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, reg, 3, registry.Signed(envelope))
	for name, c := range map[string]struct {
		trust string
		want  uint32
		fault string
	}{
		"nobody":        {"", 0, ""},
		"the key":       {key, 3, ""},
		"unsigned only": {"unsigned", 0, ""}, // it is signed, by somebody
		"both":          {"unsigned" + string(filepath.ListSeparator) + key, 3, ""},
		"no file":       {filepath.Join(dir, "none.pub"), 0, "none.pub"},
		"no key":        {noKey, 0, "large.pub"},
		"a folder":      {dir, 0, "not an ordinary file"},
	} {
		t.Run(name, func(t *testing.T) {
			closeAll(t)
			t.Setenv("TENON_LEDGER", "registry:"+dir)
			t.Setenv("TENON_TRUST", c.trust)
			err := book.Configure(t.Context(), dropin.Config[ledger.Book]{})
			if c.fault != "" {
				if !errors.Is(err, tenon.ErrPolicy) || !strings.Contains(err.Error(), c.fault) {
					t.Error(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if n := answeredBy(t); n != c.want {
				t.Errorf("version %d, want %d: %+v", n, c.want, dropin.Followings()[0].(*follow.Follower).Status())
			}
		})
	}
}

// A folder that cannot be a registry is an error, and what answered before answers on.
func TestNoFolder(t *testing.T) {
	closeAll(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := book.Configure(t.Context(), dropin.Config[ledger.Book]{Use: dropin.Registry, Source: source.Folder(file, follow.Config{})})
		if registry.ReasonOf(err) == "" {
			t.Error(err)
		}
		if n := answeredBy(t); n != 0 && n != 1 {
			t.Errorf("version %d", n)
		}
	}
}
