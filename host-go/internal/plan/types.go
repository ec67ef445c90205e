package plan

// Kind says which component-model type a [Type] is.
type Kind string

// The kinds of value types that a plan can hold.
const (
	Bool    Kind = "bool"
	S8      Kind = "s8"
	U8      Kind = "u8"
	S16     Kind = "s16"
	U16     Kind = "u16"
	S32     Kind = "s32"
	U32     Kind = "u32"
	S64     Kind = "s64"
	U64     Kind = "u64"
	F32     Kind = "f32"
	F64     Kind = "f64"
	Char    Kind = "char"
	String  Kind = "string"
	List    Kind = "list"
	Record  Kind = "record"
	Tuple   Kind = "tuple"
	Variant Kind = "variant"
	Enum    Kind = "enum"
	Option  Kind = "option"
	Result  Kind = "result"
	Flags   Kind = "flags"
	Own     Kind = "own"
	Borrow  Kind = "borrow"
)

// CoreType is a core-Wasm value type as it appears in flattened signatures.
type CoreType string

// The core types of flattened signatures.
const (
	I32     CoreType = "i32"
	I64     CoreType = "i64"
	CoreF32 CoreType = "f32"
	CoreF64 CoreType = "f64"
)

// MaxFlatParams and MaxFlatResults are MAX_FLAT_PARAMS and MAX_FLAT_RESULTS of the specification's
// CanonicalABI, section "Flattening".
const (
	MaxFlatParams  = 16
	MaxFlatResults = 1
)

// Type is one value type with its memory layout (CanonicalABI, sections "Alignment" and "Element Size").
// Which of the fields below Docs are set depends on Kind. Types refer to each other by index into
// Plan.Types, always to a smaller one, so they form no cycle.
type Type struct {
	Kind      Kind       `json:"kind"`
	Size      uint32     `json:"size"`
	Align     uint32     `json:"align"`
	Flat      []CoreType `json:"flat"` // nil when longer than MaxFlatParams (see FlatSpills)
	Name      string     `json:"name"` // the name under which an interface exports it; "" for anonymous
	Interface string     `json:"interface"`
	Docs      string     `json:"docs"`

	Element      *int    `json:"element,omitempty"`      // list, option
	Fields       []Field `json:"fields,omitempty"`       // record, tuple
	Cases        []Case  `json:"cases,omitempty"`        // variant, enum
	OK           *int    `json:"ok,omitempty"`           // result; nil: no payload
	Err          *int    `json:"err,omitempty"`          // result; nil: no payload
	Flags        []Label `json:"flags,omitempty"`        // flags, bit 0 first
	Discriminant uint32  `json:"discriminant,omitempty"` // bytes; variant, enum, option, result
	Payload      uint32  `json:"payload,omitempty"`      // offset of the payload; variant, option, result
	Resource     *int    `json:"resource,omitempty"`     // own, borrow
}

// Field is a field of a record, or of a tuple, whose fields are named "0", "1" and so on.
type Field struct {
	Name   string `json:"name"`
	Type   int    `json:"type"`
	Offset uint32 `json:"offset"`
	Docs   string `json:"docs"`
}

// Case is a case of a variant or an enum. Type is nil when it has no payload.
type Case struct {
	Name string `json:"name"`
	Type *int   `json:"type"`
	Docs string `json:"docs"`
}

// Label is the name of one flag.
type Label struct {
	Name string `json:"name"`
	Docs string `json:"docs"`
}

// FlatSpills reports whether the type's flattening is longer than MaxFlatParams, so that Flat is absent.
// Every type flattens to at least one core value.
func (t *Type) FlatSpills() bool { return len(t.Flat) == 0 }

// Encoding is the string encoding of a function (canonical option string-encoding).
type Encoding string

// The three encodings.
const (
	UTF8        Encoding = "utf8"
	UTF16       Encoding = "utf16"
	Latin1UTF16 Encoding = "latin1+utf16"
)

// Func is one function that the component exports, lifted from a core function.
type Func struct {
	Name              string   `json:"name"`
	Interface         string   `json:"interface"` // "" for a function that the world itself exports
	Docs              string   `json:"docs"`
	Params            []Param  `json:"params"`
	Result            *int     `json:"result"` // nil: no result
	Callee            Callee   `json:"callee"`
	Memory            *int     `json:"memory"`      // slot
	Realloc           *int     `json:"realloc"`     // slot
	PostReturn        *int     `json:"post_return"` // slot
	Encoding          Encoding `json:"encoding"`
	Core              CoreSig  `json:"core"`
	SpillParams       *Spill   `json:"spill_params"` // the parameters travel as one pointer to this record
	SpillResult       bool     `json:"spill_result"` // the result comes back as a pointer into memory
	ComponentInstance int      `json:"component_instance"`
	Entry             *Entry   `json:"entry,omitempty"` // nil: none
}

// Param is one parameter.
type Param struct {
	Name string `json:"name"`
	Type int    `json:"type"`
}

// CoreSig is a core function's signature.
type CoreSig struct {
	Params  []CoreType `json:"params"`
	Results []CoreType `json:"results"`
}

// Spill is the layout of a parameter list that travels through memory.
type Spill struct {
	Size    uint32   `json:"size"`
	Align   uint32   `json:"align"`
	Offsets []uint32 `json:"offsets"`
}

// Callee names a core function: export Export of core instance Instance, or, when Trampoline is set, that
// trampoline.
type Callee struct {
	Instance   int    `json:"instance"`
	Export     string `json:"export"`
	Trampoline *int   `json:"trampoline,omitempty"`
}
