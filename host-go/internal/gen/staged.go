package gen

import "fmt"

// staged reports whether a parameter or result of the type can cross without a stay in the guest's memory that the host
// sees: a string or a list of numbers, by the methods of tenon.Frame that use a function's entry.
func (t *typ) staged() bool {
	return t.kind == "string" || t.kind == "list" && t.elem.numeric()
}

// handsOver reports whether the function's answer as a whole is of such a type.
func (f *function) handsOver() bool { return f.result != nil && f.errs == nil && f.result.staged() }

// lowerStaged passes the value v of a whole parameter, whose first flat parameter is i.
func (b *body) lowerStaged(t *typ, v string, i uint32) {
	switch {
	case t.kind == "string" && b.checked:
		b.p("f.ArgCheckedString(%d, %s)", i, v)
	case t.kind == "string":
		b.p("f.ArgString(%d, %s)", i, v)
	case t.elem.kind == "u8":
		b.p("f.ArgBytes(%d, %s)", i, v)
	default:
		b.p("tenon.ArgNumbers(f, %d, %s)", i, v)
	}
}

// liftHandedOver is the Go expression that lifts the answer after InvokeText, from the named frame.
func (t *typ) liftHandedOver(frame string) string {
	switch {
	case t.kind == "string":
		return frame + ".RetString()"
	case t.elem.kind == "u8":
		return frame + ".RetBytes()"
	}
	return fmt.Sprintf("tenon.RetNumbers[%s](%s)", t.elem.goType(), frame)
}
