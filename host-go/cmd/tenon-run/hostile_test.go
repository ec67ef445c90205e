package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// strangers makes files that nobody has built: random bytes behind the header of a component, components with flipped
// bits, cut short, or spliced of two. The same seed makes the same files.
func strangers(n int, components [][]byte) [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	var files [][]byte
	for i := range n {
		data := bytes.Clone(components[i%len(components)])
		switch random.IntN(10) {
		case 0:
			data = data[:8]
			for range random.IntN(200) {
				data = append(data, byte(random.Uint32()))
			}
		case 1:
			data = data[:random.IntN(len(data))]
		case 2:
			other := components[random.IntN(len(components))]
			data = append(data[:random.IntN(len(data))], other[random.IntN(len(other)):]...)
		default: // the one change that most often leaves a component
			data[8+random.IntN(len(data)-8)] ^= 1 << random.IntN(8)
		}
		files = append(files, data)
	}
	return files
}

// TestSurvivesAnyFile: whatever a file holds, listing and calling it give an answer, or an error of a known kind.
func TestSurvivesAnyFile(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir)
	var components [][]byte
	calls := []string{"echo-string(\"text\")", "echo(\"text\")", "spin", "need(5000)"}
	for _, file := range []string{"scalar.wasm", "utf16.wasm", "runaway.wasm", "runaway.wasm"} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		components = append(components, data)
	}
	const deadline = 50 * time.Millisecond
	rt, err := tenon.New(t.Context(), tenon.Config{CacheDir: cacheDir, StartTimeout: deadline})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(t.Context())
	o := options{file: "file", limits: tenon.CallLimits{Deadline: deadline}}
	kinds := map[tenon.Kind]int{}
	for i, data := range strangers(240, components) {
		var stdout, stderr bytes.Buffer
		o.json, o.export = i%2 == 0, calls[i%len(calls)]
		err := callIn(t.Context(), rt, o, data, &stdout)
		if err != nil {
			report(o, err, &stdout, &stderr)
		}
		kind := tenon.KindOf(err)
		kinds[kind]++
		if kind == tenon.KindInternal || err != nil && (kind == "" || !strings.Contains(stderr.String(), "\n  fault: "+string(kind)+"\n")) {
			t.Errorf("file %d: %v, %q", i, err, stderr.String())
		}
	}
	for _, want := range []tenon.Kind{"", tenon.KindMalformed, tenon.KindContract, tenon.KindDeadline, tenon.KindMemory} {
		if kinds[want] == 0 {
			t.Errorf("no file was a fault of kind %q: %v", want, kinds)
		}
	}
}

// TestSurvivesAnyFileAsACommand: a few of them from the command line on, where the exit code shows.
func TestSurvivesAnyFileAsACommand(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir)
	data, err := os.ReadFile(filepath.Join(dir, "runaway.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "stranger.wasm")
	for i, data := range strangers(6, [][]byte{data}) {
		write(t, file, data)
		for _, args := range [][]string{{file}, {"-deadline", "50ms", file, "spin"}} {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), append([]string{"-cache", cacheDir}, args...), nil, &stdout, &stderr)
			if code != 0 && code != 1 || (code == 1) != strings.Contains(stderr.String(), "\n  fault: ") || strings.Contains(stderr.String(), "fault: internal") {
				t.Errorf("file %d, %q: exit code %d, %q", i, args, code, stderr.String())
			}
		}
	}
}
