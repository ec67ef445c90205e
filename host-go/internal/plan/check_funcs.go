package plan

import (
	"fmt"
	"slices"
)

// traffic is how a function's values travel (CanonicalABI, "Flattening").
type traffic struct {
	flat        []CoreType // of the parameters, when they do not spill
	spill       *Spill     // layout of the parameters, when they spill
	result      []CoreType // of the result, when it does not spill
	spills      bool       // the result spills
	pointersIn  bool       // the parameters hold strings or lists
	pointersOut bool       // the result does
}

// signature checks the types of a function and tells how its values travel.
func (c *checker) signature(path string, params []Param, result *int) (t traffic, ok bool) {
	if !c.atMost(path+".params", len(params), MaxMembers) {
		return t, false
	}
	layout := Spill{Align: 1}
	end := uint64(0)
	for k := range params {
		if !c.in(fmt.Sprintf("%s.params[%d].type", path, k), params[k].Type, len(c.p.Types)) {
			return t, false
		}
		p := &c.p.Types[params[k].Type]
		end = alignTo(end, uint64(p.Align))
		layout.Offsets = append(layout.Offsets, uint32(end))
		layout.Align = max(layout.Align, p.Align)
		if end += uint64(p.Size); end > maxSize {
			c.fail(path+".params", "larger than %d bytes", maxSize)
			return t, false
		}
		if p.FlatSpills() {
			t.flat = append(t.flat, tooLong...)
		} else if len(t.flat) <= MaxFlatParams {
			t.flat = append(t.flat, p.Flat...)
		}
		t.pointersIn = t.pointersIn || c.pointers(params[k].Type)
	}
	if len(t.flat) > MaxFlatParams {
		layout.Size = uint32(alignTo(end, uint64(layout.Align)))
		t.flat, t.spill = nil, &layout
	}
	if result != nil {
		if !c.in(path+".result", *result, len(c.p.Types)) {
			return t, false
		}
		t.result = c.p.Types[*result].Flat
		t.pointersOut = c.pointers(*result)
		if t.spills = len(t.result) != MaxFlatResults; t.spills {
			t.result = nil
		}
	}
	return t, true
}

// spilled checks what a plan says of spilling.
func (c *checker) spilled(path string, t traffic, params *Spill, result bool) bool {
	if (t.spill != nil) != (params != nil) {
		c.fail(path+".spill_params", "present: %t, the canonical ABI says %t", params != nil, t.spill != nil)
		return false
	}
	if s, want := params, t.spill; s != nil && (s.Size != want.Size || s.Align != want.Align || !slices.Equal(s.Offsets, want.Offsets)) {
		c.fail(path+".spill_params", "%+v, the canonical ABI says %+v", *s, *want)
	}
	if t.spills != result {
		c.fail(path+".spill_result", "%t, the canonical ABI says %t", result, t.spills)
	}
	return c.err == nil
}

// options are canonical options that a plan gives a function.
func (c *checker) options(path string, memory, realloc *int, encoding Encoding) {
	if memory != nil {
		c.in(path+".memory", *memory, c.p.Slots.Memories)
	}
	if realloc != nil {
		c.in(path+".realloc", *realloc, c.p.Slots.Reallocs)
	}
	if encoding != UTF8 && encoding != UTF16 && encoding != Latin1UTF16 {
		c.fail(path+".encoding", "%q is not a string encoding", encoding)
	}
}

// fun checks function i against the signature that its types flatten to.
func (c *checker) fun(i int) {
	f, path := &c.p.Funcs[i], fmt.Sprintf("funcs[%d]", i)
	c.callee(path+".callee", f.Callee)
	c.in(path+".component_instance", f.ComponentInstance, c.p.Instances)
	c.options(path, f.Memory, f.Realloc, f.Encoding)
	if f.PostReturn != nil {
		c.in(path+".post_return", *f.PostReturn, c.p.Slots.PostReturns)
	}
	t, ok := c.signature(path, f.Params, f.Result)
	if !ok || !c.spilled(path, t, f.SpillParams, f.SpillResult) {
		return
	}
	want := CoreSig{Params: t.flat, Results: t.result}
	if t.spill != nil {
		want.Params = []CoreType{I32}
	}
	if t.spills {
		want.Results = []CoreType{I32}
	}
	c.coreIs(path, f.Core, want)
	in := t.pointersIn || t.spill != nil
	if f.Memory == nil && (in || t.pointersOut || t.spills) {
		c.fail(path+".memory", "is missing: the types travel through memory")
	}
	if f.Realloc == nil && in {
		c.fail(path+".realloc", "is missing: the parameters travel through memory")
	}
	if f.Entry != nil && c.err == nil {
		c.entry(path+".entry", f)
	}
}

// importFunc checks the types of imported function i.
func (c *checker) importFunc(i int) {
	f, path := &c.p.ImportFuncs[i], fmt.Sprintf("import_funcs[%d]", i)
	if n := len(f.Path); n == 0 || f.Path[n-1] != f.Name {
		c.fail(path+".path", "%q does not lead to %q", f.Path, f.Name)
	}
	t, _ := c.signature(path, f.Params, f.Result)
	c.imported = append(c.imported, t)
}

// lowering checks a lower-import trampoline against the types of the function that it calls.
func (c *checker) lowering(path string, t *Trampoline) {
	if c.ref(path+".import", t.Import, len(c.p.ImportFuncs)); c.err != nil {
		return
	}
	c.in(path+".component_instance", t.ComponentInstance, c.p.Instances)
	c.options(path, t.Memory, t.Realloc, t.Encoding)
	to := c.imported[*t.Import]
	if !c.spilled(path, to, t.SpillParams, t.SpillResult) {
		return
	}
	want := CoreSig{Params: slices.Clone(to.flat), Results: to.result}
	if to.spill != nil {
		want.Params = []CoreType{I32}
	}
	if to.spills {
		want.Params = append(want.Params, I32)
	}
	c.coreIs(path, t.Core, want)
	if t.Memory == nil && (to.pointersIn || to.spill != nil || to.pointersOut || to.spills) {
		c.fail(path+".memory", "is missing: the types travel through memory")
	}
	if t.Realloc == nil && to.pointersOut {
		c.fail(path+".realloc", "is missing: the result travels through memory")
	}
}

func (c *checker) coreIs(path string, core, want CoreSig) {
	if !slices.Equal(core.Params, want.Params) || !slices.Equal(core.Results, want.Results) {
		c.fail(path+".core", "%v, the canonical ABI says %v", core, want)
	}
}
