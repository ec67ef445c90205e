package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// definitionsFile lies beside this program's folder, in which it runs.
const definitionsFile = "../claims.json"

// definitions are what benches/claims.json says is measured. What is claimed is not this program's to know.
type definitions struct {
	Format int                    `json:"format"`
	Inputs map[string]input       `json:"inputs"`
	Calls  map[string]definedCall `json:"calls"`
	Rows   []definedRow           `json:"rows"`
}

// A definedCall is a function of a kernel, with what it is called with and what it answers.
type definedCall struct {
	Kernel   string `json:"kernel"`
	Function string `json:"function"`
	Input    string `json:"input"`
	// Expect is the answer as text, or, of several different inputs, "sha256:" and the digest of the answers to the first of
	// them, a line each.
	Expect string `json:"expect"`
}

// A definedRow is one row. Without a call it is a special one, which this program knows by its name.
type definedRow struct {
	Name    string                 `json:"name"`
	Driver  string                 `json:"driver"`
	Call    string                 `json:"call"`
	Of      string                 `json:"of"` // the row that is measured, if it is another
	Measure string                 `json:"measure"`
	Sides   map[string]definedSide `json:"sides"`
	Rounds  int                    `json:"rounds"`
	// Allocations are the most that side a may take: where there is such a claim, they are counted.
	Allocations *float64 `json:"allocations"`
}

// A definedSide is an engine, and how many callers it has.
type definedSide struct {
	Engine string `json:"engine"`
	Cores  string `json:"cores"` // "all": a caller for each core; else one
}

// UnmarshalJSON takes an engine's name for a side of one caller.
func (s *definedSide) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &s.Engine) == nil {
		return nil
	}
	type plain definedSide
	if err := json.Unmarshal(text, (*plain)(s)); err != nil {
		return err
	}
	if s.Engine == "" || s.Cores != "" && s.Cores != "all" {
		return fmt.Errorf("%s is no side", text)
	}
	return nil
}

func readDefinitions() (*definitions, error) {
	text, err := os.ReadFile(definitionsFile)
	if err != nil {
		return nil, fmt.Errorf("this program runs in its own folder, benches/go: %w", err)
	}
	defined := &definitions{}
	if err := json.Unmarshal(text, defined); err != nil {
		return nil, fmt.Errorf("%s: %w", definitionsFile, err)
	}
	if defined.Format != 3 {
		return nil, fmt.Errorf("%s: format %d is not known here, only 3", definitionsFile, defined.Format)
	}
	return defined, nil
}

// row finds a row of this driver's.
func (d *definitions) row(name string) (*definedRow, error) {
	for i := range d.Rows {
		if row := &d.Rows[i]; row.Name == name && row.Driver == "go" {
			return row, nil
		}
	}
	return nil, fmt.Errorf("%s has no such row of the Go driver", definitionsFile)
}

// call finds a call with its input.
func (d *definitions) call(name string) (definedCall, input, error) {
	call, ok := d.Calls[name]
	if !ok {
		return call, input{}, fmt.Errorf("%s has no call %q", definitionsFile, name)
	}
	in, ok := d.Inputs[call.Input]
	if !ok {
		return call, in, fmt.Errorf("%s has no input %q", definitionsFile, call.Input)
	}
	return call, in, nil
}
