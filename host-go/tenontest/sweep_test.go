package tenontest_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// within runs a benchmark as `go test` would, with so many rounds.
func within(t *testing.T, rounds string, f func(b *testing.B)) {
	t.Setenv(tenontest.RoundsVariable, rounds)
	benchtime := flag.Lookup("test.benchtime").Value
	defer func(was string) { _ = benchtime.Set(was) }(benchtime.String())
	if err := benchtime.Set("2x"); err != nil {
		t.Fatal(err)
	}
	testing.Benchmark(f)
}

func TestSweepLetsTheSidesTakeTurns(t *testing.T) {
	var turns []string
	within(t, "3", func(b *testing.B) {
		tenontest.Sweep(b, []int{1, 2}, func(b *testing.B, size int) tenontest.Sides {
			took := func(side string) func() error {
				return func() error {
					if name := fmt.Sprint(size) + side; len(turns) == 0 || turns[len(turns)-1] != name {
						turns = append(turns, name)
					}
					return nil
				}
			}
			return tenontest.Sides{Kernel: took(" kernel"), Baseline: took(" baseline")}
		})
	})
	one := []string{"1 kernel", "1 baseline", "1 kernel", "1 baseline"} // the baseline begins the second round
	two := []string{"2 kernel", "2 baseline", "2 kernel", "2 baseline"}
	if want := slices.Concat(one, two); !slices.Equal(turns, want) {
		t.Errorf("turns %v, want %v", turns, want)
	}
}

func TestSweepWithoutABaseline(t *testing.T) {
	calls := 0
	within(t, "1", func(b *testing.B) {
		tenontest.Sweep(b, []int{1}, func(*testing.B, int) tenontest.Sides {
			return tenontest.Sides{Kernel: func() error { calls++; return nil }}
		})
	})
	if calls == 0 {
		t.Error("the kernel was not called")
	}
}

func TestSweepEndsWithTheFirstError(t *testing.T) {
	calls := 0
	within(t, "1", func(b *testing.B) {
		tenontest.Sweep(b, []int{1}, func(*testing.B, int) tenontest.Sides {
			return tenontest.Sides{Kernel: func() error { calls++; return errors.New("broken") }}
		})
	})
	if calls != 1 {
		t.Errorf("called %d times", calls)
	}
}

func TestSweepRefusesRoundsThatAreNone(t *testing.T) {
	for _, rounds := range []string{"0", "-1", "many"} {
		within(t, rounds, func(b *testing.B) {
			tenontest.Sweep(b, []int{1}, func(*testing.B, int) tenontest.Sides {
				t.Errorf("%q rounds: measured", rounds)
				return tenontest.Sides{Kernel: func() error { return nil }}
			})
		})
	}
}
