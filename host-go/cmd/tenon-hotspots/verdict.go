package main

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"time"
)

// A verdict says in a word whether a function suits a kernel.
type verdict string

const (
	verdictKernel  verdict = "kernel"  // as it stands
	verdictChange  verdict = "change"  // once its findings of grade change are dealt with
	verdictNo      verdict = "no"      // something stands against it
	verdictUnknown verdict = "unknown" // the source that would tell is not here
	verdictCaller  verdict = "caller"  // a library's: look at who calls it
)

// A candidate is a function of the report. Shares are of the profile's CPU time, from 0 to 1.
type candidate struct {
	Rank       int       `json:"rank"`
	Function   string    `json:"function"`
	File       string    `json:"file,omitempty"`
	Cumulative float64   `json:"cumulative"`
	Flat       float64   `json:"flat"`
	Collecting float64   `json:"collecting"` // of the collector's work, an estimate
	Verdict    verdict   `json:"verdict"`
	WIT        string    `json:"wit,omitempty"` // the signature in WIT
	Findings   []finding `json:"findings"`
	Callers    []caller  `json:"callers"`
	Below      []share   `json:"below"`                 // where in the standard library the cost arises
	Coarseness string    `json:"coarseness,omitempty"`  // what is known of how much work a call does
	PerCallNS  float64   `json:"per_call_ns,omitempty"` // with the plan's calls
	Impact     *float64  `json:"impact,omitempty"`      // percent of CPU time saved by a day of work, weighed by risk
	Plan       *planned  `json:"plan,omitempty"`

	of *function
}

type planned struct {
	Effort  float64 `json:"effort"`
	Risk    float64 `json:"risk"`
	Speedup float64 `json:"speedup,omitempty"`
	Note    string  `json:"note,omitempty"`
}

type caller struct {
	Function string  `json:"function"`
	Share    float64 `json:"share"`             // of the function's cost
	InLoop   *bool   `json:"in_loop,omitempty"` // whether it calls from inside a loop, where the source tells

	short string
}

// A share is a part of some cost, from 0 to 1.
type share struct {
	Name  string  `json:"name"`
	Share float64 `json:"share"`

	short string
}

// judge says what there is to say of one function. s is nil without source.
func (c *costs) judge(f *function, s *source, p plan) candidate {
	total := float64(c.total)
	v := candidate{
		Function: f.name, File: f.file, of: f, Findings: []finding{}, Callers: []caller{}, Below: []share{},
		Cumulative: float64(f.cumulative) / total, Flat: float64(f.flat) / total, Collecting: float64(f.collecting) / total,
	}
	for _, part := range c.below(f) {
		v.Below = append(v.Below, share{Name: part.name, Share: float64(part.cost) / float64(f.cumulative)})
	}
	v.callers(f, s)
	var d *declaration
	if s != nil {
		d = s.declarationOf(f)
	}
	switch {
	case f.kind() != kindProgram:
		v.Verdict = verdictCaller
		v.Findings = append(v.Findings, finding{gradeNo, "belongs to Go's library: what a kernel may replace is the function that calls it"})
	case d == nil:
		v.fromName(f, s != nil)
	default:
		v.fromSource(c, d, s)
	}
	v.affinities()
	if v.Collecting >= noticed {
		v.Findings = append(v.Findings, finding{gradeNote,
			fmt.Sprintf("%.1f %% besides, in the collector, on account of what it allocates (an estimate)", 100*v.Collecting)})
	}
	if entry := p.of(f.name); entry != nil {
		impact := entry.impact(v.Cumulative + v.Collecting)
		v.Impact = &impact
		v.Plan = &planned{Effort: entry.Effort, Risk: float64(entry.Risk), Speedup: entry.Speedup, Note: entry.Note}
		if entry.Calls > 0 {
			v.PerCallNS = float64(f.cumulative) / float64(entry.Calls)
		}
	}
	v.coarseness(d)
	return v
}

