package wasi

import (
	"fmt"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// reads is the parameter, of WASI's one, that a function's answer depends on. All other functions answer without a look
// at their arguments, and what they answer is checked against the type that the component declares.
var reads = map[string]plan.Kind{
	"wasi:io/poll#poll":                              plan.List,
	"wasi:random/random#get-random-bytes":            plan.U64,
	"wasi:random/insecure#get-insecure-random-bytes": plan.U64,
}

// Misfit says why the stub cannot answer p.ImportFuncs[n] by the type that the component declares; "" when it can.
func Misfit(p *plan.Plan, n int) string {
	fn := &p.ImportFuncs[n]
	if len(fn.Path) != 2 {
		return ""
	}
	interfaceName, _, _ := strings.Cut(fn.Path[0], "@")
	kind, ok := reads[interfaceName+"#"+fn.Path[1]]
	if !ok || len(fn.Params) == 1 && p.Types[fn.Params[0].Type].Kind == kind {
		return ""
	}
	return fmt.Sprintf("the kernel has %s, WASI has one parameter, a %s", p.Signature(fn.Params, fn.Result), kind)
}
