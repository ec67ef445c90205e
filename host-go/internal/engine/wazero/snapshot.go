package wazero

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/tetratelabs/wazero/api"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// Snapshot implements [engine.Instance].
func (i *instance) Snapshot() (*engine.Snapshot, error) {
	memories, globals, err := i.state()
	if err != nil {
		return nil, err
	}
	s := new(engine.Snapshot)
	for _, m := range memories {
		view, _ := m.Read(0, m.Size())
		copied := make([]byte, len(view))
		for range copying(copied, view) {
		}
		s.Memories = append(s.Memories, copied)
	}
	for _, g := range globals {
		s.Globals = append(s.Globals, g.Get())
	}
	return s, nil
}

// Restore implements [engine.Instance].
func (i *instance) Restore(s *engine.Snapshot) error {
	memories, globals, err := i.state()
	if err != nil {
		return err
	}
	if len(memories) != len(s.Memories) || len(globals) != len(s.Globals) {
		return errors.New("the snapshot is of another component")
	}
	for k, m := range memories {
		want := s.Memories[k]
		if have := uint64(m.Size()); uint64(len(want)) < have {
			return fmt.Errorf("memory %d has %d bytes, more than the snapshot's %d: it cannot shrink", k, have, len(want))
		} else if missing := uint64(len(want)) - have; missing > 0 {
			if _, ok := m.Grow(uint32(missing / pageSize)); !ok {
				return i.budget.tooSmall(fmt.Sprintf("memory %d of the snapshot has %d bytes", k, len(want)))
			}
		}
		view, _ := m.Read(0, m.Size())
		put(view, want)
	}
	for k, g := range globals {
		g.Set(s.Globals[k])
	}
	return nil
}

// block is what put compares at a time: small enough to stay in the first cache between the comparison and the copy.
const block = 4 << 10

// put makes a memory equal to another of the same size. To compare takes as long as to copy, and leaves pages that were
// never written to the system.
func put(to, from []byte) {
	for at := 0; at < len(from); at += block {
		end := min(at+block, len(from))
		if a, b := to[at:end], from[at:end]; !bytes.Equal(a, b) {
			copy(a, b)
		}
	}
}

// state finds what [plan.Clone] lists, once.
func (i *instance) state() ([]api.Memory, []api.MutableGlobal, error) {
	if i.dead {
		return nil, nil, errDead
	}
	if !i.found {
		var err error
		if i.cloned.memories, i.cloned.globals, err = i.findState(); err != nil {
			return nil, nil, err
		}
		i.found = true
	}
	return i.cloned.memories, i.cloned.globals, nil
}

func (i *instance) findState() ([]api.Memory, []api.MutableGlobal, error) {
	c := &i.code.plan.Clone
	if !c.Safe {
		return nil, nil, fmt.Errorf("the component's state cannot be copied: %s", c.Reason)
	}
	var memories []api.Memory
	for _, m := range c.Memories {
		mem := i.cores[m.Instance].ExportedMemory(m.Export)
		if mem == nil {
			return nil, nil, linkError("core instance %d exports no memory %q", m.Instance, m.Export)
		}
		memories = append(memories, mem)
	}
	var globals []api.MutableGlobal
	for _, g := range c.Globals {
		for _, name := range g.Exports {
			global, ok := i.cores[g.Instance].ExportedGlobal(name).(api.MutableGlobal)
			if !ok {
				return nil, nil, linkError("core instance %d exports no mutable global %q", g.Instance, name)
			}
			globals = append(globals, global)
		}
	}
	return memories, globals, nil
}

// PanicMessage implements [engine.Instance]. It works on an instance that trapped.
func (i *instance) PanicMessage() string {
	pn := i.code.plan.Panic
	if pn == nil || pn.Instance >= len(i.cores) {
		return ""
	}
	m := i.cores[pn.Instance].ExportedMemory(pn.Memory)
	if m == nil {
		return ""
	}
	head, ok := m.Read(pn.Address, 4)
	if !ok || pn.Size < 4 {
		return ""
	}
	text, ok := m.Read(pn.Address+4, min(binary.LittleEndian.Uint32(head), pn.Size-4))
	if !ok {
		return ""
	}
	return strings.ToValidUTF8(string(text), string(unicode.ReplacementChar))
}
