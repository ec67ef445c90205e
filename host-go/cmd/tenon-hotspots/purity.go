package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
)

// A walk looks at a function's body, and at the bodies of all that it calls as far as their source is loaded, for what a kernel
// cannot do.
type walk struct {
	source   *source
	profile  *costs
	found    map[string]*group // by what
	visited  map[visit]bool
	tables   map[string]bool // package variables that are read, and that no function changes
	missing  map[string]bool // packages whose source would tell more
	keeps    bool            // state from call to call, in its receiver
	reads    bool            // its receiver's fields
	top      *declaration
	searched int
}

// A group is what a walk came upon of one sort.
type group struct {
	grade grade
	what  string // with %s for the items
	items []string
}

type visit struct {
	declaration *declaration
	from        origin
}

// An origin says whose the receiver of a method is, as far as the function at the top of a walk is concerned.
type origin int

const (
	ownMaking   origin = iota // the function's own, from this call, as far as one can see
	ofReceiver                // its receiver's
	ofVariable                // a package variable's
	ofParameter               // its caller's
)

const (
	maxWalk = 4000 // functions looked at for one
	maxWay  = 24   // calls from the function to one that is looked at
)

func newWalk(s *source, c *costs, top *declaration) *walk {
	w := &walk{source: s, profile: c, found: map[string]*group{}, visited: map[visit]bool{}, tables: map[string]bool{},
		missing: map[string]bool{}, top: top}
	w.body(top, ofReceiver, nil)
	return w
}

// note books an item under what, which has a place for it. The way leads from the function to where it stands.
func (w *walk) note(g grade, what, item string, way []string) {
	found := w.found[what]
	if found == nil {
		found = &group{grade: g, what: what}
		w.found[what] = found
	}
	if slices.ContainsFunc(found.items, func(known string) bool { return known == item || strings.HasPrefix(known, item+" in ") }) {
		return
	}
	if len(way) > 0 {
		item = strings.TrimPrefix(item+" in "+way[len(way)-1], " ")
	}
	found.items = append(found.items, item)
}

// What a walk comes upon.
const (
	isAssembly   = "has a body in assembly or C (%s)"
	startsOthers = "starts goroutines (%s)"
	waits        = "waits on channels (%s)"
	changes      = "changes package variables (%s)"
	readsChanged = "reads package variables that change (%s)"
	reachesOut   = "reaches %s"
	throughFace  = "calls through interfaces, and neither source nor profile tells which code runs (%s)"
	throughValue = "calls function values, and the source does not tell which (%s)"
	notHere      = "calls functions whose source is not here (%s)"
	writesInto   = "writes into its parameters (%s): give the new values back instead"
	shares       = "shares state between goroutines (%s): an instance runs one call at a time, so leave out locks and pools, and see that no call " +
		"needs what an earlier one left"
)

// body looks at a declaration, whose receiver is from somewhere.
func (w *walk) body(d *declaration, from origin, way []string) {
	v := visit{d, from}
	if w.visited[v] || len(way) > maxWay || w.searched >= maxWalk {
		return
	}
	w.visited[v] = true
	w.searched++
	if d.node.Body == nil {
		w.note(gradeNo, isAssembly, symbolShort(d.object), nil)
		return
	}
	d.assignments(func(target ast.Expr, within bool) { w.assigned(d, target, within, from, way) })
	ast.Inspect(d.node.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			w.note(gradeNo, startsOthers, symbolShort(d.object), nil)
		case *ast.SendStmt, *ast.SelectStmt:
			w.note(gradeNo, waits, symbolShort(d.object), nil)
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				w.note(gradeNo, waits, symbolShort(d.object), nil)
			}
		case *ast.Ident:
			w.used(d, n, way)
		case *ast.CallExpr:
			w.called(d, n, from, way)
		}
		return true
	})
}

// assigned looks at an assignment: to a variable as a whole, or within what it leads to.
func (w *walk) assigned(d *declaration, target ast.Expr, within bool, from origin, way []string) {
	root := d.root(target)
	if _, whole := ast.Unparen(target).(*ast.Ident); !whole {
		within = true
	}
	switch {
	case root == nil:
	case isGlobal(root):
		w.note(gradeNo, changes, root.Name(), way)
	case d.receiver != nil && root == d.receiverObject():
		if !within || !leadsOut(root.Type()) {
			return
		}
		item := "a " + parseSymbol(d.name).receiver
		switch from {
		case ofReceiver:
			w.keeps = true
		case ofVariable:
			w.note(gradeNo, changes, item, way)
		case ofParameter:
			w.note(gradeChange, writesInto, item, way)
		}
	case d == w.top && isParameter(d, root):
		if within {
			w.note(gradeChange, writesInto, root.Name(), way)
		}
	}
}

// receiverObject is the receiver as the body names it.
func (d *declaration) receiverObject() types.Object {
	if names := d.node.Recv.List[0].Names; len(names) > 0 {
		return d.pkg.TypesInfo.Defs[names[0]]
	}
	return nil
}

// isParameter tells a parameter that leads to memory of the caller's.
func isParameter(d *declaration, o types.Object) bool {
	params := d.object.Signature().Params()
	for i := range params.Len() {
		if params.At(i) == o {
			return leadsOut(o.Type())
		}
	}
	return false
}

// leadsOut tells a type whose copies share what they lead to.
func leadsOut(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map:
		return true
	}
	return false
}

