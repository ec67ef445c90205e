// Package golden holds a kernel against the golden cases of its contract: inputs with the answers that every
// implementation gives. A version is held against them before it serves.
//
// The format is that of wit/vectors/README.md: a JSON file a contract, whose values are read by the types that the kernel
// declares. A file is somebody else's: its size, the number of its cases and the time that they take are bounded.
package golden

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// The bounds of a file.
const (
	MaxSize     = 16 << 20 // bytes
	MaxCases    = 10_000
	MaxCaseSize = 1 << 20 // bytes of one case
)

// Options says how cases are run. The zero value works.
type Options struct {
	// Label is the name of the version, by which a case may say that it is not for it. "": the label that the kernel's metadata
	// give, which are the kernel's own word.
	Label string
	// Timeout bounds all cases together. 0: 30 seconds; negative: only ctx's.
	Timeout time.Duration
	// Limits bound each call; see [tenon.CallLimits].
	Limits tenon.CallLimits
}

// Report says what was run.
type Report struct {
	// Cases are in the file; Ran of them are for this version.
	Cases, Ran int
}

// MalformedError says that a file is not one of golden cases, or that a case does not fit the contract's types.
type MalformedError struct {
	// Path is the place in the file, such as "cases[3].args[0].width"; "" for the file itself.
	Path string
	// What is wrong there, and what to do.
	What string
}

// Error gives the place and what is wrong.
func (e *MalformedError) Error() string {
	if e.Path == "" {
		return "golden cases: " + e.What
	}
	return "golden cases: " + shortened(e.Path) + ": " + e.What
}

// FailedError says that a kernel answers other than a case says.
type FailedError struct {
	// Case is the place of the case in the file, from 0.
	Case int
	// Func is the function, in the case's spelling.
	Func string
	// Path leads to the first difference within the answer, such as "result.findings[0].kind"; "" where there is no answer.
	Path string
	// Want and Got are what stands there, shortened.
	Want, Got string
	// Err is the kernel's fault, where there was one.
	Err error
}

// Error gives case, function, place, and both answers.
func (e *FailedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "golden case %d: %s: ", e.Case, e.Func)
	if e.Path != "" {
		b.WriteString(shortened(e.Path) + ": ")
	}
	b.WriteString("want " + e.Want + ", got " + e.Got)
	return b.String()
}

// Unwrap gives the kernel's fault.
func (e *FailedError) Unwrap() error { return e.Err }

// Run holds a kernel against the cases of a file, in order, each in the instance of the one before: instances serve many
// calls. The instances are its own, apart from any slot's. It stops at the first case that fails.
//
// The error is a [*MalformedError] or a [*FailedError]; or a [*tenon.Fault] where no instance was to be had, or where the
// kind says nothing about the kernel's answers: canceled, overloaded, closed, internal; and deadline where no case wants
// it, for the time of a call or of all cases, which a slow machine can be at fault for.
func Run(ctx context.Context, k *tenon.Kernel, file []byte, o Options) (Report, error) {
	s, err := read(file, k.Contract().Package)
	if err != nil {
		return Report{}, err
	}
	if o.Label == "" {
		o.Label = k.Label()
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	outer := ctx
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	r := runner{kernel: k, limits: o.Limits, tolerance: s.tolerance}
	defer r.close(ctx)
	report := Report{Cases: len(s.cases)}
	for at := range s.cases {
		if !s.cases[at].isFor(o.Label) {
			continue
		}
		if err := r.run(ctx, at, &s.cases[at]); err != nil {
			if kind := tenon.KindOf(err); outer.Err() == nil && ctx.Err() != nil && (kind == tenon.KindCanceled || kind == tenon.KindDeadline) {
				err = &tenon.Fault{Kind: tenon.KindDeadline, Kernel: k.Name(), Version: k.Digest(), Label: o.Label, Err: err,
					Message: fmt.Sprintf("golden case %d: %s: want all %d cases done in %v, got no end in that time",
						at, shortened(s.cases[at].Func), len(s.cases), o.Timeout)}
			}
			return report, err
		}
		report.Ran++
	}
	return report, nil
}

// runner runs cases in an instance, and in another one after a fault.
type runner struct {
	kernel    *tenon.Kernel
	limits    tenon.CallLimits
	tolerance float64
	instance  *tenon.Instance
}

func (r *runner) close(ctx context.Context) {
	if r.instance != nil {
		_ = r.instance.Close(ctx)
		r.instance = nil
	}
}

func (r *runner) run(ctx context.Context, at int, c *goldenCase) error {
	fn, err := r.kernel.FuncType(c.Func)
	if err != nil {
		return &FailedError{Case: at, Func: shortened(c.Func), Want: "a function of that name", Got: err.Error(), Err: err}
	}
	args, want, err := c.values(fn, fmt.Sprintf("cases[%d]", at))
	if err != nil {
		return err
	}
	if r.instance == nil {
		if r.instance, err = r.kernel.OpenWith(ctx, tenon.OpenOptions{Limits: r.limits}); err != nil {
			return err
		}
	}
	got, err := r.instance.Call(ctx, fn.FuncRef.String(), args...)
	if err != nil {
		r.close(ctx)
		return judged(at, c, want, err)
	}
	if want.fault != "" {
		return &FailedError{Case: at, Func: c.Func, Want: want.text(), Got: show(fn.Result, got)}
	}
	return want.compare(at, c, fn.Result, got, r.tolerance)
}

// judged holds a fault against what a case wants.
func judged(at int, c *goldenCase, want expectation, err error) error {
	switch tenon.KindOf(err) {
	case tenon.KindCanceled, tenon.KindOverloaded, tenon.KindClosed, tenon.KindInternal, "":
		return err
	}
	fault, _ := errors.AsType[*tenon.Fault](err)
	if want.fault == fault.Kind && strings.Contains(fault.Message, want.message) {
		return nil
	}
	if fault.Kind == tenon.KindDeadline && want.fault != tenon.KindDeadline {
		return err
	}
	return &FailedError{Case: at, Func: c.Func, Want: want.text(), Got: shortened(err.Error()), Err: err}
}