func (v *candidate) callers(f *function, s *source) {
	for by, from := range f.callers {
		one := caller{Function: by.name, Share: float64(from.cost) / float64(f.cumulative), short: by.short(by.file)}
		if s != nil {
			if d := s.declarationOf(by); d != nil {
				in := d.calledInLoop(from.lines, by.line)
				one.InLoop = &in
			}
		}
		v.Callers = append(v.Callers, one)
	}
	slices.SortFunc(v.Callers, func(a, b caller) int {
		if a.Share != b.Share {
			if a.Share > b.Share {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Function, b.Function)
	})
	v.Callers = v.Callers[:min(len(v.Callers), mostCallers)]
}

// mostCallers is how many callers of a function are told, those of the largest shares.
const mostCallers = 20

// fromName judges by what the profile alone tells.
func (v *candidate) fromName(f *function, looked bool) {
	v.Verdict = verdictUnknown
	what := "its source has not been looked at: give the folder of its module as --source"
	if looked {
		what = "its source is not among the module's packages"
	}
	v.Findings = append(v.Findings, finding{gradeUnseen, what})
	if f.pointer {
		v.Findings = append(v.Findings, finding{gradeUnseen, "has a pointer for a receiver, which may hold state from call to call"})
	}
	if f.name == "main.main" {
		v.Verdict = verdictNo
		v.Findings = append(v.Findings, finding{gradeNo, "is the whole program"})
	}
}

func (v *candidate) fromSource(c *costs, d *declaration, s *source) {
	var types wit
	v.WIT = kebab(d.node.Name.Name) + ": " + types.signature(d.object)
	v.Findings = distinct(append(types.findings, newWalk(s, c, d).findings()...))
	v.Verdict = verdictKernel
	for grade, verdict := range map[grade]verdict{gradeNo: verdictNo, gradeUnseen: verdictUnknown, gradeChange: verdictChange} {
		if slices.ContainsFunc(v.Findings, func(f finding) bool { return f.Grade == grade }) {
			if grade == gradeNo || v.Verdict == verdictKernel || v.Verdict == verdictChange && grade == gradeUnseen {
				v.Verdict = verdict
			}
		}
	}
	if strings.Contains(v.WIT, "?") {
		v.WIT = ""
	}
}

// distinct leaves one of equal findings, the gravest first.
func distinct(all []finding) []finding {
	var out []finding
	for _, grade := range []grade{gradeNo, gradeUnseen, gradeChange, gradeNote} {
		for _, f := range all {
			if f.Grade == grade && !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

// noticeable is the share of a function's cost from which a package of the library matters to the decision.
const noticeable = 0.3

// noticed is the share of all cost from which the collector's work for a function is mentioned.
const noticed = 0.005

func (v *candidate) affinities() {
	known := false
	for _, part := range v.Below {
		if a, ok := affinityOf(part.Name); ok && part.Share >= noticeable {
			known = true
			v.Findings = append(v.Findings, finding{gradeNote, fmt.Sprintf("%s of it in %s: %s", percent(part.Share), part.Name, a.what)})
		}
	}
	if !known && (v.Verdict == verdictKernel || v.Verdict == verdictChange) {
		v.Findings = append(v.Findings, finding{gradeNote,
			"a straight port of good Go code is slower in a kernel: it takes a better algorithm or SIMD to win"})
	}
}

// crossing is about what a short string costs there and back, in nanoseconds: the row echo of benches/claims.json.
const crossing = 100

// A call that takes less than coarse crossings has too little work for one.
const coarse = 10

// coarseness says what is known of how much work a call does. A CPU profile counts samples, not calls.
func (v *candidate) coarseness(d *declaration) {
	switch {
	case v.PerCallNS >= coarse*crossing:
		v.Coarseness = fmt.Sprintf("coarse: %v a call", round(v.PerCallNS))
	case v.PerCallNS > 0:
		v.Coarseness = fmt.Sprintf("fine: %v a call, where a short string there and back costs some %v; move the loop around it instead", round(v.PerCallNS), time.Duration(crossing))
	case d != nil && isTiny(d):
		v.Coarseness = "fine: a few statements without a loop or a call; the crossing would cost more. Look at the loop around it"
	}
	loops := 0.0
	var who []string
	for _, c := range v.Callers {
		if c.InLoop != nil && *c.InLoop {
			loops += c.Share
			who = append(who, c.short)
		}
	}
	if loops >= noticeable {
		if v.Coarseness != "" {
			v.Coarseness += "; "
		}
		v.Coarseness += fmt.Sprintf("called in a loop by %s: consider a function that takes the whole list", few(who))
	}
}

func round(ns float64) time.Duration {
	d := time.Duration(min(ns, 1<<62))
	unit := time.Duration(1)
	for d/1000 >= unit {
		unit *= 10
	}
	return d.Round(unit)
}

// isTiny tells a body of three statements at most that neither loops nor calls.
func isTiny(d *declaration) bool {
	if d.node.Body == nil || len(d.node.Body.List) > 3 {
		return false
	}
	tiny := true
	ast.Inspect(d.node.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			tiny = false
		case *ast.CallExpr:
			if t := d.pkg.TypesInfo.Types[n.Fun]; !t.IsType() && !t.IsBuiltin() {
				tiny = false
			}
		}
		return tiny
	})
	return tiny
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
