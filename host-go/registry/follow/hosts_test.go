package follow_test

import (
	"crypto/ed25519"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// The Rust host's command writes, and a slot here follows. The Rust host has the twin of this test, in which a program with
// this package writes.
func TestWhatTheTenonCommandActivatesIsFollowed(t *testing.T) {
	command := os.Getenv("TENON_CALL")
	if command == "" {
		t.Skip("TENON_CALL names no tenon command: `cargo xtask test both-hosts` gives it")
	}
	b := newBench(t, registry.Options{})
	run := func(args ...string) {
		t.Helper()
		tenon := exec.CommandContext(t.Context(), command, args...)
		tenon.Env = append(os.Environ(), "TENON_REGISTRY="+b.root)
		if out, err := tenon.CombinedOutput(); err != nil {
			t.Fatalf("tenon %q: %v\n%s", args, err, out)
		}
	}
	secret := filepath.Join(t.TempDir(), "release")
	run("key", "new", secret)
	text, err := os.ReadFile(secret + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	public, err := registry.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	f := b.follow(follow.Config{Trust: registry.Trust{Keys: []ed25519.PublicKey{public}}, Poll: 50 * time.Millisecond})
	for n := uint32(1); n <= 2; n++ {
		file := filepath.Join(t.TempDir(), "ledger.wasm")
		if err := os.WriteFile(file, component(t, n, 0), 0o644); err != nil {
			t.Fatal(err)
		}
		run("publish", file, "--label", label(n))
		run("sign", contract, label(n), "--key", secret)
	}
	for _, step := range []struct {
		args   []string
		serves uint32
	}{
		{[]string{"activate", contract, "1.0.0", "--trust", secret + ".pub"}, 1},
		{[]string{"activate", contract, "2.0.0", "--trust", secret + ".pub"}, 2},
		{[]string{"rollback", contract, "--trust", secret + ".pub", "--key", secret}, 1},
		{[]string{"activate", contract, "baseline"}, 0},
	} {
		run(step.args...)
		digest, name := "", ""
		if step.serves > 0 {
			name = label(step.serves)
			digest = b.digest(name)
		}
		inStep(t, f, digest)
		b.serves(step.serves)
		if s := f.Status(); s.Label != name || len(s.Refusals) > 0 {
			t.Errorf("after %q: %+v", step.args, s)
		}
	}
	b.noted("swapped 1.0.0", "swapped 2.0.0", "swapped 1.0.0", "swapped")
	if findings, err := b.reg.Verify(contract, registry.Trust{Keys: []ed25519.PublicKey{public}}); err != nil || len(findings) > 0 {
		t.Error(findings, err)
	}
}
