package gen

// model is a contract with everything that its Go form needs: the plan's layouts and the Go names.
type model struct {
	pkg         string // the generated package's name
	contract    contract
	interfaces  []*iface    // exported, those with functions, in the contract's order
	combined    string      // the Go interface over all of them; the only one's own name where there is one
	imports     []*iface    // imported, those that the host has to grant, in the component's order
	resources   []*resource // those that a function uses or an interface declares, in the order of the generated list
	used        []*typ      // every type that a function or a declaration needs, in the plan's order
	types       []*typ      // those of them that become Go declarations
	errors      []*errorType
	names       *scope // the package's identifiers
	resourcesID string // the list of resources; "" where there are none
	pinnedID    string // the client of one instance; "" where no resource of the kernel's could need it

	helpers map[string]string // names of generated functions by verb and type
	queue   []helper          // those that are still to be written, and those that are
	views   []*typ            // records that are shown where they are
}

// contract is the identity that a kernel is checked against when it is loaded.
type contract struct {
	pkg, version, hash, text string
}

func (c contract) String() string { return c.pkg + "@" + c.version }

// iface is one interface of the contract, one that the kernel imports, or the functions that the world exports or
// imports itself.
type iface struct {
	id        string // "tenon:useragent/parser@1.0.0", or "" for the world itself
	docs      string
	text      string // imported: the canonical text
	imported  bool
	title     string // the label that tells it from the others of its side
	goName    string
	importID  string // imported: the function that makes the grant
	funcs     []*function
	resources []*resource // those that it declares
}

// free are the functions that the interface's own Go type has: all but the methods of resources.
func (i *iface) free() []*function {
	var list []*function
	for _, f := range i.funcs {
		if f.role != method {
			list = append(list, f)
		}
	}
	return list
}

// resource is a resource that the kernel exports, or one of the host's that it imports.
type resource struct {
	iface    *iface // the one that declares it
	name     string
	docs     string
	imported bool
	used     bool   // a function's type names it
	shared   bool   // an exported function uses it, or it is exported
	goName   string // the Go interface
	clientID string // exported: the type that stands for a kernel's
	handleID string // exported: the function that finds the kernel's handle behind a value
	refID    string // the constant that indexes the list of resources
	fakeID   string // exported: the fake
	closeID  string // exported: the fake's field that answers Close
	funcs    []*function
}

// methods are the functions that the resource's Go interface has beside Close.
func (r *resource) methods() []*function {
	var list []*function
	for _, f := range r.funcs {
		if f.role == method {
			list = append(list, f)
		}
	}
	return list
}

// role says what a function is to a resource.
type role int

const (
	plain role = iota
	constructor
	method // its first parameter is the resource
	static
)

// function is one exported or imported function.
type function struct {
	iface  *iface
	name   string // as the component has it: "[method]blob.read"
	role   role
	of     *resource // of a constructor, method or static
	member string    // the name without the role: "read"
	docs   string
	goName string // the method
	params []param
	result *typ // nil: none
	ok     *typ // of a result<T, E> at the top, the answer's type; nil: none
	errs   *errorType
	spill  *record // where more than 16 flat parameters stand in memory
	// spilled says that the result comes back as a pointer.
	spilled bool
	constID string // the constant that indexes Contract.Funcs
	callID  string // the function that lowers, calls and lifts, or finds what is to be lifted; of an import, the one that lifts, asks the host and lowers
	fakeID  string // the field of Fake
	tierNames
}

// tierNames are the names of what a function with tiers has more; see [function.tiered].
type tierNames struct {
	appendID, viewID string // the methods
	baseID           string // the method by which the baseline answers
	viewCallID       string // of a record: the function that lowers, calls and finds the answer
}

// args are the parameters that the Go method has too: all but a method's own resource.
func (f *function) args() []param {
	if f.role == method {
		return f.params[1:]
	}
	return f.params
}

// answer is the type of the value that the Go method returns beside its error; nil: none.
func (f *function) answer() *typ {
	if f.errs != nil {
		return f.ok
	}
	return f.result
}

type param struct {
	name string // the contract's
	id   string // the Go parameter of the method
	arg  string // the same in the function that lowers it
	typ  *typ
}

// record is the memory layout of several values side by side.
type record struct {
	size, align uint32
	offsets     []uint32
}

