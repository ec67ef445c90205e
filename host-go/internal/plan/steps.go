package plan

// Op is what a [Step] does.
type Op string

// The operations, in the words of the container.
const (
	OpInstantiate Op = "instantiate" // module Module becomes the next core instance
	OpMemory      Op = "memory"      // slot Slot is memory Export of core instance Instance
	OpRealloc     Op = "realloc"     // slot Slot is function Export of core instance Instance
	OpPostReturn  Op = "post_return" // likewise
	OpTable       Op = "table"       // likewise, for a table; nothing in a host needs it
	OpResource    Op = "resource"    // resource Resource comes into being
)

// Step is one step of instantiation. Core instances are numbered in the order of their OpInstantiate steps.
//
// The imports of a module name where they come from: module "i<k>", name E is export E of core instance k;
// module "t", name "<i>" is trampoline i; module "f", name "<c>" is the flags global of component instance c.
type Step struct {
	Op                Op      `json:"op"`
	Module            int     `json:"module"`
	Slot              int     `json:"slot"`
	Instance          int     `json:"instance"`
	Export            string  `json:"export"`
	Trampoline        *int    `json:"trampoline,omitempty"` // realloc or post_return that is a trampoline
	Resource          int     `json:"resource"`
	Destructor        *Callee `json:"destructor,omitempty"`
	ComponentInstance int     `json:"component_instance"`
}

// Callee is the core function or memory that the step names.
func (s *Step) Callee() Callee {
	return Callee{Instance: s.Instance, Export: s.Export, Trampoline: s.Trampoline}
}

// Trampoline is a function that the host supplies to core modules. Kind is an open word: an engine refuses
// the kinds that it does not run.
type Trampoline struct {
	Kind              string  `json:"kind"`
	Resource          *int    `json:"resource,omitempty"`
	ComponentInstance int     `json:"component_instance"`
	Core              CoreSig `json:"core"`
}

// Resource is a resource type that the component defines. ComponentInstance is the one that defines it.
type Resource struct {
	Name              string `json:"name"`
	Interface         string `json:"interface"`
	ComponentInstance int    `json:"component_instance"`
}
