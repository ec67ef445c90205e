package gen

import (
	"fmt"
	"go/token"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// dropinFile is the file that Dropin makes.
const dropinFile = "dropin.go"

// Dropin writes the functions of the contract as functions of the Go package pkg, which package dropin finds something to answer
// for. It goes with what Generate writes. The package has a function Component, which gives the bytes of its kernel, and,
// as baseline says, a function Baseline.
//
// The error is that of Generate, or says that a kernel with imports cannot be used without its grants.
func Dropin(p *plan.Plan, pkg string, baseline bool) (File, error) {
	if !token.IsIdentifier(pkg) || pkg == "_" {
		return File{}, fmt.Errorf("%q is not the name of a Go package: use letters and digits, and no keyword", pkg)
	}
	m, err := resolve(p)
	if err != nil {
		return File{}, err
	}
	if len(m.imports) > 0 {
		return File{}, fmt.Errorf("the kernel imports %s: functions of the package cannot grant it; use the client",
			m.imports[0].id)
	}
	m.name(pkg)
	var w writer
	m.writeDropin(&w, baseline)
	return m.file(dropinFile, &w, false)
}

func (m *model) writeDropin(w *writer, baseline bool) {
	for _, name := range []string{"Component", "Baseline", "dropin"} {
		m.names.taken[name] = true
	}
	config, configure := m.names.pick("Config", "DropinConfig"), m.names.pick("Configure", "ConfigureDropin")
	place := m.names.pick("dropIn")
	w.p("// %s says what answers the functions of this package.", config)
	w.p("type %s = dropin.Config[%s]\n", config, m.combined)
	w.p("// %s is what answers them.", place)
	w.p("var %s = dropin.New(dropin.Spec[%s]{", place, m.combined)
	w.p("Name: %q,", m.pkg)
	w.p("Contract: Contract,")
	w.p("Component: Component,")
	if baseline {
		w.p("Baseline: Baseline,")
	}
	w.p("Client: func(slot *tenon.Slot[%s]) %s { return New(slot) },", m.combined, m.combined)
	w.p("})\n")
	w.p("// %s has something else answer the functions of this package, while calls are in flight and without losing one; see", configure)
	w.p("// [dropin.Place.Configure].")
	w.p("func %s(ctx context.Context, cfg %s) error { return %s.Configure(ctx, cfg) }\n", configure, config, place)
	for _, i := range m.interfaces {
		for _, f := range i.free() {
			m.writeDropinFunc(w, f, place, configure)
		}
	}
}

// writeDropinFunc writes the package's function for one of the contract's. What failed because a switch closed what answered is asked of
// what answers now.
func (m *model) writeDropinFunc(w *writer, f *function, place, configure string) {
	name := m.names.pick(f.goName, "Call"+f.goName)
	s := f.locals(m)
	now, out, err := s.pick("now", "answering"), s.pick("out", "answered"), s.pick("err", "failure")
	w.comment(strings.Replace(f.doc(), f.goName, name, 1))
	w.p("//")
	w.p("// What answers is configuration; see [%s].", configure)
	w.p("func %s {", name+strings.TrimPrefix(f.signature(), f.goName))
	w.p("%s, %s := %s.Get(ctx)", now, err, place)
	w.p("if %s != nil {", err)
	w.p("return %s%s", f.zeroAnswer(), err)
	w.p("}")
	answer := ""
	if f.answer() != nil {
		answer = out + ", "
		w.p("%s, %s := %s.By.%s(%s)", out, err, now, f.goName, f.arguments("ctx"))
	} else {
		w.p("%s = %s.By.%s(%s)", err, now, f.goName, f.arguments("ctx"))
	}
	w.p("if %s != nil && %s.Moved(%s, %s) {", err, place, now, err)
	w.p("return %s(%s)", name, f.arguments("ctx"))
	w.p("}")
	w.p("return %s%s", answer, err)
	w.p("}\n")
}
