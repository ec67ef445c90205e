package oracle

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/abi"
)

const guests = "../../../wit/vectors/hostile-abi"

// hostileCase is a case of index.json: a call, and the kind of fault that it ends in, or "ok".
type hostileCase struct {
	File   string
	Export string
	Args   []abi.Value
	Fault  string
	Result *abi.Value // of ok
	Note   string
}

// answerLimit bounds what one answer may take, and allowance what a case may allocate in all: lifting doubles
// nothing, but a fault has a backtrace and a handle table grows by doubling.
const (
	answerLimit = 16 << 20
	allowance   = 8 * answerLimit
)

// TestHostileGuests: guests that break the canonical ABI end in the fault of their case, and the instance with
// them; another instance serves on. What a guest says never sizes an allocation before it is checked.
func TestHostileGuests(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(guests, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var index struct{ Cases []hostileCase }
	if err := json.Unmarshal(data, &index); err != nil {
		t.Fatal(err)
	}
	rt, err := tenon.New(t.Context(), tenon.Config{AnswerLimit: answerLimit})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(t.Context())
	kernels := map[string]*tenon.Kernel{}
	for _, c := range index.Cases {
		k := kernels[c.File]
		if k == nil {
			if k, err = rt.LoadFile(t.Context(), filepath.Join(guests, c.File)); err != nil {
				t.Fatal(err)
			}
			kernels[c.File] = k
		}
		t.Run(strings.TrimSuffix(c.File, ".wasm")+"/"+c.Export, func(t *testing.T) { c.run(t, k) })
	}
	if len(index.Cases) < 100 {
		t.Errorf("%d cases", len(index.Cases))
	}
}

func (c *hostileCase) run(t *testing.T, k *tenon.Kernel) {
	i, err := k.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close(t.Context())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := i.Call(t.Context(), c.Export, c.Args...)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > allowance {
		t.Errorf("%d bytes are allocated", n)
	}
	if c.Fault == "ok" {
		if err != nil {
			t.Errorf("%s: %v", c.Note, err)
		} else if c.Result != nil && !got.Equal(*c.Result) {
			t.Errorf("%s: got %+v, want %+v", c.Note, got, *c.Result)
		}
		return
	}
	f, ok := errors.AsType[*tenon.Fault](err)
	if !ok || string(f.Kind) != c.Fault {
		t.Fatalf("%s: got %+v, %v, want a fault of kind %s", c.Note, got, err, c.Fault)
	}
	if _, err := i.Call(t.Context(), "ok"); !errors.Is(err, tenon.ErrClosed) {
		t.Errorf("the instance lives on: %v", err)
	}
	if err := serves(t, k); err != nil {
		t.Errorf("another instance: %v", err)
	}
}

// serves checks that a new instance works.
func serves(t *testing.T, k *tenon.Kernel) error {
	i, err := k.Open(t.Context())
	if err != nil {
		return err
	}
	defer i.Close(t.Context())
	got, err := i.Call(t.Context(), "ok")
	if err == nil && got.Bits != 42 {
		err = fmt.Errorf("got %+v", got)
	}
	return err
}
