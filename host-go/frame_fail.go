package tenon

import (
	"fmt"
	"strconv"
)

// fail makes every further step of the call do nothing. The first failure wins.
func (f *Frame) fail(kind Kind, message string, cause error) {
	if f.fault != nil {
		return
	}
	f.args, f.rets = 0, 0
	if f.version == nil {
		f.fault = f.host.fault(kind, f.fn.shape.export+": "+message, cause)
		return
	}
	f.fault = f.version.fault(kind, message, cause)
	f.fault.Export = f.fn.shape.export
}

// refuse fails the call because of the caller's own argument, or in a host call because of the host's answer.
func (f *Frame) refuse(reason string) {
	if f.fault != nil {
		return
	}
	if f.version == nil {
		f.fail(KindABI, "the host's answer: "+reason, nil)
		return
	}
	f.fail(KindABI, f.argument()+": "+reason, nil)
	f.refused = true
}

// argument names the parameter that is being lowered, for the message of a refusal.
func (f *Frame) argument() string {
	s := f.fn.shape
	if i := int(f.param) - 1; i >= 0 && i < len(s.params) {
		return "argument " + strconv.Quote(s.params[i])
	}
	// Parameters are lowered in order, so the one at work is the one after the flat parameter set last.
	if next := int(f.at) + 1; !s.spilled && next < len(s.flat) {
		return "argument " + strconv.Quote(s.params[s.flat[next]])
	}
	if len(s.params) == 1 {
		return "argument " + strconv.Quote(s.params[0])
	}
	return "an argument"
}

// trapped fails the call because the guest stopped.
func (f *Frame) trapped(err error) {
	if f.fault != nil {
		return
	}
	t := trapFault(err, f.inst, bySlot)
	f.fail(t.Kind, t.Message, t.Err)
	f.fault.Code, f.fault.Backtrace = t.Code, t.Backtrace
}

// outside fails the call because the kernel named memory that it does not have.
func (f *Frame) outside(what string, addr, size uint64) {
	f.fail(KindABI, fmt.Sprintf("the kernel gave %s of %d bytes at address %#x, outside its memory of %d bytes",
		what, size, addr, len(f.view())), nil)
}

// misaligned fails the call because the kernel gave an address that its type cannot have.
func (f *Frame) misaligned(what string, addr, align uint32) {
	f.fail(KindABI, fmt.Sprintf("the kernel gave %s at address %#x, which is not aligned to %d", what, addr, align), nil)
}

// charge takes n bytes off what lifting may still allocate.
func (f *Frame) charge(n uint64) bool {
	if n > uint64(f.budget) {
		f.overBudget()
		return false
	}
	f.budget -= int64(n)
	return true
}

func (f *Frame) overBudget() {
	if f.version == nil {
		f.fail(KindMemory, fmt.Sprintf(
			"the arguments need more than %d bytes on the host: raise Config.AnswerLimit, or let the kernel pass less",
			f.host.kernel.rt.cfg.AnswerLimit), nil)
		return
	}
	f.fail(KindMemory, fmt.Sprintf(
		"the answer needs more than %d bytes on the host: raise Config.AnswerLimit, or let the kernel answer less",
		f.version.budget), nil)
}
