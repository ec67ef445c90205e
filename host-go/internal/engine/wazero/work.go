package wazero

import (
	"errors"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// mostWork is the most that compiling a plan may take: the sum of the squares of all functions' sizes. wazero's
// compiler takes 1.5 to 5 ns for each, and cannot be stopped inside a function: 20,000 loops in 140 KB would
// take it a minute. The transpiler, larger than most kernels, has 72 million.
const mostWork = 2_000_000_000

// tooMuchWork is the error of a plan that wazero's compiler would work on for too long; nil for others.
func tooMuchWork(p *plan.Plan) error {
	total := uint64(0)
	for k := range p.Modules {
		functions, ok := shapes(p.Modules[k].Code)
		if !ok {
			return &engine.CompileError{Module: k, Code: engine.Internal, Err: errors.New("its code cannot be read")}
		}
		for _, f := range functions {
			size := f.size()
			if size*size > mostWork-total { // no product overflows: a function has some million bytes and 50,000 locals
				return &engine.TooComplex{Module: k, Blocks: f.blocks, Locals: f.locals, Instructions: f.instructions}
			}
			total += size * size
		}
	}
	return nil
}

// shape is what makes a function dear to compile.
type shape struct {
	blocks       uint64 // basic blocks, roughly
	locals       uint64 // without parameters
	instructions uint64
}

// size is what the compiler's time grows with the square of. Its memory grows with the instructions, by a kilobyte each.
func (s shape) size() uint64 { return s.blocks + s.locals + s.instructions/16 }

// shapes tells of the functions of a core module that is valid.
func shapes(module []byte) ([]shape, bool) {
	const header, codeSection = 8, 10
	r := reader{b: module, at: header}
	for r.at < len(module) && !r.bad {
		id, size := r.byte(), r.uint()
		if id != codeSection {
			r.skip(size)
			continue
		}
		var list []shape
		for range r.uint() {
			if r.bad {
				break
			}
			size := r.uint()
			end := uint64(r.at) + size
			if end > uint64(len(module)) {
				return nil, false
			}
			list = append(list, r.function(int(end)))
		}
		return list, !r.bad
	}
	return nil, !r.bad
}

// reader reads a module. After a failure its methods do nothing of use.
type reader struct {
	b   []byte
	at  int
	bad bool
}

func (r *reader) skip(n uint64) {
	if n > uint64(len(r.b)-r.at) {
		r.bad, r.at = true, len(r.b)
		return
	}
	r.at += int(n)
}

func (r *reader) byte() byte {
	if r.at >= len(r.b) {
		r.bad = true
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

// uint reads a number that has no sign, or skips one that has.
func (r *reader) uint() (v uint64) {
	for shift := 0; shift < 70; shift += 7 {
		b := r.byte()
		v |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			return v
		}
	}
	r.bad = true
	return 0
}

// function reads a function up to its end.
func (r *reader) function(end int) (s shape) {
	for range r.uint() {
		if r.bad || r.at >= end {
			break
		}
		s.locals += r.uint()
		r.byte()
	}
	for r.at < end && !r.bad {
		s.blocks += r.instruction()
		s.instructions++
	}
	r.bad = r.bad || r.at != end
	return s
}

// instruction reads one, with what follows it (WebAssembly 2, "Binary Format: Instructions"), and tells how many blocks it
// adds.
func (r *reader) instruction() (blocks uint64) {
	switch op := r.byte(); {
	case op == 0x04: // if: both ways, and where they meet
		r.uint()
		return 3
	case op == 0x02, op == 0x03: // block, loop
		r.uint()
		return 1
	case op == 0x0d: // br_if
		r.uint()
		return 1
	case op == 0x0e: // br_table
		n := r.uint()
		for range n {
			if r.bad {
				break
			}
			r.uint()
		}
		r.uint()
		return n
	case op == 0x0c, op == 0x10, op >= 0x20 && op <= 0x26, op >= 0x3f && op <= 0x42, op == 0xd0, op == 0xd2:
		r.uint()
	case op == 0x11, op >= 0x28 && op <= 0x3e:
		r.uint()
		r.uint()
	case op == 0x1c: // select with types
		r.skip(r.uint())
	case op == 0x43:
		r.skip(4)
	case op == 0x44:
		r.skip(8)
	case op == 0xfc:
		switch op := r.uint(); {
		case op < 8:
		case op == 9, op == 11, op == 13, op >= 15:
			r.uint()
		default:
			r.uint()
			r.uint()
		}
	case op == 0xfd:
		switch op := r.uint(); {
		case op <= 11, op == 92, op == 93:
			r.uint()
			r.uint()
		case op == 12, op == 13:
			r.skip(16)
		case op >= 21 && op <= 34:
			r.skip(1)
		case op >= 84 && op <= 91:
			r.uint()
			r.uint()
			r.skip(1)
		}
	}
	return 0
}
