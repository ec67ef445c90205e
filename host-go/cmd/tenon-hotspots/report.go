package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A report is what the command prints: the object of --json.
type report struct {
	Format     int         `json:"format"` // 1
	Profile    string      `json:"profile"`
	Samples    int         `json:"samples"`
	CPU        float64     `json:"cpu_seconds"`
	Duration   float64     `json:"seconds"`          // of the profiling; 0 where the profile does not tell
	Source     string      `json:"source,omitempty"` // the folder whose code was looked at
	Sort       order       `json:"sort"`
	Candidates []candidate `json:"candidates"`
	Libraries  []library   `json:"libraries"`
	Runtime    goRuntime   `json:"runtime"`
	Notes      []string    `json:"notes"`
}

// A library is a package of the standard library with what its functions and all that they called cost.
type library struct {
	share
	By []share `json:"by"` // the program's functions that called it, by their share of its cost
}

// goRuntime is what Go's runtime cost, as shares of the profile's CPU time.
type goRuntime struct {
	Collector float64 `json:"collector"` // its own goroutines
	Allocator float64 `json:"allocator"`
	Scheduler float64 `json:"scheduler"`
	Allocated []share `json:"allocated_by"` // the program's functions, by their share of the allocator's cost
}

// The report shows of libraries and callers as many as matter, from these shares on.
const (
	leastLibrary = 0.02
	leastBy      = 0.05
	mostLibrary  = 6
)

func newReport(c *costs, s *source, p plan, o options) report {
	r := report{Format: 1, Profile: o.profile, Samples: c.samples, CPU: time.Duration(c.total).Seconds(), Duration: c.duration.Seconds(),
		Sort: o.sort, Libraries: []library{}, Notes: []string{}}
	want := func(f *function) bool { return o.all || f.kind() == kindProgram }
	ranked := c.ranked(o.sort, want)
	if o.sort == byImpact {
		// The plan's functions come first; how many others follow is --top's matter.
		slices.SortStableFunc(ranked, func(a, b *function) int { return cmp.Compare(c.impact(b, p), c.impact(a, p)) })
	}
	ranked = ranked[:min(len(ranked), o.top)]
	if s != nil {
		r.Source = o.source
		r.Candidates = c.judgeAll(ranked, s, p)
		r.Notes = append(r.Notes, s.notes(r.Candidates)...)
	} else {
		r.Candidates = c.judgeAll(ranked, nil, p)
	}
	for _, entry := range p.Functions {
		if !c.any(func(f *function) bool { return entry.fits(f.name) }) {
			r.Notes = append(r.Notes, fmt.Sprintf("the plan's %q fits no function of the profile", entry.Function))
		}
	}
	if len(r.Candidates) == 0 {
		r.Notes = append(r.Notes, "all of the cost is the standard library's and the runtime's; --all lists their functions")
	}
	for _, part := range c.libraries() {
		if strings.Contains(part.name, "internal") {
			continue // some other package's
		}
		if float64(part.cost) < leastLibrary*float64(c.total) || len(r.Libraries) == mostLibrary {
			break
		}
		by := c.brought(func(f *function) bool { return f.pkg == part.name })
		r.Libraries = append(r.Libraries, library{share{Name: part.name, Share: c.of(part.cost)}, c.shares(by, part.cost)})
	}
	r.Runtime = goRuntime{Collector: c.of(c.collector), Allocator: c.of(c.allocator), Scheduler: c.of(c.idle),
		Allocated: c.shares(c.brought(func(f *function) bool { return f.name == "runtime.mallocgc" }), c.allocator)}
	return r
}

func (c *costs) of(cost int64) float64 { return float64(cost) / float64(c.total) }

func (c *costs) any(fits func(*function) bool) bool {
	for _, f := range c.functions {
		if fits(f) {
			return true
		}
	}
	return false
}

// shares are the parts of a cost that matter.
func (c *costs) shares(parts []part, of int64) []share {
	out := []share{}
	for _, p := range parts {
		if part := float64(p.cost) / float64(max(1, of)); part >= leastBy {
			f := c.functions[p.name]
			out = append(out, share{Name: p.name, Share: part, short: f.short(f.file)})
		}
	}
	return out
}

// impact ranks a function by the plan; one that the plan does not know comes last.
func (c *costs) impact(f *function, p plan) float64 {
	entry := p.of(f.name)
	if entry == nil {
		return 0
	}
	return entry.impact(c.of(f.cumulative + f.collecting))
}

