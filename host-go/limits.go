package tenon

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// CallLimits bound each call of an [Instance].
type CallLimits struct {
	// Deadline is how long one call may run. 0: 10 seconds, which is for tools; negative: as long as the call's
	// context allows. See [SlotConfig.Deadline].
	Deadline time.Duration
	// Fuel is what one call may do, in units. 0: no budget. See [SlotConfig.Fuel].
	Fuel uint64
}

// The bounds where the configuration has none.
const (
	slotDeadline = 2 * time.Second  // SlotConfig.Deadline
	callDeadline = 10 * time.Second // CallLimits.Deadline
	startTimeout = 30 * time.Second // Config.StartTimeout
)

// within gives the engine's limits, with a default for the time.
func within(d, fallback time.Duration, fuel uint64) engine.Limits {
	switch {
	case d == 0:
		d = fallback
	case d < 0:
		d = 0
	}
	return engine.Limits{Timeout: d, Fuel: fuel}
}

// engine gives the engine's limits.
func (l CallLimits) engine() engine.Limits { return within(l.Deadline, callDeadline, l.Fuel) }

// check is the fault of values that cannot be meant.
func (l CallLimits) check() *Fault {
	if fault := checkTime("CallLimits.Deadline", l.Deadline); fault != nil {
		return fault
	}
	return checkFuel("CallLimits.Fuel", l.Fuel)
}

// The shortest time is below what the guest does between two looks at the clock; the longest is where arithmetic with
// points in time is still safe by far.
const (
	shortestTime = 100 * time.Microsecond
	longestTime  = 10 * 365 * 24 * time.Hour
)

// checkTime is the fault of a time that cannot be meant.
func checkTime(field string, d time.Duration) *Fault {
	switch {
	case d > 0 && d < shortestTime:
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf(
			"%s is %v, below the %v that can be kept: write it with its unit, as 50*time.Millisecond", field, d, shortestTime)}
	case d > longestTime:
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf(
			"%s is %v, above the %v that can be kept: give a negative one for none", field, d, longestTime)}
	}
	return nil
}

// checkFuel is the fault of a budget that cannot be meant.
func checkFuel(field string, fuel uint64) *Fault {
	if fuel > math.MaxInt64 {
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf("%s is %d, more than %d: give 0 for none", field, fuel, uint64(math.MaxInt64))}
	}
	return nil
}

// ended is the error of a context that has ended; nil for others. A deadline that has passed ends a context also before
// its timer fires, which it may not while guests occupy every processor.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if at, ok := ctx.Deadline(); ok && !time.Now().Before(at) {
		return context.DeadlineExceeded
	}
	return nil
}
