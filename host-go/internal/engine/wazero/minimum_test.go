package wazero

import (
	"math/rand/v2"
	"testing"

	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
)

func TestMinimum(t *testing.T) {
	for pages, m := range map[uint32]*et.Module{
		0:       {Types: []et.FuncType{{}}},
		1:       {Types: []et.FuncType{{}}, Memory: &et.Memory{Min: 1}},
		300:     {Table: 3, Memory: &et.Memory{Min: 300, Max: 301}},
		1 << 16: {Memory: &et.Memory{Min: 1 << 16}, Exports: []et.Export{{Name: "m", Kind: et.KindMemory}}},
	} {
		if got := minimum(m.Bytes()); got != uint64(pages)*pageSize {
			t.Errorf("%d bytes, want %d pages", got, pages)
		}
	}
	// Bytes that are no module, which transpile would not let through, are no reason to fall over.
	r := rand.New(rand.NewPCG(1, 2))
	whole := (&et.Module{Table: 3, Memory: &et.Memory{Min: 300}}).Bytes()
	for range 10_000 {
		bytes := append([]byte(nil), whole[:r.IntN(len(whole)+1)]...)
		for k := range bytes {
			if r.IntN(8) == 0 {
				bytes[k] = byte(r.Uint32())
			}
		}
		minimum(bytes)
	}
}
