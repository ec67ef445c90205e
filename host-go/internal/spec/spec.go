// Package spec runs suites of the component model on the Go host: each directive gets a verdict. The suites are
// data, as wasm-tools json-from-wast writes them.
package spec

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// Verdict is the outcome of one directive.
type Verdict struct {
	File    string  `json:"file"` // the suite, e.g. "values/strings"
	Line    int     `json:"line"`
	Type    string  `json:"type"` // of the directive
	Verdict Outcome `json:"verdict"`
	Reason  string  `json:"reason,omitempty"` // of fail and skip
	// Class is that of the fault which a passed assertion expected, in the words that both hosts use for faults.
	Class string `json:"class,omitempty"`
}

// Outcome is a verdict's word.
type Outcome string

// The outcomes. A skip means that nothing was decided, for the reason that it gives.
const (
	Pass Outcome = "pass"
	Fail Outcome = "fail"
	Skip Outcome = "skip"
)

// Run runs all suites below dir and reports each directive in order. The error is about reading the suite.
func Run(ctx context.Context, dir string, report func(Verdict)) error {
	suites, err := read(dir)
	if err != nil {
		return err
	}
	h := host{
		plans:  transpile.New(transpile.Config{}),
		engine: wazero.New(wazero.Config{MemoryLimit: 1 << 36}), // suites use all the memory that there can be
	}
	defer h.plans.Close(ctx)
	defer h.engine.Close(ctx)
	for i := range suites {
		if err := h.suite(ctx, &suites[i], report); err != nil {
			return err
		}
	}
	return nil
}

type host struct {
	plans  *transpile.Transpiler
	engine engine.Engine
}

// ruling is a verdict without its place.
type ruling struct {
	outcome Outcome
	reason  string
	class   string
}

var passed = ruling{outcome: Pass}

func fail(format string, args ...any) ruling {
	return ruling{outcome: Fail, reason: fmt.Sprintf(format, args...)}
}

func skip(format string, args ...any) ruling {
	return ruling{outcome: Skip, reason: fmt.Sprintf(format, args...)}
}

func (h *host) suite(ctx context.Context, s *suite, report func(Verdict)) error {
	r := newRun(h)
	for i := range s.Commands {
		c := &s.Commands[i]
		var component []byte
		if name := c.file(); name != "" {
			var err error
			if component, err = os.ReadFile(filepath.Join(s.folder, name)); err != nil {
				return fmt.Errorf("%s:%d: %w", s.name, c.Line, err)
			}
		}
		ruling := r.command(ctx, c, component)
		report(Verdict{File: s.name, Line: c.Line, Type: c.Type, Verdict: ruling.outcome, Reason: ruling.reason, Class: ruling.class})
	}
	return nil
}
