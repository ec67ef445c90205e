package gen_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/clash"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/imports"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/worldly"
)

// TestGrantsFit loads components with the grants that were generated from them: names, resources and canonical texts are
// what the runtime looks for. Each grant that is left out is missed.
func TestGrantsFit(t *testing.T) {
	ctx := t.Context()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(context.WithoutCancel(ctx))
	// Nothing is called, so nobody has to answer.
	for folder, grants := range map[string][]tenon.Import{
		"imports": {imports.ImportLog(nil), imports.ImportKeys(), imports.ImportLocks(), imports.ImportFiles(nil), imports.ImportHost(nil)},
		"clash": {clash.ImportGoldenClashLogV1(nil), clash.ImportOtherClashLogV1(nil), clash.ImportOtherClashLogV2(nil),
			clash.ImportThirdThingsLogV0_2(nil), clash.ImportHost(nil)},
		"worldly": {worldly.ImportHelper(nil), worldly.ImportHostNeeded(nil), worldly.ImportHost(nil)},
	} {
		component := read(t, "testdata/"+folder+"/component.wasm")
		k, err := rt.LoadWith(ctx, folder, component, tenon.LoadOptions{Imports: grants})
		if err != nil {
			t.Errorf("%s: %v", folder, err)
			continue
		}
		if k.Contract().Package != "golden:"+folder {
			t.Errorf("%s: the contract is %v", folder, k.Contract())
		}
		for i, less := range grants {
			rest := append(append([]tenon.Import(nil), grants[:i]...), grants[i+1:]...)
			_, err := rt.LoadWith(ctx, folder, component, tenon.LoadOptions{Imports: rest})
			if !errors.Is(err, tenon.ErrPolicy) || less.Name != "" && !strings.Contains(err.Error(), less.Name) {
				t.Errorf("%s without %q: %v", folder, less.Name, err)
			}
		}
	}
}
