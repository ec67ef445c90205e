package oracle

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// resource is one of a vector: [type, number behind it].
type resource struct {
	of  int
	rep uint64
}

func (r *resource) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&r.of, &r.rep})
}

// make has the guest make resources, whose handles it keeps.
func (c *carrier) make(ctx context.Context, resources []resource) error {
	for i, r := range resources {
		handle, err := c.call(ctx, fmt.Sprintf("new-%d", r.of), abi.Value{Bits: r.rep})
		if err != nil {
			return err
		}
		if handle.Bits != uint64(i+1) {
			return fmt.Errorf("resource %d gets handle %d", i, handle.Bits)
		}
	}
	return nil
}

// hold has the guest give resources to the host, and puts them into the argument of a function.
func (c *carrier) hold(ctx context.Context, function string, resources []resource, v *abi.Value) error {
	held := map[uint64]uint64{}
	for _, r := range resources {
		got, err := c.call(ctx, fmt.Sprintf("hold-%d", r.of), abi.Value{Bits: r.rep})
		if err != nil {
			return err
		}
		held[r.rep] = got.Bits
	}
	fn := &c.plan.Funcs[c.funcs[function]]
	return c.each(fn.Params[0].Type, v, func(_ int, n uint64) (uint64, error) { return held[n], nil })
}

// numbers puts the numbers behind the resources of a function's result in their places.
func (c *carrier) numbers(ctx context.Context, function string, v *abi.Value) error {
	asks := map[int]string{} // by resource of the plan
	for _, name := range []string{"rep-0", "rep-1"} {
		fn := &c.plan.Funcs[c.funcs[name]]
		asks[*c.plan.Types[fn.Params[0].Type].Resource] = name
	}
	fn := &c.plan.Funcs[c.funcs[function]]
	return c.each(*fn.Result, v, func(of int, n uint64) (uint64, error) {
		rep, err := c.call(ctx, asks[of], abi.Value{Bits: n})
		return rep.Bits, err
	})
}

// each exchanges the numbers that stand for resources in a value.
func (c *carrier) each(t int, v *abi.Value, exchange func(of int, n uint64) (uint64, error)) (err error) {
	typ := &c.plan.Types[t]
	part := func(i int) int { return typ.Fields[i].Type }
	switch typ.Kind {
	case plan.Own, plan.Borrow:
		v.Bits, err = exchange(*typ.Resource, v.Bits)
		return err
	case plan.List, plan.Option:
		part = func(int) int { return *typ.Element }
	case plan.Result:
		part = func(int) int { return *[]*int{typ.OK, typ.Err}[v.Bits] }
	case plan.Variant:
		part = func(int) int { return *typ.Cases[v.Bits].Type }
	}
	for i := range v.Items {
		if err := c.each(part(i), &v.Items[i], exchange); err != nil {
			return err
		}
	}
	return nil
}
