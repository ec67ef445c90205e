package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// peerStats is the one line that a peer prints on its standard output.
type peerStats struct {
	Records int     `json:"records"`
	Seconds float64 `json:"seconds"`
	P50     int64   `json:"p50_ns"`
	P99     int64   `json:"p99_ns"`
}

// runPeer has another program answer the same records with the same components and compares its answers with ours. It
// is started as
//
//	COMMAND --records FILE --answers FILE --useragent COMPONENT --redact COMPONENT --workers N
//
// where the records are lines, and the answers are to be the JSON lines of writeJSONLines.
func runPeer(ctx context.Context, command []string, log *accessLog, ours []answer, workers int) (row, error) {
	dir, err := os.MkdirTemp("", "tenon-peer-")
	if err != nil {
		return row{}, err
	}
	defer os.RemoveAll(dir)
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, content := range map[string][]byte{
		"useragent.wasm": useragent.Component(),
		"redact.wasm":    redact.Component(),
		"records.log":    log.bytes(),
	} {
		if err := os.WriteFile(in(name), content, 0o600); err != nil {
			return row{}, err
		}
	}
	args := append(command[1:len(command):len(command)],
		"--records", in("records.log"), "--answers", in("answers.jsonl"),
		"--useragent", in("useragent.wasm"), "--redact", in("redact.wasm"), "--workers", strconv.Itoa(workers))
	peer := exec.CommandContext(ctx, command[0], args...)
	peer.Stderr = os.Stderr
	output, err := peer.Output()
	if err != nil {
		return row{}, fmt.Errorf("%s: %w", command[0], err)
	}
	var stats peerStats
	if err := json.Unmarshal(output, &stats); err != nil {
		return row{}, fmt.Errorf("%s printed %.200q: %w", command[0], output, err)
	}
	answers, err := os.Open(in("answers.jsonl"))
	if err != nil {
		return row{}, err
	}
	defer answers.Close()
	equal, err := equalLines(answers, ours)
	if err != nil {
		return row{}, fmt.Errorf("the answers of %s: %w", command[0], err)
	}
	return row{
		engine:      "kernels, Rust host",
		records:     stats.Records,
		elapsed:     time.Duration(stats.Seconds * float64(time.Second)),
		p50:         time.Duration(stats.P50),
		p99:         time.Duration(stats.P99),
		allocations: -1,
		equal:       float64(equal) / float64(len(ours)),
	}, nil
}
