package wazero

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
)

// TestTooComplex: what the compiler would work on for minutes is refused before, whether it is one function or many.
func TestTooComplex(t *testing.T) {
	ifs := func(n int) et.Func { return et.Func{Body: bytes.Repeat([]byte{0x41, 0, 0x04, 0x40, 0x0b}, n)} }
	locals := func(n int) et.Func { return et.Func{Locals: bytes.Repeat([]byte{et.I32}, n)} }
	for name, c := range map[string]struct {
		funcs   []et.Func
		refused bool
	}{
		"blocks":       {[]et.Func{{}, ifs(20_000)}, true},
		"locals":       {[]et.Func{locals(45_000)}, true},
		"code":         {[]et.Func{{Body: bytes.Repeat([]byte{0x41, 0, 0x1a}, 400_000)}}, true},
		"together":     {slices.Repeat([]et.Func{ifs(3_000)}, 30), true},
		"many, simple": {slices.Repeat([]et.Func{ifs(10)}, 3_000), false},
	} {
		types := []et.FuncType{{}}
		p := et.Plan(&et.Module{}, &et.Module{Types: types, Funcs: c.funcs})
		e := New(Config{})
		_, err := e.Compile(t.Context(), p)
		refused, ok := errors.AsType[*engine.TooComplex](err)
		if ok != c.refused || !ok && err != nil || ok && (refused.Module != 1 || refused.Blocks+refused.Locals+refused.Instructions == 0) {
			t.Errorf("%s: %v", name, err)
		}
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
		// The interpreter takes as long for any block.
		interpreter := New(Config{Interpreter: true})
		if _, err := interpreter.Compile(t.Context(), p); err != nil {
			t.Errorf("%s, interpreted: %v", name, err)
		}
		if err := interpreter.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestShapes reads an instruction of each form; the bytes after its code would be taken for others.
func TestShapes(t *testing.T) {
	for _, c := range []struct {
		code   []byte
		blocks uint64
	}{
		{[]byte{0x00}, 0},
		{[]byte{0x02, 0x40}, 1},
		{[]byte{0x03, 0x80, 0x80, 0x04}, 1},
		{[]byte{0x04, 0x7f}, 3},
		{[]byte{0x05}, 0},
		{[]byte{0x0c, 4}, 0},
		{[]byte{0x0d, 4}, 1},
		{[]byte{0x0e, 2, 4, 4, 4}, 2},
		{[]byte{0x10, 0x84, 0x04}, 0},
		{[]byte{0x11, 4, 4}, 0},
		{[]byte{0x1c, 1, 0x7f}, 0},
		{[]byte{0x20, 4}, 0},
		{[]byte{0x25, 4}, 0},
		{[]byte{0x28, 2, 0x84, 0x04}, 0},
		{[]byte{0x3f, 0}, 0},
		{[]byte{0x40, 0}, 0},
		{[]byte{0x41, 0x84, 0x7f}, 0},
		{[]byte{0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}, 0}, // the least
		{[]byte{0x43, 4, 4, 4, 4}, 0},
		{[]byte{0x44, 4, 4, 4, 4, 4, 4, 4, 4}, 0},
		{[]byte{0xd0, 0x70}, 0},
		{[]byte{0xd1}, 0},
		{[]byte{0xd2, 4}, 0},
		{[]byte{0xfc, 7}, 0},
		{[]byte{0xfc, 8, 4, 4}, 0},
		{[]byte{0xfc, 9, 4}, 0},
		{[]byte{0xfc, 10, 4, 4}, 0},
		{[]byte{0xfc, 11, 4}, 0},
		{[]byte{0xfc, 12, 4, 4}, 0},
		{[]byte{0xfc, 13, 4}, 0},
		{[]byte{0xfc, 14, 4, 4}, 0},
		{[]byte{0xfc, 17, 4}, 0},
		{[]byte{0xfd, 0, 4, 4}, 0},
		{append([]byte{0xfd, 12}, bytes.Repeat([]byte{4}, 16)...), 0},
		{append([]byte{0xfd, 13}, bytes.Repeat([]byte{4}, 16)...), 0},
		{[]byte{0xfd, 14}, 0},
		{[]byte{0xfd, 21, 4}, 0},
		{[]byte{0xfd, 34, 4}, 0},
		{[]byte{0xfd, 84, 4, 4, 4}, 0},
		{[]byte{0xfd, 93, 4, 4}, 0},
		{[]byte{0xfd, 0x84, 0x01}, 0},
	} {
		module := (&et.Module{Types: []et.FuncType{{}}, Funcs: []et.Func{{Locals: []byte{et.I32, et.I64}, Body: c.code}, {}}}).Bytes()
		list, ok := shapes(module)
		if !ok || !slices.Equal(list, []shape{{c.blocks, 2, 2}, {instructions: 1}}) {
			t.Errorf("% x: %v, %v", c.code, list, ok)
		}
		for end := range module {
			shapes(module[:end]) // gives up, no more
		}
	}
}