// typ is a type of the contract. kind is the plan's word for it.
type typ struct {
	kind        string
	name        string // the contract's, "" for an anonymous one
	iface       string
	docs        string
	size, align uint32
	flat        []string // core types; nil where they are more than 16
	elem        *typ     // list, option
	fields      []field  // record, tuple
	cases       []vcase  // variant, enum, flags
	ok, err     *typ     // result
	tag         uint32   // the discriminant's bytes
	payload     uint32   // the payload's offset

	id       int       // tells types apart
	resource *resource // own, borrow
	handles  bool      // there is a resource of the kernel's in it
	hosted   bool      // there is a resource of the host's in it
	shared   bool      // an exported function or interface uses it

	goName  string // the declared Go identifier, "" where the type is spelled out
	word    string // its part of the names of helpers: "ListAgent"
	kindID  string // variant: the Go type of its tag
	namesID string // variant, enum, flags: the table of the cases' names
	viewID  string // record, tuple: what it is shown as; "" where that is its value
	slots   []slot // variant: the struct's fields for payloads
	isError bool   // it implements error itself
	refuses bool   // a Go value may be one that the contract's type does not have
	allocs  bool   // lowering may call the guest's allocator
}

type field struct {
	name, docs string
	goName     string
	typ        *typ
	offset     uint32
}

type vcase struct {
	name, docs string
	typ        *typ // payload; nil: none
	constID    string
	newID      string // variant: the constructor
	asID       string // variant: the accessor
	slot       int    // variant: which payload field it uses
}

// slot is a field of a variant's struct. Cases with the same Go type share one.
type slot struct {
	id  string
	typ *typ
}

// errorType is the Go form of the E of a result<T, E>: the type itself where it is declared by the contract, otherwise a
// generated struct around it.
type errorType struct {
	goName string
	typ    *typ // nil: result<T> without a payload for errors
	wraps  bool // a struct with the field Value (or with none)
}

// what describes the error for a comment.
func (e *errorType) what() string {
	if e.typ == nil {
		return "no reason given"
	}
	return "a value of type " + e.typ.goType()
}

// declared says whether the type becomes a Go type of its own, as opposed to an alias or a spelled-out type.
func (t *typ) declared() bool {
	switch t.kind {
	case "record", "tuple", "variant", "enum", "flags":
		return true
	}
	return false
}

// inPlace says whether values are lifted through a pointer and lowered from one: the Go type is a struct of ours.
func (t *typ) inPlace() bool {
	return t.kind == "record" || t.kind == "tuple" || t.kind == "variant"
}

// compound says whether lifting a value from flat arguments takes statements: it is made of others.
func (t *typ) compound() bool {
	switch t.kind {
	case "record", "tuple", "variant", "option", "result":
		return true
	}
	return false
}

// goType spells the type in Go.
func (t *typ) goType() string {
	if t == nil {
		return "struct{}"
	}
	if t.goName != "" {
		return t.goName
	}
	return t.spelled()
}

// spelled is the type without its own name: what an alias stands for.
func (t *typ) spelled() string {
	switch t.kind {
	case "own", "borrow":
		return t.resource.goName
	case "list":
		if t.elem.kind == "u8" && t.elem.goName == "" {
			return "[]byte"
		}
		return "[]" + t.elem.goType()
	case "option":
		return "tenon.Option[" + t.elem.goType() + "]"
	case "result":
		return "tenon.Result[" + t.ok.goType() + ", " + t.err.goType() + "]"
	}
	return goPrimitives[t.kind]
}

var goPrimitives = map[string]string{
	"bool": "bool", "s8": "int8", "u8": "uint8", "s16": "int16", "u16": "uint16", "s32": "int32", "u32": "uint32",
	"s64": "int64", "u64": "uint64", "f32": "float32", "f64": "float64", "char": "rune", "string": "string",
}

// zero is a Go expression for the type's zero value.
func (t *typ) zero() string {
	switch t.kind {
	case "bool":
		return "false"
	case "string":
		return `""`
	case "list", "own", "borrow":
		return "nil"
	case "record", "tuple", "variant", "option", "result":
		return t.goType() + "{}"
	}
	return "0"
}

// numeric says whether lists of the type move with one copy.
func (t *typ) numeric() bool {
	switch t.kind {
	case "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64":
		return true
	}
	return false
}
