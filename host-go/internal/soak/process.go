package soak

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"
)

// Holdings are what a process holds on to. Where there is no /proc, Mappings and Resident are 0.
type Holdings struct {
	Goroutines int
	// Mappings are the lines of /proc/self/maps.
	Mappings int
	// Resident is the resident memory, Heap what of it is Go's live heap, in bytes.
	Resident, Heap uint64
}

// holdings collects garbage, waits for what goes away by itself, and counts.
func holdings() Holdings {
	var least Holdings
	for try := range 5 {
		runtime.GC() // the first finds what has no finalizer yet, the second frees what had
		debug.FreeOSMemory()
		h := read()
		if try == 0 || h.Resident < least.Resident {
			least.Resident, least.Heap = h.Resident, h.Heap
		}
		if try == 0 || h.Goroutines < least.Goroutines {
			least.Goroutines = h.Goroutines
		}
		if try == 0 || h.Mappings < least.Mappings {
			least.Mappings = h.Mappings
		}
		time.Sleep(20 * time.Millisecond)
	}
	return least
}

func read() Holdings {
	h := Holdings{Goroutines: runtime.NumGoroutine()}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.Heap = m.HeapAlloc
	if maps, err := os.ReadFile("/proc/self/maps"); err == nil {
		h.Mappings = bytes.Count(maps, []byte("\n"))
	}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := bytes.Fields(statm); len(fields) > 1 {
			pages, _ := strconv.ParseUint(string(fields[1]), 10, 64)
			h.Resident = pages * uint64(os.Getpagesize())
		}
	}
	return h
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
