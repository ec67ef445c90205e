package wasi

import (
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// A function that reads its argument has one to read.
func TestDeclaredTypes(t *testing.T) {
	u8 := 1
	types := []plan.Type{{Kind: plan.U64}, {Kind: plan.U8}, {Kind: plan.List, Element: &u8}}
	const poll, bytes, now = "wasi:io/poll@0.2.3#poll", "wasi:random/random@0.2.0#get-random-bytes", "wasi:clocks/monotonic-clock@0.2.0#now"
	for _, c := range []struct {
		name   string
		params []int
		fits   bool
	}{
		{poll, []int{2}, true}, {poll, nil, false}, {poll, []int{0}, false}, {poll, []int{2, 2}, false},
		{bytes, []int{0}, true}, {bytes, nil, false}, {bytes, []int{1}, false}, {now, nil, true}, {now, []int{0}, true},
	} {
		p := planOf(c.name)
		p.Types = types
		for _, i := range c.params {
			p.ImportFuncs[0].Params = append(p.ImportFuncs[0].Params, plan.Param{Name: "p", Type: i})
		}
		if why := Misfit(p, 0); (why == "") != c.fits {
			t.Errorf("%s of %v: %q", c.name, c.params, why)
		}
	}
	for name := range reads {
		if functions[name] == nil {
			t.Errorf("%s reads, and is not there", name)
		}
	}
}
