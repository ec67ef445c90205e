package wazero

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"strconv"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// flagsModule is a core module that exports one mutable i32 global a component instance, named by its number:
// the may_leave flag of the specification, 1 at first.
func flagsModule(instances int) []byte {
	const (
		sectionGlobal, sectionExport = 6, 7
		typeI32, mutable             = 0x7f, 1
		opI32Const, opEnd            = 0x41, 0x0b
		externGlobal                 = 3
	)
	globals := binary.AppendUvarint(nil, uint64(instances))
	exports := binary.AppendUvarint(nil, uint64(instances))
	for i := range instances {
		globals = append(globals, typeI32, mutable, opI32Const, 1, opEnd)
		name := strconv.Itoa(i)
		exports = binary.AppendUvarint(exports, uint64(len(name)))
		exports = append(exports, name...)
		exports = append(exports, externGlobal)
		exports = binary.AppendUvarint(exports, uint64(i))
	}
	wasm := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, body []byte) {
		wasm = append(wasm, id)
		wasm = binary.AppendUvarint(wasm, uint64(len(body)))
		wasm = append(wasm, body...)
	}
	section(sectionGlobal, globals)
	section(sectionExport, exports)
	return wasm
}

// compileHost compiles what instances of a plan need when their core modules call the host.
func (c *code) compileHost(ctx context.Context) (err error) {
	if c.flags, err = c.runtime.CompileModule(ctx, flagsModule(c.plan.Instances)); err != nil {
		return err
	}
	c.modules = append(c.modules, c.flags)
	if len(c.plan.Trampolines) == 0 {
		return nil
	}
	b := c.runtime.NewHostModuleBuilder("t")
	for i := range c.plan.Trampolines {
		t := &c.plan.Trampolines[i]
		run := work(c.plan, i)
		b.NewFunctionBuilder().
			WithGoFunction(hostFunc(run), valueTypes(t.Core.Params), valueTypes(t.Core.Results)).
			WithName(string(t.Kind)).
			Export(strconv.Itoa(i))
	}
	compiled, err := b.Compile(ctx)
	if err != nil {
		return err
	}
	c.modules = append(c.modules, compiled)
	// The functions find their instance through the context of the call, so one host module serves them all.
	c.trampolines, err = c.runtime.InstantiateModule(ctx, compiled, anonymous)
	return err
}

// anonymous configures modules without names, of which there can be many. Nothing can ask for random numbers, as there is no
// WASI; a source that wazero makes by itself is seeded for each module, which takes a fifth of the time of an instance.
var anonymous = wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(rand.Reader)

// mayLeave reads the flag of a component instance.
func (i *instance) mayLeave(component int) bool {
	return i.flags == nil || uint32(i.flags[component].Get()) != 0
}

// setMayLeave sets the flag of a component instance.
func (i *instance) setMayLeave(component int, may bool) {
	if i.flags == nil {
		return
	}
	var v uint64
	if may {
		v = 1
	}
	i.flags[component].Set(v)
}

func bindFlags(m api.Module, instances int) []api.MutableGlobal {
	flags := make([]api.MutableGlobal, instances)
	for i := range flags {
		flags[i], _ = m.ExportedGlobal(strconv.Itoa(i)).(api.MutableGlobal)
	}
	return flags
}
