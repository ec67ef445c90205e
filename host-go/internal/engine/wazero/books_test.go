package wazero

import (
	"testing"
	"time"
)

// TestQuantumAfterCheapWork: a guest whose work was cheap so far may go on with loads that miss every cache, and has to be
// asked in time then too.
func TestQuantumAfterCheapWork(t *testing.T) {
	// A load takes 100 ns at most and costs three units (host-rust/transpile/src/harden/cost.rs).
	const dear, longest = 100 * time.Nanosecond / 3, 10 * time.Millisecond
	for _, interpreted := range []bool{false, true} {
		i := &instance{code: &code{interpreted: interpreted}, quantum: leastQuantum}
		for range 100 {
			i.adapt(time.Microsecond)
		}
		if took := time.Duration(i.quantum) * dear; took > longest {
			t.Errorf("interpreted %v: %d units, which may take %v", interpreted, i.quantum, took)
		}
		for range 100 {
			i.adapt(longest)
		}
		if took := time.Duration(i.quantum) * dear; took > longest/10 || i.quantum <= 0 {
			t.Errorf("interpreted %v: %d units after dear work", interpreted, i.quantum)
		}
	}
}
