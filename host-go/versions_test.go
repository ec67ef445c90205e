package tenon_test

import (
	"errors"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// A client is served by the version of its interface, or a compatible one, and never by another that is there too.
func TestTwoVersionsOfAnExport(t *testing.T) {
	ctx := t.Context()
	rt := newRuntime(t, tenon.Config{})
	k, err := rt.LoadFile(ctx, "testdata/versions/exports.wasm")
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]uint32{"1.0.0": 42, "1.7.0": 42, "2.0.0": 666, "2.1.0": 666, "3.0.0": 0, "1.0.0-rc": 0} {
		c := k.Contract()
		c.Funcs = []tenon.FuncRef{{Interface: "test:wat/x@" + version, Name: "f"}}
		s, err := tenon.NewSlot(ctx, rt, "x", c, tenon.SlotConfig[any]{Kernel: k})
		if want == 0 {
			if !errors.Is(err, tenon.ErrContract) || !strings.Contains(err.Error(), "does not export test:wat/x@"+version+"#f") {
				t.Errorf("%s: %v", version, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", version, err)
			continue
		}
		f, err := s.Enter(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.Arg(0, 41)
		f.Invoke()
		if got := uint32(f.Ret(0)); got != want {
			t.Errorf("%s: %d", version, got)
		}
		if err := f.Leave(); err != nil {
			t.Error(err)
		}
	}
}
