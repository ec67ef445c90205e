package registry_test

import (
	"go/build"
	"slices"
	"strings"
	"testing"
)

// The registry knows no kernels: tools use it without a runtime, and the packages beside it bring the two together.
func TestDirectionOfImports(t *testing.T) {
	const module = "github.com/tenon-dev/tenon/host-go"
	for pkg, may := range map[string][]string{
		".":               nil,
		"internal/tamper": {module + "/registry"},
		"follow":          {module, module + "/golden", module + "/registry"},
	} {
		p, err := build.ImportDir(pkg, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.Imports {
			if (i == module || strings.HasPrefix(i, module+"/")) && !slices.Contains(may, i) {
				t.Errorf("%s imports %s; it may import %v", pkg, i, may)
			}
		}
	}
}
