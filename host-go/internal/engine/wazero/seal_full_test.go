//go:build linux

package wazero_test

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
)

// fullDisk marks the process in which no file can be written: the limit is the process's, and other tests write.
const fullDisk = "TENON_TEST_FULL_DISK"

// TestFullDisk: a cache that cannot be written costs time, and no load.
func TestFullDisk(t *testing.T) {
	if os.Getenv(fullDisk) == "" {
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
		again.Env = append(os.Environ(), fullDisk+"=1")
		if out, err := again.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	store := openCache(t)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // so that a write fails, as it does on a full disk
	limit.Cur = 100
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip(err)
	}
	config := wazero.Config{Cache: store}
	if got := call(t, instantiate(t, compile(t, config, counterPlan())).Func(next)); got != 41 {
		t.Errorf("got %d", got)
	}
	if wazero.Cached(store, counterPlan()) {
		t.Skip("the cache could be written all the same")
	}
}
