package plan

// Op is what a [Step] does.
type Op string

// The operations, in the words of the container.
const (
	OpInstantiate       Op = "instantiate"        // module Module becomes the next core instance
	OpInstantiateImport Op = "instantiate_import" // the imported module at Path becomes the next core instance
	OpMemory            Op = "memory"             // slot Slot is memory Export of core instance Instance
	OpRealloc           Op = "realloc"            // slot Slot is function Export of core instance Instance
	OpPostReturn        Op = "post_return"        // likewise
	OpTable             Op = "table"              // likewise, for a table; nothing in a host needs it
	OpResource          Op = "resource"           // resource Resource comes into being
)

// Step is one step of instantiation. Core instances are numbered in the order of their OpInstantiate and
// OpInstantiateImport steps.
//
// The imports of a module name where they come from: module "i<k>", name E is export E of core instance k;
// module "t", name "<i>" is trampoline i; module "f", name "<c>" is the flags global of component instance c.
type Step struct {
	Op                Op       `json:"op"`
	Module            int      `json:"module"`
	Path              []string `json:"path,omitempty"` // names that lead to an imported module, outer ones first
	Slot              int      `json:"slot"`
	Instance          int      `json:"instance"`
	Export            string   `json:"export"`
	Trampoline        *int     `json:"trampoline,omitempty"` // realloc or post_return that is a trampoline
	Resource          int      `json:"resource"`
	Destructor        *Callee  `json:"destructor,omitempty"`
	ComponentInstance int      `json:"component_instance"`
}

// Callee is the core function or memory that the step names.
func (s *Step) Callee() Callee {
	return Callee{Instance: s.Instance, Export: s.Export, Trampoline: s.Trampoline}
}

// Trampoline is a function that the host supplies to core modules. An engine refuses the kinds that it does
// not run.
type Trampoline struct {
	Kind TrampolineKind `json:"kind"`
	Core CoreSig        `json:"core"`

	// lower-import, resource-new, resource-rep, resource-drop: which component instance calls it.
	ComponentInstance int `json:"component_instance"`

	// resource-new, resource-rep, resource-drop: what it is about.
	Resource *int `json:"resource,omitempty"`
	Table    *int `json:"table,omitempty"`

	// lower-import: the index into Plan.ImportFuncs, and the options of the lowering.
	Import      *int     `json:"import,omitempty"`
	Memory      *int     `json:"memory,omitempty"`  // slot
	Realloc     *int     `json:"realloc,omitempty"` // slot
	Encoding    Encoding `json:"encoding,omitempty"`
	SpillParams *Spill   `json:"spill_params,omitempty"` // the parameters travel as one pointer to this record
	SpillResult bool     `json:"spill_result,omitempty"` // the last parameter is the address to store the result at

	// transcode: the conversion, e.g. "utf8-to-utf16", and the memory slots to read and to write.
	Transcode string `json:"transcode,omitempty"`
	From      int    `json:"from"`
	To        int    `json:"to"`

	// other: the translator's name for what no host runs yet.
	Name string `json:"name,omitempty"`
}

// TrampolineKind says what a trampoline does.
type TrampolineKind string

// The kinds of trampolines.
const (
	LowerImport            TrampolineKind = "lower-import"             // calls an imported function
	ResourceNew            TrampolineKind = "resource-new"             // rep -> handle
	ResourceRep            TrampolineKind = "resource-rep"             // handle -> rep
	ResourceDrop           TrampolineKind = "resource-drop"            // handle ->
	ResourceTransferOwn    TrampolineKind = "resource-transfer-own"    // handle, table, table to move it to -> handle
	ResourceTransferBorrow TrampolineKind = "resource-transfer-borrow" // likewise, lends
	Transcode              TrampolineKind = "transcode"                // copies a string between memories
	TrapNow                TrampolineKind = "trap"                     // reason ->
	EnterSyncCall          TrampolineKind = "enter-sync-call"          // caller, async, callee ->
	ExitSyncCall           TrampolineKind = "exit-sync-call"           // ->
	Other                  TrampolineKind = "other"
)

// Resource is a resource type. The host defines those that have an Import path; they come first. The others
// are defined by the component, in the instance ComponentInstance.
type Resource struct {
	Name              string   `json:"name"` // "" when it is neither imported nor exported
	Interface         string   `json:"interface"`
	Import            []string `json:"import,omitempty"`   // the names that lead to it, outer ones first
	ComponentInstance int      `json:"component_instance"` // 0 for an imported one
	Docs              string   `json:"docs"`
}

// Table is the handles to one resource that one component instance holds; all tables of an instance share one
// space of handles. Resource is nil for a table that belongs to a type only and never comes into being.
type Table struct {
	Resource          *int `json:"resource"`
	ComponentInstance int  `json:"component_instance"`
}
