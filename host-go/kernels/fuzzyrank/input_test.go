package fuzzyrank_test

import (
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/fixture/logpaths"
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

// paths are so many of those that the bundled access log is made into.
func paths(t testing.TB, n int) []string { return logpaths.Many(realinput.AccessLog(t), n) }

// queries are what somebody types who looks for one of these paths.
var queries = logpaths.Queries
