package tenon

import "github.com/tenon-dev/tenon/host-go/internal/plan"

// Type is the type of a [Value], as a kernel declares it: what a program needs that learns types at run time.
type Type struct {
	// Kind is WIT's word: bool, s8, u8, s16, u16, s32, u32, s64, u64, f32, f64, char, string, list, record, tuple, variant,
	// enum, option, result, flags, own or borrow.
	Kind string
	// Name is the name that the contract gives to the type; "" for one that is written out where it is used.
	Name string
	// Elem is the type within a list or an option; nil for other kinds.
	Elem *Type
	// Members are a record's fields, a tuple's elements ("0", "1", …), the cases of a variant or an enum, a result's "ok" and
	// "error", the names of flags: in the order in which a Value counts them.
	Members []Member
}

// Member is a named part of a type, or a parameter.
type Member struct {
	Name string
	// Type is nil for what carries no value: a case of an enum, a case without payload, a flag.
	Type *Type
}

// FuncType is the type of a function that a kernel exports.
type FuncType struct {
	FuncRef
	Params []Member
	// Result is nil for a function without one.
	Result *Type
}

// FuncType is the type of an export, named as in [Instance.Call]. Types that occur several times are shared: do not
// change them.
//
// The error is a *Fault of kind contract where no export, or more than one, has the name.
func (k *Kernel) FuncType(export string) (FuncType, error) {
	at, err := k.find(export)
	if err != nil {
		return FuncType{}, err
	}
	fn := &k.plan.Funcs[at]
	t := typer{k.plan, make(map[int]*Type)}
	f := FuncType{FuncRef: FuncRef{Interface: fn.Interface, Name: fn.Name}, Result: t.maybe(fn.Result)}
	for _, p := range fn.Params {
		f.Params = append(f.Params, Member{p.Name, t.typ(p.Type)})
	}
	return f, nil
}

// typer makes each type of a plan once, however often another one uses it.
type typer struct {
	plan *plan.Plan
	made map[int]*Type
}

func (t typer) typ(index int) *Type {
	if made := t.made[index]; made != nil {
		return made
	}
	p := &t.plan.Types[index]
	out := &Type{Kind: string(p.Kind), Name: p.Name, Elem: t.maybe(p.Element)}
	for _, f := range p.Fields {
		out.Members = append(out.Members, Member{f.Name, t.typ(f.Type)})
	}
	for _, c := range p.Cases {
		out.Members = append(out.Members, Member{c.Name, t.maybe(c.Type)})
	}
	for _, f := range p.Flags {
		out.Members = append(out.Members, Member{Name: f.Name})
	}
	if p.Kind == plan.Result {
		out.Members = []Member{{"ok", t.maybe(p.OK)}, {"error", t.maybe(p.Err)}}
	}
	t.made[index] = out
	return out
}

func (t typer) maybe(index *int) *Type {
	if index == nil {
		return nil
	}
	return t.typ(*index)
}
