package tenon

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Kernel is one version of a kernel: a component, checked, transpiled and compiled. It is immutable and may
// serve in any number of slots of its runtime at once.
type Kernel struct {
	rt       *Runtime
	name     string
	file     string // as it was loaded
	plan     *plan.Plan
	code     engine.Code
	metadata Metadata
	imports  []string
	funcs    map[FuncRef]int   // by full name
	tracks   map[string]string // the exported interface of the highest version, by its track
	grants   grants

	template chan struct{} // held while the template is made
	snapshot *engine.Snapshot
	prepared bool

	mu     sync.Mutex
	closed bool
	freed  bool
	holds  int    // versions that use the code
	spare  *guest // the template's own instance, for whoever comes first

	instances map[*Instance]struct{} // made by Open and not closed yet
}

// Metadata is what a kernel says of itself, in the custom section that tenon build writes. All of it may be
// empty; none of it is trusted.
type Metadata struct {
	Format    int      `json:"format"`
	Kernel    string   `json:"kernel"`    // the kernel's name
	Version   string   `json:"version"`   // a semantic version: a label for the digest
	World     string   `json:"world"`     // the WIT world that it was built for
	Toolchain string   `json:"toolchain"` // the compiler
	Source    string   `json:"source"`    // SHA-256 of the sources
	Warm      []string `json:"warm"`      // functions to call once before traffic
	Preinit   bool     `json:"preinit"`   // they were called as it was built, and it begins with what they left
	Owner     string   `json:"owner"`     // who answers for the kernel: a team or a person, also in the log of its faults
}

// newKernel makes a kernel of compiled code. name is how it was loaded.
func newKernel(rt *Runtime, name string, p *plan.Plan, code engine.Code) *Kernel {
	k := &Kernel{rt: rt, file: name, plan: p, code: code, funcs: make(map[FuncRef]int),
		tracks: make(map[string]string), template: make(chan struct{}, 1)}
	// Metadata are a courtesy of the kernel's build; what cannot be read is left empty.
	if json.Unmarshal(p.Metadata, &k.metadata) != nil {
		k.metadata = Metadata{}
	}
	switch {
	case k.metadata.Kernel != "":
		k.name = k.metadata.Kernel
	case p.Contract != nil:
		k.name = p.Contract.Package
	default:
		k.name = name
	}
	for _, imp := range p.Imports {
		k.imports = append(k.imports, imp.Name)
	}
	highest := make(map[string][3]uint64)
	for _, e := range p.Exports {
		shared, version, ok := track(e.Name)
		if was, known := highest[shared]; ok && (!known || slices.Compare(version[:], was[:]) > 0) {
			highest[shared], k.tracks[shared] = version, e.Name
		}
	}
	for _, e := range k.exports() {
		k.funcs[e.ref] = e.at
	}
	return k
}

// Name is the kernel's name: as its metadata say, else its contract's package, else as it was loaded.
func (k *Kernel) Name() string { return k.name }

// Digest is the SHA-256 of the component's bytes, in lower-case hex. It names the version.
func (k *Kernel) Digest() string { return k.plan.Component.Digest }

// same reports whether one kernel may serve for the other: the same component loaded twice may, unless it was granted
// functions of the host. Those may be others the second time, whatever their names.
func (k *Kernel) same(other *Kernel) bool {
	return k == other || k.Digest() == other.Digest() && !k.hosted() && !other.hosted()
}

// Label is the semantic version that the kernel's metadata give to this version; "" if they give none.
func (k *Kernel) Label() string { return k.metadata.Version }

// Metadata is what the kernel says of itself.
func (k *Kernel) Metadata() Metadata {
	m := k.metadata
	m.Warm = slices.Clone(m.Warm)
	return m
}

// Size is the number of the component's bytes.
func (k *Kernel) Size() int { return k.plan.Component.Size }

// Imports names what the component imports. A kernel that can call nothing of its host is pure: its answers depend
// on its arguments alone, so its baseline may answer in its place. Imports of types alone need no grant.
func (k *Kernel) Imports() []string { return slices.Clone(k.imports) }

// Contract is the contract that the component serves; empty if it exports no interface of a package.
func (k *Kernel) Contract() Contract {
	c := k.plan.Contract
	if c == nil {
		return Contract{}
	}
	out := Contract{Package: c.Package, Version: c.Version, Hash: c.Hash, Text: c.Text}
	for i := range k.plan.Funcs {
		f := &k.plan.Funcs[i]
		out.Funcs = append(out.Funcs, FuncRef{Interface: f.Interface, Name: f.Name})
	}
	for i := range k.plan.Resources {
		r := &k.plan.Resources[i]
		out.Resources = append(out.Resources, ResourceRef{Interface: r.Interface, Name: r.Name, Imported: r.Import != nil})
	}
	return out
}

// Close frees the kernel when no slot and no [Instance] uses it any more. It does not wait for that and is idempotent. The
// runtime closes its kernels itself; Close is for programs that load many.
func (k *Kernel) Close() { k.shut() }

// shut closes the kernel to new slots, and frees it if none uses it.
func (k *Kernel) shut() {
	k.mu.Lock()
	k.closed = true
	k.free()
}

// hold keeps the code for a version; it cannot when the kernel is closed.
func (k *Kernel) hold() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		k.holds++
	}
	return !k.closed
}

// release gives the code back.
func (k *Kernel) release() {
	k.mu.Lock()
	k.holds--
	k.free()
}

// free frees the code once, if the kernel is closed and nobody holds it. The lock is held, and given up.
func (k *Kernel) free() {
	if !k.closed || k.holds > 0 || k.freed {
		k.mu.Unlock()
		return
	}
	k.freed = true
	spare := k.spare
	k.spare = nil
	k.mu.Unlock()
	defer k.rt.gone(k)
	// Freeing must happen whatever becomes of anybody's context, also when a host function ends the goroutine.
	defer func() { _ = k.code.Close(context.Background()) }()
	if spare != nil {
		spare.close()
	}
}

// lookup finds a contract's function: in the interface of its very name, else in the highest version that is
// compatible with it.
func (k *Kernel) lookup(ref FuncRef) (int, bool) {
	if at, ok := k.funcs[ref]; ok {
		return at, true
	}
	shared, _, ok := track(ref.Interface)
	if !ok {
		return 0, false
	}
	at, ok := k.funcs[FuncRef{Interface: k.tracks[shared], Name: ref.Name}]
	return at, ok
}

// attrs name the version in logs.
func (k *Kernel) attrs() []slog.Attr {
	return []slog.Attr{slog.String("kernel", k.name), slog.String("version", k.Digest()), slog.String("label", k.Label())}
}

// misfit is the fault of a kernel that does not fit a contract.
func (k *Kernel) misfit(message string) *Fault {
	f := k.fault(KindContract, message, nil)
	f.File = k.file
	return f
}

// fault is a fault of this kernel.
func (k *Kernel) fault(kind Kind, message string, cause error) *Fault {
	return &Fault{Kind: kind, Kernel: k.name, Version: k.Digest(), Label: k.Label(), Message: message, Err: cause,
		pure: !k.hosted()}
}
