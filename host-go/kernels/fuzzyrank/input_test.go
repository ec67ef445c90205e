package fuzzyrank_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/fuzzyrank"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

// kernel is the same for every test: it is compiled once.
func kernel(t testing.TB) fuzzyrank.Ranker {
	return tenontest.Client(t, fuzzyrank.Contract, fuzzyrank.Component(), fuzzyrank.New)
}

// sides are both implementations.
func sides(t testing.TB) map[string]fuzzyrank.Ranker {
	return map[string]fuzzyrank.Ranker{"kernel": kernel(t), "baseline": fuzzyrank.Baseline()}
}

// requested are the distinct paths of a log's requests, without their queries.
func requested(log []string) []string {
	var paths []string
	for _, line := range log {
		if _, request, found := strings.Cut(line, `"`); found {
			if fields := strings.Fields(request); len(fields) > 1 {
				path, _, _ := strings.Cut(fields[1], "?")
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// paths makes so many paths of the folders and the names of files in the bundled access log: two folders each, and a name.
// kernels/fuzzyrank/benches has the same ones.
func paths(t testing.TB, n int) []string {
	var folders, names []string
	for _, requested := range requested(realinput.AccessLog(t)) {
		folder, name := path.Split(requested)
		folders = append(folders, folder)
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(folders)
	slices.Sort(names)
	folders, names = slices.Compact(folders), slices.Compact(names)
	made := make([]string, n)
	for i := range made {
		first, second := folders[i%len(folders)], folders[i/len(folders)%len(folders)]
		made[i] = first[1:] + second[1:] + names[i*7919%len(names)]
	}
	return made
}

// queries are what somebody types who looks for one of these paths.
var queries = []string{
	"s", "sts", "sts71", "apollo13", "imgsmall", "histapol12", "missionshtml", "shtlcount",
}
