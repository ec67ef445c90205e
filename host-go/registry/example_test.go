package registry_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/tenon-dev/tenon/host-go/registry"
)

// temporary opens a registry for an example, which goes away with remove.
func temporary() (r *registry.Registry, remove func()) {
	dir, err := os.MkdirTemp("", "registry")
	if err != nil {
		log.Fatal(err)
	}
	r, err = registry.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	return r, func() { os.RemoveAll(dir) }
}

// first gives a value whose error ends an example.
func first[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// exampleKey is what tenon key new makes and ParsePrivateKey reads.
var exampleKey = ed25519.NewKeyFromSeed([]byte("a key of thirty-two bytes, or so"))

func ExampleOpenWith() {
	dir := first(os.MkdirTemp("", "registry"))
	defer os.RemoveAll(dir)
	r, err := registry.OpenWith(dir, registry.Options{LockWait: time.Second, By: "deploy"})
	fmt.Println(r.Root() == dir, err)
	// Output: true <nil>
}

func ExampleRegistry_Publish() {
	r, remove := temporary()
	defer remove()
	v := first(r.Publish("tenon:redact", "1.0.0", []byte("a component")))
	_, err := r.Publish("tenon:redact", "1.0.0", []byte("another one"))
	fmt.Println(v.Labels, registry.ReasonOf(err))

	fmt.Println(r.Contracts())
	for _, v := range first(r.List("tenon:redact")) {
		component := first(r.Read("tenon:redact", v.Digest))
		fmt.Printf("%s: %d bytes, signed: %v\n", component, v.Size, v.Signed)
	}
	// Output:
	// [1.0.0] label-taken
	// [tenon:redact] <nil>
	// a component: 11 bytes, signed: false
}

func ExampleRegistry_Activate() {
	r, remove := temporary()
	defer remove()
	for _, label := range []string{"1.0.0", "1.1.0"} {
		first(r.Publish("tenon:redact", label, []byte("the component of "+label)))
		first(r.Activate("tenon:redact", label, registry.Activation{}))
	}
	s := first(r.State("tenon:redact"))
	fmt.Println(s.Revision, s.Active == first(r.Resolve("tenon:redact", "1.1.0")))

	s = first(r.Activate("tenon:redact", registry.Baseline, registry.Activation{}))
	fmt.Printf("%d %q\n", s.Revision, s.Active)
	// Output:
	// 2 true
	// 3 ""
}

func ExampleRegistry_Rollback() {
	r, remove := temporary()
	defer remove()
	for _, label := range []string{"1.0.0", "1.1.0"} {
		first(r.Publish("tenon:redact", label, []byte("the component of "+label)))
		first(r.Activate("tenon:redact", label, registry.Activation{}))
	}
	for range 2 { // the second one changes nothing
		s := first(r.Rollback("tenon:redact", registry.Activation{}))
		fmt.Println(s.Revision, s.Active == first(r.Resolve("tenon:redact", "1.0.0")))
	}
	// Output:
	// 3 true
	// 3 true
}

func ExampleSign() {
	r, remove := temporary()
	defer remove()
	v := first(r.Publish("tenon:redact", "1.0.0", []byte("a component")))
	envelope := first(registry.Sign(registry.Statement{
		Digest: v.Digest, Kernel: "redact", Contract: "tenon:redact@1.0.0", Label: "1.0.0", Counter: 1,
	}, exampleKey))
	if err := r.PutEnvelope("tenon:redact", v.Digest, envelope); err != nil {
		log.Fatal(err)
	}

	trust := registry.Trust{Keys: []ed25519.PublicKey{exampleKey.Public().(ed25519.PublicKey)}}
	s, err := trust.Statement(first(r.Envelope("tenon:redact", v.Digest)), time.Now())
	fmt.Println(s.Package(), s.Label, s.Counter, err)
	_, err = registry.Trust{}.Statement(envelope, time.Now())
	fmt.Println(registry.ReasonOf(err))
	// Output:
	// tenon:redact 1.0.0 1 <nil>
	// key-unknown
}

func ExampleSigned() {
	r, remove := temporary()
	defer remove()
	component := []byte("a component")
	digest := "eb6b6c7f70acbbdd2ac2d8bc0a4d0f0b3c3ddb08c2d31e1d6ea4d4bb3e8b7f8f" // not this component's
	envelope := first(registry.Sign(registry.Statement{Digest: digest, Contract: "tenon:redact@1.0.0", Counter: 1}, exampleKey))
	_, err := r.Publish("tenon:redact", "1.0.0", component, registry.Signed(envelope))
	fmt.Println(registry.ReasonOf(err))
	// Output: signature-of-another
}

// A host fetches what is active, remembers the highest release that it served, and takes a lower one by a ticket only.
func ExampleRegistry_Fetch() {
	r, remove := temporary()
	defer remove()
	trust := registry.Trust{Keys: []ed25519.PublicKey{exampleKey.Public().(ed25519.PublicKey)}}
	var digests []string
	var served registry.Served
	for i, label := range []string{"1.0.0", "1.1.0"} {
		v := first(r.Publish("tenon:redact", label, []byte("the component of "+label)))
		digests = append(digests, v.Digest)
		s := registry.Statement{Digest: v.Digest, Contract: "tenon:redact@1.0.0", Label: label, Counter: uint64(i + 1)}
		if err := r.PutEnvelope("tenon:redact", v.Digest, first(registry.Sign(s, exampleKey))); err != nil {
			log.Fatal(err)
		}
		first(r.Activate("tenon:redact", label, registry.Activation{Trust: &trust}))
		release := first(r.Fetch("tenon:redact", trust, served))
		served = served.After(release)
		fmt.Printf("release %d: %s\n", release.Counter, release.Component)
	}

	_, err := r.Rollback("tenon:redact", registry.Activation{Trust: &trust})
	fmt.Println(registry.ReasonOf(err))
	ticket := first(registry.SignTicket(registry.Ticket{Contract: "tenon:redact", Digest: digests[0], Floor: 2}, exampleKey))
	first(r.Rollback("tenon:redact", registry.Activation{Trust: &trust, Ticket: ticket}))
	release := first(r.Fetch("tenon:redact", trust, served))
	fmt.Printf("release %d: %s\n", release.Counter, release.Component)
	// Output:
	// release 1: the component of 1.0.0
	// release 2: the component of 1.1.0
	// counter-below-floor
	// release 1: the component of 1.0.0
}

func ExampleSignTicket() {
	trust := registry.Trust{Keys: []ed25519.PublicKey{exampleKey.Public().(ed25519.PublicKey)}}
	digest := "9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0"
	end := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	text := first(registry.SignTicket(registry.Ticket{Contract: "tenon:redact", Digest: digest, Floor: 7, NotAfter: end}, exampleKey))
	ticket, err := trust.Ticket(text, end.Add(-time.Hour))
	fmt.Println(ticket.Floor, err)
	_, err = trust.Ticket(text, end.Add(time.Hour))
	fmt.Println(registry.ReasonOf(err))
	// Output:
	// 7 <nil>
	// ticket-invalid
}

func ExampleRegistry_Verify() {
	r, remove := temporary()
	defer remove()
	v := first(r.Publish("tenon:redact", "1.0.0", []byte("a component")))
	path := filepath.Join(r.Root(), "tenon", "redact", "versions", v.Digest+".wasm")
	if err := os.WriteFile(path, []byte("an edited component"), 0o644); err != nil {
		log.Fatal(err)
	}
	for _, f := range first(r.Verify("tenon:redact", registry.Trust{Unsigned: true})) {
		fmt.Println(f.Reason, f.Digest == v.Digest)
	}
	// Output: digest-mismatch true
}

func ExampleRegistry_Collect() {
	r, remove := temporary()
	defer remove()
	for _, label := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		first(r.Publish("tenon:redact", label, []byte("the component of "+label)))
	}
	first(r.Activate("tenon:redact", "1.0.0", registry.Activation{}))
	done := first(r.Collect("tenon:redact", registry.Collection{Keep: 1, DryRun: true}))
	for _, v := range done.Removed {
		fmt.Println(v.Labels)
	}
	// Output: [1.1.0]
}

