package dropin

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// A program configures a drop-in, which takes a while. A second try gives up, and a function is called: the first use's load
// comes after the configuration, and leaves it as it is.
func TestTheFirstUseLeavesAConfigurationAlone(t *testing.T) {
	for name, baseline := range map[string]func() scalar.Calls{
		"with a baseline": func() scalar.Calls { return scalar.Fake{} }, "without one": nil,
	} {
		t.Run(name, func(t *testing.T) {
			configured := scalar.Calls(scalar.Fake{})
			entered, release := make(chan struct{}), make(chan struct{})
			loads := 0
			p := New(Spec[scalar.Calls]{
				Name: "patient", Contract: scalar.Contract, Component: scalar.Component, Baseline: baseline,
				Client: func(s *tenon.Slot[scalar.Calls]) scalar.Calls {
					if loads++; loads == 1 {
						close(entered)
						<-release
					}
					return configured
				},
			})
			t.Cleanup(func() {
				if err := Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			done := make(chan error)
			go func() { done <- p.Configure(context.Background(), Config[scalar.Calls]{Use: Kernel}) }()
			<-entered
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := p.Configure(ctx, Config[scalar.Calls]{Use: Kernel}); !errors.Is(err, tenon.ErrCanceled) {
				t.Errorf("Configure = %v", err)
			}
			if _, err := p.Get(ctx); (err == nil) != (baseline != nil) {
				t.Errorf("Get = %v", err)
			}
			p.mu.Lock()
			begun := p.begun
			p.mu.Unlock()
			close(release)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			<-begun.done
			if s := p.Status(); loads != 1 || s.Use != Kernel || s.Pending || s.Error != "" {
				t.Errorf("%d loads, %+v", loads, s)
			}
		})
	}
}

// Somebody switches by name while the program configures something else: the configuration that came later holds.
func TestASwitchByNameKeepsTheConfiguration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := New(Spec[scalar.Calls]{Name: "named", Contract: scalar.Contract, Baseline: func() scalar.Calls {
			<-release
			return scalar.Fake{}
		}})
		defer func() { // no other test may meet it: its channels are of this bubble
			process.Lock()
			defer process.Unlock()
			process.places = slices.DeleteFunc(process.places, func(other place) bool { return other == place(p) })
		}()
		mine := &scalar.Fake{}
		ctx := context.Background()
		var done sync.WaitGroup
		for _, act := range []func() error{
			func() error { return p.Configure(ctx, Config[scalar.Calls]{Use: Baseline}) },
			func() error { return p.Set(ctx, Baseline) },
			func() error {
				return p.Configure(ctx, Config[scalar.Calls]{Use: Baseline, Slot: tenon.SlotConfig[scalar.Calls]{Baseline: mine}})
			},
		} {
			done.Go(func() {
				if err := act(); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // each waits for the one before
		}
		close(release)
		done.Wait()
		if a, err := p.Get(ctx); err != nil || a.By != scalar.Calls(mine) {
			t.Errorf("%v, %v answers", a, err)
		}
	})
}