// used looks at a name that the body mentions.
func (w *walk) used(d *declaration, name *ast.Ident, way []string) {
	object := d.pkg.TypesInfo.Uses[name]
	if object == nil {
		return
	}
	if d == w.top && d.receiver != nil && object == d.receiverObject() {
		w.reads = true
	}
	if !isGlobal(object) || (symbol{pkg: object.Pkg().Path()}).kind() != kindProgram {
		return
	}
	if isError(object.Type()) {
		return
	}
	if by, ok := w.source.changed[object]; ok {
		w.note(gradeNo, readsChanged, object.Name()+", by "+by, way)
		return
	}
	w.tables[object.Name()] = true
}

func (w *walk) called(d *declaration, call *ast.CallExpr, from origin, way []string) {
	info := d.pkg.TypesInfo
	if info.Types[call.Fun].IsType() || info.Types[call.Fun].IsBuiltin() {
		return
	}
	f, ok := typeutil.Callee(info, call).(*types.Func)
	if !ok {
		w.value(d, call, way)
		return
	}
	f = f.Origin()
	name := f.Name()
	if f.Pkg() != nil {
		name = symbolShort(f)
	}
	if types.IsInterface(receiverType(f)) {
		w.throughInterface(d, f, w.passes(d, call, from), way)
		return
	}
	if f.Pkg() == nil {
		return
	}
	if (symbol{pkg: f.Pkg().Path()}).kind() != kindProgram {
		if what := reaches(f); what != "" {
			w.note(gradeNo, reachesOut, what+" by "+name, way)
		} else if isLock(f.Pkg().Path()) {
			w.note(gradeChange, shares, name, way)
		}
		return
	}
	callee := w.source.declared[symbolOf(f)]
	if callee == nil {
		w.missing[f.Pkg().Path()] = true
		w.note(gradeUnseen, notHere, name, way)
		return
	}
	w.body(callee, w.passes(d, call, from), append(slices.Clip(way), name))
}

// throughInterface looks at a call of an interface's method. The profile may tell which code ran: the methods of that name that
// the function called.
func (w *walk) throughInterface(d *declaration, method *types.Func, from origin, way []string) {
	if quiet(method) {
		return
	}
	if from == ownMaking {
		from = ofReceiver // what an interface holds may come from anywhere
	}
	ran := false
	for _, f := range w.profile.called(w.source, d) {
		if f.function != method.Name() || f.receiver == "" {
			continue
		}
		if f.kind() != kindProgram {
			if ran = true; outside[f.pkg] != "" {
				w.note(gradeNo, reachesOut, outside[f.pkg]+" by "+f.short(f.file), way)
			}
			continue
		}
		if callee := w.source.declarationOf(f); callee != nil {
			ran = true
			w.body(callee, from, append(slices.Clip(way), f.short(f.file)))
		}
	}
	if !ran {
		w.note(gradeUnseen, throughFace, symbolShort(method), way)
	}
}

// value looks at a call of a function value.
func (w *walk) value(d *declaration, call *ast.CallExpr, way []string) {
	var name string
	switch target := ast.Unparen(call.Fun).(type) {
	case *ast.FuncLit:
		return // looked at where it stands
	case *ast.Ident:
		object := d.pkg.TypesInfo.Uses[target]
		if object == nil || !isGlobal(object) {
			return // a literal of this function, or a caller's that has been looked at there
		}
		name = target.Name
	case *ast.SelectorExpr:
		name = target.Sel.Name
	default:
		name = "a value"
	}
	w.note(gradeUnseen, throughValue, name, way)
}

// passes tells whose the receiver of a method's call is.
func (w *walk) passes(d *declaration, call *ast.CallExpr, from origin) origin {
	selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return ownMaking
	}
	root := d.root(selector.X)
	switch {
	case root == nil:
		return ownMaking
	case isGlobal(root):
		return ofVariable
	case d == w.top && isParameter(d, root):
		return ofParameter
	case d.receiver != nil && root == d.receiverObject():
		return from
	default:
		return ownMaking
	}
}

func receiverType(f *types.Func) types.Type {
	if receiver := f.Signature().Recv(); receiver != nil {
		return receiver.Type()
	}
	return types.Typ[types.Invalid]
}

func symbolShort(f *types.Func) string {
	return parseSymbol(symbolOf(f)).short("")
}

// findings are what the walk came upon, the gravest first.
func (w *walk) findings() []finding {
	all := make([]finding, 0, len(w.found))
	for _, g := range w.found {
		all = append(all, finding{g.grade, fmt.Sprintf(g.what, few(g.items))})
	}
	if w.searched >= maxWalk {
		all = append(all, finding{gradeUnseen, fmt.Sprintf("calls more than %d functions: the rest has not been looked at", maxWalk)})
	}
	if w.top.receiver != nil && (w.reads || w.keeps) {
		all = append(all, w.state())
	}
	if len(w.tables) > 0 {
		names := make([]string, 0, len(w.tables))
		for name := range w.tables {
			names = append(names, name)
		}
		slices.Sort(names)
		all = append(all, finding{gradeNote, "reads package variables that nothing changes, which become the kernel's own data: " + few(names)})
	}
	order := []grade{gradeNo, gradeUnseen, gradeChange, gradeNote}
	slices.SortFunc(all, func(a, b finding) int {
		if byGrade := slices.Index(order, a.Grade) - slices.Index(order, b.Grade); byGrade != 0 {
			return byGrade
		}
		return strings.Compare(a.What, b.What)
	})
	return all
}

// state is the finding about a receiver.
func (w *walk) state() finding {
	if w.keeps {
		return finding{gradeNo, "keeps state in its receiver from call to call: a kernel is a function of its arguments (a cache belongs in front of the slot)"}
	}
	return finding{gradeChange, "reads its receiver: pass what it needs, or build it into the kernel"}
}

// few joins names, of many the first ones.
func few(names []string) string {
	const most = 4
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