func ExampleRegistry_Trail() {
	r, remove := temporary()
	defer remove()
	v := first(r.Publish("tenon:redact", "1.0.0", []byte("a component")))
	if err := r.Note("tenon:redact", registry.Entry{Event: registry.EventSwapped, Version: v.Digest, Slot: "logs"}); err != nil {
		log.Fatal(err)
	}
	for _, e := range first(r.Trail("tenon:redact", 10)) {
		fmt.Printf("%s by %s %q\n", e.Event, e.By, e.Slot)
	}
	// Output:
	// published by go ""
	// swapped by go "logs"
}

func ExampleRegistry_Golden() {
	r, remove := temporary()
	defer remove()
	golden, err := r.Golden("tenon:redact")
	fmt.Println(golden == nil, err)
	// Output: true <nil>
}

func ExampleParseKey() {
	der := first(x509.MarshalPKIXPublicKey(exampleKey.Public()))
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	key := first(registry.ParseKey(text))
	fmt.Println(registry.KeyID(key))
	// Output: 23af75e4cca763f96bac9d21ca243216a0fd7fa48033efdfc1b017508c1da550
}

func ExampleParsePrivateKey() {
	der := first(x509.MarshalPKCS8PrivateKey(exampleKey))
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	key := first(registry.ParsePrivateKey(text))
	_, err := registry.ParseKey(text)
	fmt.Println(key.Equal(exampleKey), registry.ReasonOf(err))
	// Output: true signature-malformed
}

func ExampleError() {
	r, remove := temporary()
	defer remove()
	_, err := r.Resolve("tenon:redact", "1.0.0")
	var e *registry.Error
	if errors.As(err, &e) {
		fmt.Println(e.Reason, e.Kind(), e.Op, errors.Is(err, registry.ErrNotFound), e.Reason.Passing())
	}
	// Output: not-found policy resolve true false
}