// judgeAll judges functions; with source, it loads what the judgement needs.
func (c *costs) judgeAll(functions []*function, s *source, p plan) []candidate {
	if s != nil {
		var paths []string
		for _, f := range functions {
			paths = append(paths, s.packageOf(f))
			for by := range f.callers {
				paths = append(paths, s.packageOf(by))
			}
		}
		// A function may call into packages that the profile does not name, and those into others.
		for range 4 {
			if !s.load(paths) {
				break
			}
			paths = nil
			for _, f := range functions {
				if d := s.declarationOf(f); d != nil {
					for path := range newWalk(s, c, d).missing {
						paths = append(paths, path)
					}
				}
			}
		}
	}
	out := []candidate{}
	for i, f := range functions {
		v := c.judge(f, s, p)
		v.Rank = i + 1
		out = append(out, v)
	}
	return out
}

// notes are what the reader has to know of the source.
func (s *source) notes(candidates []candidate) []string {
	notes := slices.Clone(s.troubles)
	if len(candidates) > 0 && !slices.ContainsFunc(candidates, func(v candidate) bool { return s.declarationOf(v.of) != nil }) {
		notes = append(notes, fmt.Sprintf("none of these functions is in the source at %s: give the folder of the profiled service's module as --source", s.folder))
	}
	if len(s.loaded) >= maxPackages {
		notes = append(notes, fmt.Sprintf("only %d packages of the source have been looked at", maxPackages))
	}
	return notes
}

// words of the verdicts, as the table shows them.
var words = map[verdict]string{
	verdictKernel:  "suits",
	verdictChange:  "suits after changes",
	verdictNo:      "does not suit",
	verdictUnknown: "look closer",
	verdictCaller:  "look at its caller",
}

func (r report) text() string {
	var out strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&out, format, args...) }
	say("%s: %.2f s of CPU time", r.Profile, r.CPU)
	if r.Duration > 0 {
		say(" in %.2f s", r.Duration)
	}
	say(", %d stacks\n", r.Samples)
	if r.Source != "" {
		say("source: %s\n", r.Source)
	} else {
		say("source: none; what the functions do has not been looked at\n")
	}
	impact := slices.ContainsFunc(r.Candidates, func(v candidate) bool { return v.Impact != nil })
	say("\n%4s  %7s  %7s", "rank", "cum", "flat")
	if impact {
		say("  %8s", "impact")
	}
	say("  %-20s function\n", "for a kernel")
	for _, v := range r.Candidates {
		say("%4d  %5.1f %%  %5.1f %%", v.Rank, 100*v.Cumulative, 100*v.Flat)
		if impact && v.Impact != nil {
			say("  %8.1f", *v.Impact)
		} else if impact {
			say("  %8s", "")
		}
		say("  %-20s %s\n", words[v.Verdict], v.of.short(v.File))
	}
	if impact {
		say("\nimpact: percent of CPU time saved by a day of work, times the chance of success (the plan's effort, risk, speedup)\n")
	}
	for _, v := range r.Candidates {
		v.text(say)
	}
	r.librariesText(say)
	for _, note := range r.Notes {
		say("note: %s\n", note)
	}
	return out.String()
}

func (v candidate) text(say func(string, ...any)) {
	say("\n%d. %s: %s\n", v.Rank, v.of.short(v.File), words[v.Verdict])
	line := func(label, text string) { say("   %-9s%s\n", label, wrap(text, 12)) }
	if v.WIT != "" {
		line("WIT", v.WIT)
	}
	for _, f := range v.Findings {
		// What stands against it is enough to know.
		if v.Verdict != verdictNo || f.Grade == gradeNo {
			line(string(f.Grade), f.What)
		}
	}
	if v.Coarseness != "" && v.Verdict != verdictNo {
		line("calls", v.Coarseness)
	}
	if v.Plan != nil && v.Plan.Note != "" {
		line("plan", inOneLine(v.Plan.Note))
	}
}

func (r report) librariesText(say func(string, ...any)) {
	if len(r.Libraries) > 0 {
		say("\nGo's library, with what it called (a kernel replaces the caller):\n")
	}
	for _, l := range r.Libraries {
		say("  %5.1f %%  %s%s\n", 100*l.Share, l.Name, by(l.By))
	}
	g := r.Runtime
	allocated := ""
	if g.Allocator >= leastLibrary {
		allocated = by(g.Allocated)
	}
	say("\nGo's runtime: collector %.1f %%, allocator %.1f %%%s, scheduler %.1f %%\n",
		100*g.Collector, 100*g.Allocator, allocated, 100*g.Scheduler)
	if !slices.ContainsFunc(r.Candidates, func(v candidate) bool { return v.PerCallNS > 0 }) {
		say("A CPU profile does not count calls: what one call costs is known only with \"calls\" in a plan.\n")
	}
}

func by(shares []share) string {
	var parts []string
	for _, s := range shares {
		parts = append(parts, fmt.Sprintf("%s %s", s.short, percent(s.Share)))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (by " + few(parts) + ")"
}

// wrap breaks a text into lines of about a hundred characters, indented but for the first.
func wrap(text string, indent int) string {
	const width = 100
	var out strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > width:
			out.WriteString("\n" + strings.Repeat(" ", indent))
			column = 0
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += len(word)
	}
	return out.String()
}
