package gen

// model is a contract with everything that its Go form needs: the plan's layouts and the Go names.
type model struct {
	pkg        string // the generated package's name
	contract   contract
	interfaces []*iface // those with functions, in the contract's order
	combined   string   // the Go interface over all of them; the only one's own name where there is one
	used       []*typ   // every type that a function or a declaration needs, in the plan's order
	types      []*typ   // those of them that become Go declarations
	errors     []*errorType
	names      *scope // the package's identifiers

	helpers map[string]string // names of generated functions by verb and type
	queue   []helper          // those that are still to be written, and those that are
}

// functions lists the functions of all interfaces, in the order of Contract.Funcs.
func (m *model) functions() []*function {
	var list []*function
	for _, i := range m.interfaces {
		list = append(list, i.funcs...)
	}
	return list
}

// contract is the identity that a kernel is checked against when it is loaded.
type contract struct {
	pkg, version, hash, text string
}

func (c contract) String() string { return c.pkg + "@" + c.version }

// iface is one interface of the contract, or the functions that the world exports itself.
type iface struct {
	id     string // "tenon:useragent/parser@1.0.0", or "" for the world itself
	goName string
	funcs  []*function
}

// function is one exported function.
type function struct {
	iface  *iface
	name   string
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
	callID  string // the function that lowers, calls and lifts
	fakeID  string // the field of Fake
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

	id       int  // tells types apart
	resource *int // own, borrow: index into the plan's resources

	goName  string // the declared Go identifier, "" where the type is spelled out
	word    string // its part of the names of helpers: "ListAgent"
	kindID  string // variant: the Go type of its tag
	namesID string // variant, enum, flags: the table of the cases' names
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
	case "list":
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
