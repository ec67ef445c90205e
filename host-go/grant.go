package tenon

import (
	"context"
	"slices"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// grants are what a kernel was given when it was loaded.
type grants struct {
	names   []string
	imports *engine.Imports                    // nil: the kernel can call nothing
	drops   []func(ctx context.Context, v any) // by resource; nil: the value's own Close
}

// Grants names what the kernel was given when it was loaded, one line an import: "acme:store/log@1.2.0 by
// acme:store/log@1.3.1" where another version than the one asked for serves it, "wasi:cli/stdout@0.2.3 by stub".
func (k *Kernel) Grants() []string { return slices.Clone(k.grants.names) }

// hosted reports whether the kernel can call the host.
func (k *Kernel) hosted() bool { return k.grants.imports != nil }

// resourceName is a resource's full name.
func (k *Kernel) resourceName(resource int) string {
	r := &k.plan.Resources[resource]
	return ResourceRef{Interface: r.Interface, Name: r.Name}.String()
}

// resolveRefs finds a contract's resources in a plan.
func resolveRefs(p *plan.Plan, list []ResourceRef) []ref {
	var refs []ref
	for _, want := range list {
		found := ref{index: -1, imported: want.Imported, name: want.String()}
		for i := range p.Resources {
			r := &p.Resources[i]
			if r.Name == want.Name && unversioned(r.Interface) == unversioned(want.Interface) {
				found.index = i
				break
			}
		}
		refs = append(refs, found)
	}
	return refs
}
