package engine_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// two is a plan of two component instances; the first defines resource 0, the second resource 1.
func two() *plan.Plan {
	return &plan.Plan{Instances: 2, Resources: []plan.Resource{{ComponentInstance: 0}, {ComponentInstance: 1}}}
}

func trap(t *testing.T, what string, err error) {
	t.Helper()
	if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.ABI {
		t.Errorf("%s: got %v, want a trap of the ABI", what, err)
	}
}

func TestHandlesAreUsedAgain(t *testing.T) {
	h := engine.NewHandles(two())
	for want := uint32(1); want <= 3; want++ {
		if got, err := h.New(0, 0, 100+want); err != nil || got != want {
			t.Errorf("got handle %d, %v, want %d", got, err, want)
		}
	}
	if rep, own, err := h.Drop(0, 0, 2); rep != 102 || !own || err != nil {
		t.Errorf("dropped %d, %t, %v", rep, own, err)
	}
	if got, err := h.New(0, 1, 5); err != nil || got != 2 {
		t.Errorf("got handle %d, %v: all resources of an instance share one space", got, err)
	}
	if got, err := h.New(1, 1, 5); err != nil || got != 1 {
		t.Errorf("got handle %d, %v: another instance has its own", got, err)
	}
	if h.Live() != 4 {
		t.Errorf("%d live", h.Live())
	}
}

func TestForgedHandles(t *testing.T) {
	h := engine.NewHandles(two())
	if _, err := h.New(0, 0, 7); err != nil {
		t.Fatal(err)
	}
	for _, handle := range []uint32{0, 2, 1<<32 - 1} {
		_, err := h.Rep(0, 0, handle)
		trap(t, fmt.Sprint(handle), err)
	}
	_, err := h.Rep(0, 1, 1)
	trap(t, "another type", err)
	_, err = h.Rep(1, 0, 1)
	trap(t, "another instance", err)
	if rep, err := h.Rep(0, 0, 1); err != nil || rep != 7 {
		t.Errorf("got %d, %v", rep, err)
	}
}

// TestBorrowing follows a handle of instance 0 that is lent to instance 1 for one call.
func TestBorrowing(t *testing.T) {
	h := engine.NewHandles(two())
	own, err := h.New(0, 0, 7)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.LiftBorrow(0, 0, own)
	trap(t, "no call in progress", err)
	h.Enter()
	rep, err := h.LiftBorrow(0, 0, own)
	if err != nil || rep != 7 {
		t.Fatalf("got %d, %v", rep, err)
	}
	lent, err := h.LowerBorrow(1, 0, rep)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = h.Drop(0, 0, own)
	trap(t, "dropped while lent", err)
	_, err = h.LiftOwn(0, 0, own)
	trap(t, "given away while lent", err)
	_, err = h.LiftOwn(1, 0, lent)
	trap(t, "a borrow given away", err)
	// Lent on for an inner call, which must give it back first.
	h.Enter()
	if _, err := h.LiftBorrow(1, 0, lent); err != nil {
		t.Fatal(err)
	}
	if err := h.Exit(); err != nil {
		t.Fatal(err)
	}
	if _, own, err := h.Drop(1, 0, lent); own || err != nil {
		t.Errorf("dropping a borrow: own %t, %v", own, err)
	}
	if err := h.Exit(); err != nil {
		t.Errorf("after the borrow was dropped: %v", err)
	}
	if _, err := h.LiftOwn(0, 0, own); err != nil {
		t.Errorf("no longer lent: %v", err)
	}
	trap(t, "an exit too many", h.Exit())
}

func TestKeptBorrow(t *testing.T) {
	h := engine.NewHandles(two())
	h.Enter()
	if _, err := h.LowerBorrow(1, 0, 7); err != nil {
		t.Fatal(err)
	}
	trap(t, "a kept borrow", h.Exit())
}

// TestBorrowOfOnesOwn: the instance that defines a resource gets the representation, and nothing to drop.
func TestBorrowOfOnesOwn(t *testing.T) {
	h := engine.NewHandles(two())
	h.Enter()
	if got, err := h.LowerBorrow(1, 1, 7777); err != nil || got != 7777 {
		t.Errorf("got %d, %v", got, err)
	}
	if err := h.Exit(); err != nil {
		t.Error(err)
	}
}

