package main

import (
	"bytes"
	"os"
	"runtime/debug"
	"strconv"
)

// peak measures the most that the process has in memory, from one moment on, as Linux counts it.
type peak struct {
	before int64
	known  bool
}

// startPeak starts to measure.
func startPeak() peak {
	// What earlier attacks left to the collector is not this one's.
	debug.FreeOSMemory()
	name := "VmRSS:"
	// 5 makes the highest mark fall to what is in memory now. Where that is forbidden, growth beyond the mark is what shows.
	if os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) != nil {
		name = "VmHWM:"
	}
	before, known := status(name)
	return peak{before, known}
}

// bytes is what was added at the highest; nil where the system does not tell.
func (p peak) bytes() *int64 {
	now, known := status("VmHWM:")
	if !known || !p.known {
		return nil
	}
	now = max(0, now-p.before)
	return &now
}

// status is a figure of /proc/self/status, in bytes.
func status(name string) (int64, bool) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok {
			number, _ := bytes.CutSuffix(bytes.TrimSpace(rest), []byte(" kB"))
			kilobytes, err := strconv.ParseInt(string(number), 10, 64)
			return kilobytes << 10, err == nil
		}
	}
	return 0, false
}
