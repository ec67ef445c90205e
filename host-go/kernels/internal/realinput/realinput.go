// Package realinput gives tests the real input: the bundled access log, and the files that lie in the folder that the
// variable TENON_DATA names.
package realinput

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/race"
)

// AccessLog is the bundled access log, line by line.
func AccessLog(t testing.TB) []string {
	return lines(t, filepath.Join("..", "..", "examples", "accesslog", "data", "access.log"))
}

// UserAgents is the last quoted field of each line of the bundled access log.
func UserAgents(t testing.TB) []string {
	var uas []string
	for _, line := range AccessLog(t) {
		head := strings.TrimSuffix(line, `"`)
		uas = append(uas, head[strings.LastIndexByte(head, '"')+1:])
	}
	return uas
}

// Lines is a file of TENON_DATA, line by line. Without the variable the test is skipped.
func Lines(t testing.TB, name string) []string {
	folder := os.Getenv("TENON_DATA")
	if folder == "" {
		t.Skip("TENON_DATA is not set: it names the folder with " + name)
	}
	return lines(t, filepath.Join(folder, name))
}

func lines(t testing.TB, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// Sample is every nth of the lines where the race detector slows calls down, and all of them where it does not.
func Sample(lines []string, n int) []string {
	if !race.Enabled {
		return lines
	}
	var some []string
	for i := 0; i < len(lines); i += n {
		some = append(some, lines[i])
	}
	return some
}
