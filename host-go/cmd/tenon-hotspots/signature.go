package main

import (
	"fmt"
	"go/types"
	"strings"
	"unicode"
)

// A grade says how much a finding weighs.
type grade string

const (
	gradeNo     grade = "no"     // stands against a kernel
	gradeUnseen grade = "unseen" // may stand against one, and cannot be seen from here
	gradeChange grade = "change" // has to be changed first
	gradeNote   grade = "note"   // is good to know
)

// A finding is one thing about a function that matters to a kernel.
type finding struct {
	Grade grade  `json:"grade"`
	What  string `json:"what"`
}

// A wit writes Go types as WIT types, and notes what has to change for it.
type wit struct {
	findings []finding
	within   []*types.Named // types around the present one, which must not come up again
}

func (w *wit) note(g grade, format string, args ...any) {
	w.findings = append(w.findings, finding{g, fmt.Sprintf(format, args...)})
}

// signature writes a function's signature in WIT. A context and a last error are the generated client's own.
func (w *wit) signature(f *types.Func) string {
	signature := f.Signature()
	if signature.TypeParams().Len() > 0 || signature.RecvTypeParams().Len() > 0 {
		w.note(gradeChange, "it is generic: a contract needs the types that it is really called with")
	}
	var params []string
	for i := range signature.Params().Len() {
		p := signature.Params().At(i)
		if isNamed(p.Type(), "context", "Context") {
			continue
		}
		name := kebab(p.Name())
		if name == "" {
			name = fmt.Sprintf("p%d", i+1)
		}
		params = append(params, name+": "+w.of(p.Type(), "the parameter "+orNumber(p.Name(), i)))
	}
	text := "func(" + strings.Join(params, ", ") + ")"
	results, fails := signature.Results(), false
	count := results.Len()
	if count > 0 && isError(results.At(count-1).Type()) {
		fails = true
		count--
	}
	var kinds []string
	for i := range count {
		kinds = append(kinds, w.of(results.At(i).Type(), "the result"))
	}
	result := strings.Join(kinds, ", ")
	if count > 1 {
		result = "tuple<" + result + ">"
	}
	switch {
	case fails && count == 0:
		return text + " -> result<_, string>"
	case fails:
		return text + " -> result<" + result + ", string>"
	case count == 0:
		w.note(gradeChange, "it gives no result: what it is for is a side effect, and a kernel has none but its answer")
		return text
	default:
		return text + " -> " + result
	}
}

func orNumber(name string, i int) string {
	if name == "" || name == "_" {
		return fmt.Sprint(i + 1)
	}
	return name
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

func isNamed(t types.Type, pkg, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == pkg
}

// optionPackage has the generated clients' type for WIT's option.
const optionPackage = "github.com/tenon-dev/tenon/host-go"

// of writes a type. where says what has it, as in "the parameter line".
func (w *wit) of(t types.Type, where string) string {
	t = types.Unalias(t)
	if parameter, ok := t.(*types.TypeParam); ok {
		return kebab(parameter.Obj().Name()) // noted with the signature
	}
	named, _ := t.(*types.Named)
	if named != nil {
		object := named.Obj()
		for _, around := range w.within {
			if around == named {
				w.note(gradeNo, "%s holds itself (%s): WIT has no recursive types", where, object.Name())
				return "?"
			}
		}
		w.within = append(w.within, named)
		defer func() { w.within = w.within[:len(w.within)-1] }()
		switch {
		case isNamed(t, "time", "Time"):
			w.note(gradeChange, "%s is a time.Time: pass nanoseconds since 1970", where)
			return "s64"
		case object.Name() == "Option" && object.Pkg() != nil && object.Pkg().Path() == optionPackage && named.TypeArgs().Len() == 1:
			return "option<" + w.of(named.TypeArgs().At(0), where) + ">"
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return w.basic(u, where)
	case *types.Slice:
		return "list<" + w.of(u.Elem(), where) + ">"
	case *types.Array:
		return "list<" + w.of(u.Elem(), where) + ">"
	case *types.Struct:
		return w.record(named, u, where)
	case *types.Pointer:
		w.note(gradeChange, "%s is a pointer: both sides have memories of their own, so pass the value (or an option of it)", where)
		return w.of(u.Elem(), where)
	case *types.Map:
		w.note(gradeChange, "%s is a map: WIT has lists of pairs", where)
		return "list<tuple<" + w.of(u.Key(), where) + ", " + w.of(u.Elem(), where) + ">>"
	case *types.Interface:
		w.byInterface(t, where)
	case *types.Chan:
		w.note(gradeNo, "%s is a channel", where)
	case *types.Signature:
		w.note(gradeNo, "%s is a function: the kernel would have to call back, a crossing each time", where)
	default:
		w.note(gradeNo, "%s has the type %s, which WIT has not", where, t)
	}
	return "?"
}

func (w *wit) byInterface(t types.Type, where string) {
	switch {
	case isNamed(t, "io", "Reader"), isNamed(t, "io", "ReadCloser"), isNamed(t, "io", "ReadSeeker"):
		w.note(gradeChange, "%s is read as it is needed: read it first, and pass the bytes", where)
	case isNamed(t, "io", "Writer"), isNamed(t, "io", "WriteCloser"):
		w.note(gradeChange, "%s is written to: give the bytes back instead", where)
	default:
		w.note(gradeNo, "%s is an interface (%s): a kernel gets data, not methods of Go", where, types.TypeString(t, byName))
	}
}

func byName(p *types.Package) string { return p.Name() }

func (w *wit) basic(b *types.Basic, where string) string {
	switch b.Kind() {
	case types.Bool:
		return "bool"
	case types.String:
		return "string"
	case types.Int8:
		return "s8"
	case types.Int16:
		return "s16"
	case types.Int32:
		return "s32"
	case types.Int64, types.Int:
		return "s64"
	case types.Uint8:
		return "u8"
	case types.Uint16:
		return "u16"
	case types.Uint32:
		return "u32"
	case types.Uint64, types.Uint:
		return "u64"
	case types.Float32:
		return "f32"
	case types.Float64:
		return "f64"
	}
	w.note(gradeNo, "%s has the type %s, which WIT has not", where, b)
	return "?"
}

// record writes a struct: by its name, with its fields checked.
func (w *wit) record(named *types.Named, fields *types.Struct, where string) string {
	name := "record"
	if named != nil {
		name = kebab(named.Obj().Name())
		if pkg := named.Obj().Pkg(); pkg != nil && (symbol{pkg: pkg.Path()}).kind() != kindProgram {
			w.note(gradeNo, "%s is a %s.%s, which holds state of Go's library", where, pkg.Name(), named.Obj().Name())
			return "?"
		}
	}
	if fields.NumFields() == 0 {
		w.note(gradeChange, "%s is a struct without fields, and WIT's records have at least one", where)
	}
	for field := range fields.Fields() {
		w.of(field.Type(), where+"'s field "+field.Name())
	}
	return name
}

// kebab writes a Go name as WIT names are written: userAgent as user-agent.
func kebab(name string) string {
	var out strings.Builder
	runes := []rune(strings.Trim(name, "_"))
	for i, r := range runes {
		if r == '_' {
			out.WriteByte('-')
			continue
		}
		boundary := i > 0 && unicode.IsUpper(r) && runes[i-1] != '_' &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if boundary {
			out.WriteByte('-')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
