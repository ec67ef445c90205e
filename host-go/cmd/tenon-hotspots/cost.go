package main

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// A function is what a profile says of one function, literals inside of it included. Costs are nanoseconds of CPU time.
type function struct {
	symbol
	file       string // as the compiler named it
	line       int64  // of its declaration; 0 where the profile does not tell
	flat       int64  // in the function itself
	cumulative int64  // in it and in all that it called
	allocating int64  // of cumulative: in the runtime's allocator
	collecting int64  // the share of the collector's own goroutines that allocations below it account for: an estimate
	callers    map[*function]*calls
	counted    int // the last stack that counted it, from 1
}

// calls is what came of one caller.
type calls struct {
	cost  int64
	lines []int64 // of the call's statements, in the caller's file: each once, and not more than mostLines
}

const mostLines = 64

// A costs is a profile added up by function.
type costs struct {
	total     int64
	samples   int
	duration  time.Duration // of the profiling; 0 where the profile does not tell
	functions map[string]*function
	collector int64 // in the collector's own goroutines
	allocator int64 // in the allocator, wherever it was called from
	idle      int64 // in the scheduler: looking for work, parking, waking
	stacks    []stack
	callees   map[*function][]*function // that the profile saw a function call, the dearest first
}

// A stack is one sample, from the innermost function outwards. A function stands in it once in a row: its literals and
// its calls of itself are one frame.
type stack struct {
	cost   int64
	frames []frame
}

type frame struct {
	function *function
	line     int64 // that runs or calls, in the function's file
}

// addUp adds a checked profile up.
func addUp(p *profile.Profile) *costs {
	c := &costs{samples: len(p.Sample), duration: time.Duration(max(0, p.DurationNanos)), functions: map[string]*function{}}
	named := map[*profile.Function]*function{}
	value := valueOf(p)
	for _, s := range p.Sample {
		if s.Value[value] == 0 {
			continue
		}
		stack := stack{cost: s.Value[value]}
		for _, l := range s.Location {
			for _, line := range l.Line {
				if line.Function == nil || line.Function.Name == "" {
					continue
				}
				f := named[line.Function]
				if f == nil {
					f = c.function(line.Function)
					named[line.Function] = f
				}
				if last := len(stack.frames) - 1; last >= 0 && stack.frames[last].function == f {
					stack.frames[last].line = line.Line
					continue
				}
				stack.frames = append(stack.frames, frame{f, line.Line})
			}
		}
		c.add(stack)
	}
	if c.allocator > 0 {
		for _, f := range c.functions {
			f.collecting = int64(float64(c.collector) * float64(f.allocating) / float64(c.allocator))
		}
	}
	return c
}

