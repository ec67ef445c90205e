//go:build linux

package wazero_test

import (
	"os/signal"
	"syscall"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
)

// TestFullDisk: a cache that cannot be written costs time, and no load.
func TestFullDisk(t *testing.T) {
	store := openCache(t)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // so that a write fails, as it does on a full disk
	defer signal.Reset(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100, Max: old.Max}); err != nil {
		t.Skip(err)
	}
	defer syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old)
	config := wazero.Config{Cache: store}
	if got := call(t, instantiate(t, compile(t, config, counterPlan())).Func(next)); got != 41 {
		t.Errorf("got %d", got)
	}
	if wazero.Cached(store, counterPlan()) {
		t.Skip("the cache could be written all the same")
	}
}
