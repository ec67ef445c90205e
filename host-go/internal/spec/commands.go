package spec

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// suite is one file of the reference suite as wasm-tools json-from-wast writes it.
type suite struct {
	Commands []command `json:"commands"`

	name   string // e.g. "values/strings"
	folder string // of the component files
}

// command is one directive. Which fields are set depends on Type.
type command struct {
	Type           string  `json:"type"`
	Line           int     `json:"line"`
	Name           string  `json:"name"`            // module, module_definition; register: the instance
	Filename       string  `json:"filename"`        // of the component
	ModuleType     string  `json:"module_type"`     // "binary" or "text"
	BinaryFilename string  `json:"binary_filename"` // the same as a binary, where Filename is text
	Instance       string  `json:"instance"`        // module_instance: the new name
	Module         string  `json:"module"`          // module_instance: the definition
	As             string  `json:"as"`              // register: the name to import it by
	Action         *action `json:"action"`
	Expected       []value `json:"expected"`
}

// file is that of the component as a binary, "" where there is none.
func (c *command) file() string {
	if c.BinaryFilename != "" || c.ModuleType == "text" {
		return c.BinaryFilename
	}
	return c.Filename
}

// action calls an exported function.
type action struct {
	Type   string  `json:"type"`
	Module string  `json:"module"` // instance; "" is the last one
	Field  string  `json:"field"`
	Args   []value `json:"args"`
}

// value is a component value, decoded by its type later.
type value struct {
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

// read finds every t.json below dir, in order of their names.
func read(dir string) ([]suite, error) {
	var suites []suite
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != "t.json" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder := filepath.Dir(path)
		name, err := filepath.Rel(dir, folder)
		if err != nil {
			return err
		}
		s := suite{name: filepath.ToSlash(name), folder: folder}
		if err := json.Unmarshal(data, &s); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		suites = append(suites, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(suites) == 0 {
		return nil, fmt.Errorf("%s: no suite: want sub-folders with t.json, as wasm-tools json-from-wast writes them", dir)
	}
	slices.SortFunc(suites, func(a, b suite) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return suites, nil
}
