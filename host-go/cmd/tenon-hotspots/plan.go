package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// A plan says what it would take to replace functions: the file of --plan.
//
//	{"functions": [
//	  {"function": "useragent.(*baseline).Parse", "effort": 3, "risk": "low", "speedup": 20, "note": "a kernel exists"}
//	]}
type plan struct {
	Functions []entry `json:"functions"`
}

// An entry is what is known of a function, or of all whose names fit.
type entry struct {
	// Function is a function's name in the profile, or the end of it after a slash. A star at its end stands for anything.
	Function string `json:"function"`
	// Effort is the work, in days: 0.01 to 10000.
	Effort float64 `json:"effort"`
	// Risk is the chance that the work comes to nothing: 0 to 1, or low (0.1), medium (0.3) or high (0.6).
	Risk risk `json:"risk"`
	// Speedup is by how much the replacement is expected to be quicker, from 0.01 up; 0: unknown, and impact is an upper bound.
	Speedup float64 `json:"speedup"`
	// Calls is how often the function was called while the profile was taken, by the service's own metrics; 0: unknown.
	Calls int64  `json:"calls"`
	Note  string `json:"note"`
}

type risk float64

func (r *risk) UnmarshalJSON(data []byte) error {
	words := map[string]risk{`"low"`: 0.1, `"medium"`: 0.3, `"high"`: 0.6}
	if known, ok := words[string(data)]; ok {
		*r = known
		return nil
	}
	var number float64
	if err := json.Unmarshal(data, &number); err != nil || number < 0 || number > 1 {
		return fmt.Errorf("the risk %s is neither a number from 0 to 1 nor low, medium or high", data)
	}
	*r = risk(number)
	return nil
}

const maxPlan = 1 << 20 // bytes

func readPlan(path string) (plan, error) {
	const help = `write {"functions": [{"function": "pkg.Name", "effort": 2, "risk": "low"}]}; effort is in days`
	file, err := os.Open(path)
	if err != nil {
		return plan{}, &failure{what: path + ": the plan cannot be read", found: reason(err), help: help}
	}
	defer file.Close()
	data, err := readLimited(file, maxPlan)
	if err != nil {
		return plan{}, &failure{what: path + ": the plan cannot be read", found: reason(err), help: help}
	}
	p, err := parsePlan(data)
	if err != nil {
		return plan{}, &failure{what: path + ": not a plan", found: err.Error(), help: help}
	}
	return p, nil
}

func parsePlan(data []byte) (plan, error) {
	var p plan
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return plan{}, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return plan{}, errors.New("something follows the object")
	}
	for i, e := range p.Functions {
		switch {
		case strings.TrimSuffix(e.Function, "*") == "":
			return plan{}, fmt.Errorf("entry %d names no function", i+1)
		case e.Effort < 0.01 || e.Effort > 10_000:
			return plan{}, fmt.Errorf("entry %d (%s): the effort is %v days, and has to be from 0.01 to 10000", i+1, e.Function, e.Effort)
		case e.Speedup != 0 && e.Speedup < 0.01:
			return plan{}, fmt.Errorf("entry %d (%s): the speedup is %v, and has to be from 0.01 up; leave it out if it is not known", i+1, e.Function, e.Speedup)
		case e.Calls < 0:
			return plan{}, fmt.Errorf("entry %d (%s): calls cannot be negative", i+1, e.Function)
		}
	}
	return p, nil
}

// fits tells whether an entry speaks of a function.
func (e entry) fits(name string) bool {
	wanted, prefix := strings.CutSuffix(e.Function, "*")
	for rest := name; ; {
		if rest == wanted || prefix && strings.HasPrefix(rest, wanted) {
			return true
		}
		_, after, ok := strings.Cut(rest, "/")
		if !ok {
			return false
		}
		rest = after
	}
}

// of is the first entry that speaks of a function, or nil.
func (p plan) of(name string) *entry {
	for i := range p.Functions {
		if p.Functions[i].fits(name) {
			return &p.Functions[i]
		}
	}
	return nil
}

// impact is what a day of work is expected to save: percent of the profile's CPU time, weighed by the chance of success.
func (e entry) impact(share float64) float64 {
	saved := share
	if e.Speedup > 0 {
		saved *= 1 - 1/e.Speedup
	}
	return 100 * math.Min(saved, 1) * (1 - float64(e.Risk)) / e.Effort
}