func (c *costs) function(from *profile.Function) *function {
	s := parseSymbol(shown(from.Name))
	f := c.functions[s.name]
	if f == nil {
		f = &function{symbol: s, file: path.Clean(strings.ReplaceAll(shown(from.Filename), `\`, "/")), callers: map[*function]*calls{}}
		c.functions[s.name] = f
	}
	// A literal's line is not that of the function around it.
	if from.Name == s.name {
		f.line = from.StartLine
	}
	return f
}

// longest is how many bytes of a name out of a profile are kept.
const longest = 1024

// shown is a name out of a profile as it may be shown: printable, and of a bounded length.
func shown(name string) string {
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	return printable(name)
}

func (c *costs) add(s stack) {
	c.total += s.cost
	c.stacks = append(c.stacks, s)
	allocating, collecting, idle := false, false, false
	for _, f := range s.frames {
		switch f.function.name {
		case "runtime.gcBgMarkWorker", "runtime.bgsweep", "runtime.bgscavenge":
			collecting = true
		case "runtime.mallocgc":
			allocating = true
		case "runtime.schedule", "runtime.findRunnable", "runtime.park_m":
			idle = true
		}
	}
	switch {
	case collecting:
		c.collector += s.cost
	case allocating:
		c.allocator += s.cost
	case idle:
		c.idle += s.cost
	}
	for i, f := range s.frames {
		if i == 0 {
			f.function.flat += s.cost
		}
		if f.function.counted == len(c.stacks) {
			continue
		}
		f.function.counted = len(c.stacks)
		f.function.cumulative += s.cost
		if allocating && !collecting {
			f.function.allocating += s.cost
		}
		if i+1 < len(s.frames) {
			by := s.frames[i+1]
			from := f.function.callers[by.function]
			if from == nil {
				from = &calls{}
				f.function.callers[by.function] = from
			}
			from.cost += s.cost
			if len(from.lines) < mostLines && !slices.Contains(from.lines, by.line) {
				from.lines = append(from.lines, by.line)
			}
		}
	}
}

// called gives the functions that the profile saw a declaration call.
func (c *costs) called(s *source, d *declaration) []*function {
	if c.callees == nil {
		c.callees = map[*function][]*function{}
		for _, f := range c.ranked(byCumulative, func(*function) bool { return true }) {
			for by := range f.callers {
				c.callees[by] = append(c.callees[by], f)
			}
		}
	}
	name := d.name
	if d.pkg.Name == "main" {
		name = "main" + strings.TrimPrefix(name, d.pkg.PkgPath)
	}
	if f := c.functions[name]; f != nil && s.declarationOf(f) == d {
		return c.callees[f]
	}
	return nil
}

// An order is what functions are ranked by.
type order string

const (
	byCumulative order = "cum"
	byFlat       order = "flat"
	byImpact     order = "impact"
)

// ranked gives the functions of a kind with the dearest first; equal ones are ordered by name.
func (c *costs) ranked(by order, want func(*function) bool) []*function {
	var all []*function
	for _, f := range c.functions {
		if want(f) {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b *function) int {
		first, second := cmp.Compare(b.cumulative, a.cumulative), cmp.Compare(b.flat, a.flat)
		if by == byFlat {
			first, second = second, first
		}
		return cmp.Or(first, second, cmp.Compare(a.name, b.name))
	})
	return all
}

// A part is a share of a cost under a name.
type part struct {
	name string
	cost int64
}

func sorted(parts map[string]int64) []part {
	var all []part
	for name, cost := range parts {
		all = append(all, part{name, cost})
	}
	slices.SortFunc(all, func(a, b part) int { return cmp.Or(cmp.Compare(b.cost, a.cost), cmp.Compare(a.name, b.name)) })
	return all
}

// below tells in which packages of the standard library a function's cost arises: those that the program's own code calls
// last on each stack below the function.
func (c *costs) below(f *function) []part {
	parts := map[string]int64{}
	for _, s := range c.stacks {
		at := slices.IndexFunc(s.frames, func(fr frame) bool { return fr.function == f })
		if at < 0 {
			continue
		}
		// The outermost frame of the library above the innermost frame of the program.
		own := slices.IndexFunc(s.frames[:at+1], func(fr frame) bool { return fr.function.kind() == kindProgram })
		if own > 0 && s.frames[own-1].function.kind() == kindStandard {
			parts[s.frames[own-1].function.pkg] += s.cost
		}
	}
	return sorted(parts)
}

// brought tells on behalf of which of the program's functions a function of the library or the runtime was called.
func (c *costs) brought(want func(*function) bool) []part {
	parts := map[string]int64{}
	for _, s := range c.stacks {
		at := slices.IndexFunc(s.frames, func(fr frame) bool { return want(fr.function) })
		if at < 0 {
			continue
		}
		own := slices.IndexFunc(s.frames[at:], func(fr frame) bool { return fr.function.kind() == kindProgram })
		if own >= 0 {
			parts[s.frames[at+own].function.name] += s.cost
		}
	}
	return sorted(parts)
}

// libraries gives each package of the standard library with what its functions cost on behalf of the program's innermost function.
func (c *costs) libraries() []part {
	parts := map[string]int64{}
	for _, s := range c.stacks {
		seen := map[string]bool{}
		for _, f := range s.frames {
			if f.function.kind() == kindProgram {
				break
			}
			if pkg := f.function.pkg; f.function.kind() == kindStandard && !seen[pkg] {
				seen[pkg] = true
				parts[pkg] += s.cost
			}
		}
	}
	return sorted(parts)
}