// TestImportedResource: nobody in the component defines it, so every borrow is a handle that must be dropped.
func TestImportedResource(t *testing.T) {
	p := two()
	p.Resources[0].Import = []string{"a:b/c", "blob"}
	h := engine.NewHandles(p)
	h.Enter()
	lent, err := h.LowerBorrow(0, 0, 7777)
	if err != nil || lent == 7777 {
		t.Fatalf("got %d, %v, want a handle", lent, err)
	}
	// On to the host, whose call ends before the guest drops it.
	h.Enter()
	if rep, err := h.LiftBorrow(0, 0, lent); err != nil || rep != 7777 {
		t.Errorf("got %d, %v", rep, err)
	}
	if err := h.Exit(); err != nil {
		t.Error(err)
	}
	if _, own, err := h.Drop(0, 0, lent); own || err != nil {
		t.Errorf("own %t, %v", own, err)
	}
	if err := h.Exit(); err != nil {
		t.Error(err)
	}
}

func TestHandleLimit(t *testing.T) {
	h := engine.NewHandles(two())
	for i := range engine.MaxHandles {
		if _, err := h.New(i%2, 0, 1); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.New(0, 0, 1)
	if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.HandleLimit {
		t.Errorf("one too many: %v", err)
	}
	if _, _, err := h.Drop(0, 0, 5); err != nil {
		t.Fatal(err)
	}
	// What is dropped leaves a place in its own table, which another cannot have.
	if _, err := h.New(1, 0, 1); err == nil {
		t.Error("dropped handles of one table count no more in another")
	}
	if _, err := h.New(0, 0, 1); err != nil {
		t.Errorf("after a drop: %v", err)
	}
}

// TestLendingLimit: the definer of a resource is lent one handle again and again, in a list for instance.
func TestLendingLimit(t *testing.T) {
	h := engine.NewHandles(two())
	own, err := h.LowerOwn(1, 0, 7)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // what was lent counts until the call ends
		h.Enter()
		for range engine.MaxHandles {
			if _, err := h.LiftBorrow(1, 0, own); err != nil {
				t.Fatal(err)
			}
		}
		h.Enter()
		_, err = h.LiftBorrow(1, 0, own)
		if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.HandleLimit {
			t.Fatalf("one too many: %v", err)
		}
		for range 2 {
			if err := h.Exit(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := h.LiftOwn(1, 0, own); err != nil {
		t.Error(err)
	}
}

func ExampleTrap() {
	err := error(&engine.Trap{Code: engine.Unreachable, Backtrace: []string{"kernel::parse", "run"}})
	fmt.Println(err)
	fmt.Println(&engine.Trap{Code: engine.ABI, Message: "handle 3 does not exist"})
	// Output:
	// trap: unreachable in kernel::parse
	// trap: canonical ABI violation: handle 3 does not exist
}

func ExampleUnsupported() {
	fmt.Println(&engine.Unsupported{What: `the built-in "stream.new"`, Help: "leave streams out of the contract"})
	// Output: the built-in "stream.new" is not supported yet: leave streams out of the contract
}

func TestErrorsUnwrap(t *testing.T) {
	cause := errors.New("cause")
	if !errors.Is(&engine.Trap{Err: cause}, cause) || !errors.Is(&engine.CompileError{Err: cause}, cause) {
		t.Error("the cause is lost")
	}
	s := engine.Snapshot{Memories: [][]byte{make([]byte, 10), make([]byte, 5)}, Globals: []uint64{1, 2}}
	if s.Size() != 31 {
		t.Errorf("size %d", s.Size())
	}
}

func TestForeignHandles(t *testing.T) {
	p := two()
	p.Resources = append(p.Resources, plan.Resource{Import: []string{"a:b/c", "r"}})
	h := engine.NewHandles(p)
	h.Enter()
	for _, add := range []func() (uint32, error){
		func() (uint32, error) { return h.LowerOwn(0, 0, 5) },
		func() (uint32, error) { return h.LowerOwn(1, 2, 6) },
		func() (uint32, error) { return h.LowerBorrow(0, 2, 7) },
		func() (uint32, error) { return h.LowerOwn(0, 2, 8) },
	} {
		if _, err := add(); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := h.Drop(0, 2, 3); err != nil {
		t.Fatal(err)
	}
	var got []string
	h.Foreign(func(resource int, rep uint32) { got = append(got, fmt.Sprint(resource, rep)) })
	if fmt.Sprint(got) != "[2 6]" {
		t.Errorf("got %v", got)
	}
}
