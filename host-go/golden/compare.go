package golden

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// compare holds an answer against the expected one.
func (e *expectation) compare(at int, c *goldenCase, t *tenon.Type, got tenon.Value, tolerance float64) error {
	if t == nil {
		return nil
	}
	failed := &FailedError{Case: at, Func: c.Func}
	if t.Kind == "result" && got.Bits != e.value.Bits {
		side := [2]string{"result", "error"}[got.Bits&1]
		failed.Want, failed.Got = e.text(), side+" "+show(payload(t, got))
		return failed
	}
	d := difference{path: e.path, tolerance: tolerance}
	inner, wanted := payload(t, e.value)
	_, found := payload(t, got)
	if inner == nil || d.same(inner, wanted, found) {
		return nil
	}
	failed.Path, failed.Want, failed.Got = d.path, d.want, d.got
	return failed
}

// payload is what a function's answer carries: of a result the side that it is, else the answer itself.
func payload(t *tenon.Type, v tenon.Value) (*tenon.Type, tenon.Value) {
	if t == nil || t.Kind != "result" {
		return t, v
	}
	inner := t.Members[v.Bits&1].Type
	if inner == nil || len(v.Items) == 0 {
		return nil, tenon.Value{}
	}
	return inner, v.Items[0]
}

// difference finds the first place where two values of a type differ.
type difference struct {
	tolerance       float64 // of floats
	path, want, got string
}

// at goes into a part, and out again if it is the same.
func (d *difference) at(step string, t *tenon.Type, want, got tenon.Value) bool {
	outside := d.path
	d.path += step
	if !d.same(t, want, got) {
		return false
	}
	d.path = outside
	return true
}

func (d *difference) differ(t *tenon.Type, want, got tenon.Value) bool {
	d.want, d.got = show(t, want), show(t, got)
	return false
}

func (d *difference) same(t *tenon.Type, want, got tenon.Value) bool {
	switch t.Kind {
	case "string":
		return want.Text == got.Text || d.differ(t, want, got)
	case "f32", "f64":
		a, b := number(t.Kind, want.Bits), number(t.Kind, got.Bits)
		return a == b || a != a && b != b || math.Abs(a-b) <= d.tolerance || d.differ(t, want, got)
	case "list":
		for i := range min(len(want.Items), len(got.Items)) {
			if !d.at(fmt.Sprintf("[%d]", i), t.Elem, want.Items[i], got.Items[i]) {
				return false
			}
		}
		if len(want.Items) != len(got.Items) {
			d.want, d.got = fmt.Sprintf("%d items", len(want.Items)), fmt.Sprintf("%d items", len(got.Items))
			return false
		}
		return true
	case "record", "tuple":
		for i, m := range t.Members {
			step := "." + m.Name
			if t.Kind == "tuple" {
				step = "[" + m.Name + "]"
			}
			if !d.at(step, m.Type, want.Items[i], got.Items[i]) {
				return false
			}
		}
		return true
	}
	if want.Bits != got.Bits || len(want.Items) != len(got.Items) {
		return d.differ(t, want, got)
	}
	if len(want.Items) == 0 {
		return true
	}
	step, inner := "", t.Elem // of an option
	if t.Kind != "option" {
		step, inner = "."+t.Members[want.Bits].Name, t.Members[want.Bits].Type
	}
	return d.at(step, inner, want.Items[0], got.Items[0])
}

func number(kind string, bits uint64) float64 {
	if kind == "f32" {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

// maxShown is about how many bytes of a value a message has.
const maxShown = 160

// shortened is a text of a bounded length.
func shortened(s string) string {
	if len(s) <= maxShown {
		return s
	}
	end := maxShown
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// show writes a value as golden cases do, shortened. nil is the type of no value.
func show(t *tenon.Type, v tenon.Value) string {
	var b strings.Builder
	write(&b, t, v)
	return shortened(b.String())
}

// write stops soon after what is shown.
func write(b *strings.Builder, t *tenon.Type, v tenon.Value) {
	if b.Len() > maxShown {
		return
	}
	if t == nil {
		b.WriteString("null")
		return
	}
	switch t.Kind {
	case "bool":
		b.WriteString(strconv.FormatBool(v.Bits != 0))
	case "s8", "s16", "s32", "s64":
		b.WriteString(strconv.FormatInt(int64(v.Bits), 10))
	case "u8", "u16", "u32", "u64":
		b.WriteString(strconv.FormatUint(v.Bits, 10))
	case "f32", "f64":
		b.WriteString(floatText(t.Kind, v.Bits))
	case "char":
		b.WriteString(encoded(string(rune(v.Bits))))
	case "string":
		b.WriteString(encoded(shortened(v.Text)))
	case "list":
		sequence(b, "[]", len(v.Items), func(i int) { write(b, t.Elem, v.Items[i]) })
	case "tuple":
		sequence(b, "[]", len(v.Items), func(i int) { write(b, t.Members[i].Type, v.Items[i]) })
	case "record":
		sequence(b, "{}", len(v.Items), func(i int) {
			b.WriteString(encoded(t.Members[i].Name) + ": ")
			write(b, t.Members[i].Type, v.Items[i])
		})
	case "enum":
		b.WriteString(encoded(t.Members[v.Bits].Name))
	case "variant", "result":
		b.WriteString("{" + encoded(t.Members[v.Bits].Name) + ": ")
		var inner tenon.Value
		if len(v.Items) > 0 {
			inner = v.Items[0]
		}
		write(b, t.Members[v.Bits].Type, inner)
		b.WriteString("}")
	case "option":
		if v.Bits == 0 {
			b.WriteString("null")
			return
		}
		write(b, t.Elem, v.Items[0])
	case "flags":
		var set []string
		for i, m := range t.Members {
			if v.Bits&(1<<i) != 0 {
				set = append(set, m.Name)
			}
		}
		sequence(b, "[]", len(set), func(i int) { b.WriteString(encoded(set[i])) })
	default:
		b.WriteString("a resource")
	}
}

// sequence writes items in brackets.
func sequence(b *strings.Builder, brackets string, n int, item func(i int)) {
	b.WriteByte(brackets[0])
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		if item(i); b.Len() > maxShown {
			return
		}
	}
	b.WriteByte(brackets[1])
}

func floatText(kind string, bits uint64) string {
	switch f := number(kind, bits); {
	case math.IsNaN(f):
		return `"nan"`
	case math.IsInf(f, 1):
		return `"inf"`
	case math.IsInf(f, -1):
		return `"-inf"`
	case kind == "f32":
		return strconv.FormatFloat(f, 'g', -1, 32)
	default:
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
}

// encoded writes what encoding/json has read, or a string.
func encoded(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "what no JSON stands for"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
