package gen

import (
	"fmt"
	"strconv"
	"strings"
)

// writeCalls writes, for each function, the straight line of lowering, the one call, and lifting.
func (m *model) writeCalls(w *writer) {
	for _, f := range m.functions() {
		if f.tiered() != nil {
			m.writeFinder(w, f)
			continue
		}
		m.writeCall(w, f)
		if f.viewable() != nil {
			m.writeViewFinder(w, f)
		}
	}
}

// writeHelpers writes the helpers that everything else asked for, each once.
func (m *model) writeHelpers(w *writer) {
	// Helpers ask for further helpers, so the queue grows while it is worked off.
	for i := 0; i < len(m.queue); i++ {
		h := m.queue[i]
		switch h.verb {
		case "arg":
			m.writeArg(w, h.name, h.typ)
		case "check":
			m.writeCheck(w, h.name, h.typ)
		case "store":
			m.writeStore(w, h.name, h.typ)
		case "lower":
			m.writeLower(w, h.name, h.typ)
		case "load":
			m.writeLoad(w, h.name, h.typ)
		case "lift":
			m.writeLift(w, h.name, h.typ)
		case "view":
			m.writeViewHelper(w, h.name, h.typ)
		case "show":
			m.writeShow(w, h.name, h.typ)
		case "flat":
			m.writeFlat(w, h.name, h.typ)
		case "gather":
			m.writeGather(w, h.name, h.typ)
		}
	}
}

// helper is a generated function shared by all uses of a type: load, store and the like.
type helper struct {
	verb, name string
	typ        *typ
}

// helper returns the name of the generated function that does verb for type t, and sees to it that it is written.
func (m *model) helper(verb string, t *typ) string {
	key := verb + " " + strconv.Itoa(t.id)
	if name, ok := m.helpers[key]; ok {
		return name
	}
	name := m.names.pick(verb + t.word)
	m.helpers[key] = name
	m.queue = append(m.queue, helper{verb, name, t})
	return name
}

// callLocals are the names that every call function uses beside its parameters.
var callLocals = []string{"f", "block", "out", "err", "addr", "tag"}

func (m *model) writeCall(w *writer, f *function) {
	locals := callLocals
	params := []string{"f *tenon.Frame"}
	for i, p := range f.params {
		locals = append(locals, p.arg)
		if f.role == method && i == 0 {
			params = append(params, p.arg+" *tenon.Resource")
			continue
		}
		params = append(params, p.arg+" "+p.typ.goType())
	}
	var names, results []string
	if a := f.answer(); a != nil {
		names, results = append(names, "out"), append(results, "out "+a.goType())
	}
	if f.errs != nil {
		names, results = append(names, "err"), append(results, "err error")
	}
	b := m.body(w, locals...)
	name := f.goName
	if f.role == method {
		b.self = f.params[0].arg
		name = f.of.goName + "." + name
	}
	b.p("// %s is %s in the kernel: lower, call, lift. When f fails, what is returned means nothing.", f.callID, name)
	b.p("func %s(%s) (%s) {", f.callID, strings.Join(params, ", "), strings.Join(results, ", "))
	b.ask(f)
	b.liftResult(f)
	if len(names) > 0 {
		b.p("return %s", strings.Join(names, ", "))
	}
	b.p("}\n")
}

// ask lowers the arguments and calls.
func (b *body) ask(f *function) {
	b.lowerParams(f)
	if f.handsOver() {
		b.p("f.InvokeText()")
	} else {
		b.p("f.Invoke()")
	}
}

func (b *body) lowerParams(f *function) {
	param := func(int) {} // says which parameter a refusal is about, where that is in doubt
	if b.checked = f.checksFirst(); b.checked {
		if len(f.params) > 1 {
			param = func(i int) { b.p("f.Param(%d)", i) }
		}
		for i, p := range f.params {
			if p.typ.refuses {
				param(i)
				b.check(p.typ, p.arg)
			}
		}
	}
	if f.spill != nil {
		b.p("addr := f.Alloc(%d, %d)", f.spill.size, f.spill.align)
		for i, p := range f.params {
			if p.typ.allocs {
				param(i)
			}
			b.store(p.typ, p.arg, "addr", f.spill.offsets[i])
		}
		b.p("f.Arg(0, uint64(addr))")
		return
	}
	at := uint32(0)
	for i, p := range f.params {
		if p.typ.allocs {
			param(i)
		}
		if p.typ.staged() {
			b.lowerStaged(p.typ, p.arg, at)
		} else {
			b.lowerFlat(p.typ, p.arg, "", at)
		}
		at += uint32(len(p.typ.flat))
	}
}

func (b *body) liftResult(f *function) {
	switch {
	case f.result == nil:
		return
	case f.errs != nil:
		b.liftError(f)
	case f.handsOver():
		b.p("out = %s", f.result.liftHandedOver("f"))
	case f.spilled:
		b.p("block := f.Block(uint32(f.Ret(0)), %d, %d)", f.result.size, f.result.align)
		b.load(f.result, "out", "", 0)
	default:
		b.liftFlat(results, f.result, "out", "", 0)
	}
}

// liftError lifts a result<T, E> into the named results out and err.
func (b *body) liftError(f *function) {
	b.liftErrorBy(f, func() {
		if f.ok != nil {
			b.load(f.ok, "out", "", f.result.payload)
		}
	})
}

// liftErrorBy lifts the E of a result<T, E> into err, and leaves the T to ok.
func (b *body) liftErrorBy(f *function, ok func()) {
	t := f.result
	if f.spilled {
		b.p("block := f.Block(uint32(f.Ret(0)), %d, %d)", t.size, t.align)
		b.p("switch tag := block.U8(0); tag {")
	} else {
		b.p("switch tag := uint32(f.Ret(0)); tag {") // neither side has a payload
	}
	b.p("case 0:")
	ok()
	b.p("case 1:")
	e := f.errs
	switch {
	case e.typ == nil:
		b.p("err = %s{}", e.goName)
	case e.wraps:
		b.p("err = %s{Value: %s}", e.goName, b.loadValue(e.typ, "", t.payload))
	default:
		b.p("err = %s", b.loadValue(e.typ, "", t.payload))
	}
	b.p("default:")
	b.p("f.Invalid(%q, uint64(tag))", fmt.Sprintf("result of %s", f.path()))
	b.p("}")
}

// path names the function as faults do.
func (f *function) path() string {
	if f.iface.id == "" {
		return f.name
	}
	return f.iface.id + "#" + f.name
}
