package main

import (
	"encoding/json"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// shapes are the calls that a generated client would make of attack, by its type. The arguments are WAVE, which for texts
// is JSON. When the frame fails, what is lifted means nothing.
var shapes = map[string]func(f *tenon.Frame, args []string){
	"func()":        func(f *tenon.Frame, _ []string) { f.Invoke() },
	"func() -> u32": func(f *tenon.Frame, _ []string) { f.Invoke(); f.Ret(0) },
	"func() -> string": func(f *tenon.Frame, _ []string) {
		block := pair(f)
		f.LiftString(block.U32(0), block.U32(4))
	},
	"func() -> list<u8>": func(f *tenon.Frame, _ []string) {
		block := pair(f)
		f.LiftBytes(block.U32(0), block.U32(4))
	},
	"func() -> list<u64>": func(f *tenon.Frame, _ []string) {
		block := pair(f)
		tenon.LiftNumbers[uint64](f, block.U32(0), block.U32(4))
	},
	"func() -> list<list<string>>": func(f *tenon.Frame, _ []string) {
		block := pair(f)
		lists(f, block.U32(0), block.U32(4), func(addr, n uint32) []string { return lists(f, addr, n, f.LiftString) })
	},
	"func() -> list<list<list<u8>>>": func(f *tenon.Frame, _ []string) {
		block := pair(f)
		lists(f, block.U32(0), block.U32(4), func(addr, n uint32) [][]byte { return lists(f, addr, n, f.LiftBytes) })
	},
	"func(text: string) -> u32": func(f *tenon.Frame, args []string) {
		var text string
		if !parsed(f, args, &text) {
			return
		}
		addr, n := f.String(text)
		f.Arg(0, uint64(addr))
		f.Arg(1, uint64(n))
		f.Invoke()
		f.Ret(0)
	},
	"func(texts: list<string>) -> u32": func(f *tenon.Frame, args []string) {
		var texts []string
		if !parsed(f, args, &texts) {
			return
		}
		list, n := f.AllocList(len(texts), 8, 4)
		for i, text := range texts {
			addr, size := f.String(text)
			f.StoreU32(list+uint32(i)*8, addr)
			f.StoreU32(list+uint32(i)*8+4, size)
		}
		f.Arg(0, uint64(list))
		f.Arg(1, uint64(n))
		f.Invoke()
		f.Ret(0)
	},
}

// pair calls, and gives what the result's address points to: an address and a length.
func pair(f *tenon.Frame) tenon.Block {
	f.Invoke()
	return f.Block(uint32(f.Ret(0)), 8, 4)
}

// lists lifts a list whose elements are lists or strings.
func lists[T any](f *tenon.Frame, addr, n uint32, lift func(addr, n uint32) T) []T {
	block, ok := tenon.ListOf[T](f, addr, n, 8, 4)
	if !ok || n == 0 {
		return nil
	}
	out := make([]T, n)
	for i := range out {
		if !f.OK() {
			return nil
		}
		out[i] = lift(block.U32(uint32(i)*8), block.U32(uint32(i)*8+4))
	}
	return out
}

// parsed reads the one argument; what cannot be read is refused as a caller's mistake.
func parsed(f *tenon.Frame, args []string, into any) bool {
	if len(args) == 1 && json.Unmarshal([]byte(args[0]), into) == nil {
		return true
	}
	f.BadArgument("the index's arguments", uint64(len(args)))
	return false
}
