package golden

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// format numbers the layout of a file; a reader refuses a newer one.
const format = 1

// goldenFile is a file as it stands in JSON.
type goldenFile struct {
	Format    int               `json:"format"`
	Contract  string            `json:"contract"`
	Tolerance float64           `json:"tolerance"`
	Cases     []json.RawMessage `json:"cases"`
}

// suite is a file that was read.
type suite struct {
	cases     []goldenCase
	tolerance float64
}

// goldenCase is a case as it stands in JSON. What is absent is nil; a JSON null is not.
type goldenCase struct {
	Func    string            `json:"func"`
	Kernels []string          `json:"kernels"`
	Args    []json.RawMessage `json:"args"`
	Result  json.RawMessage   `json:"result"`
	Error   json.RawMessage   `json:"error"`
	Fault   tenon.Kind        `json:"fault"`
	Message string            `json:"message"`
}

// isFor reports whether the version with the label answers as the case says.
func (c *goldenCase) isFor(label string) bool {
	return c.Kernels == nil || slices.Contains(c.Kernels, label)
}

// expectation is what a case says of the answer: a value of the function's type, or a fault.
type expectation struct {
	value   tenon.Value
	typ     *tenon.Type
	path    string // "result" or "error"
	fault   tenon.Kind
	message string
}

// text says what is wanted, shortened.
func (e *expectation) text() string {
	switch {
	case e.fault == "":
		return e.path + " " + show(payload(e.typ, e.value))
	case e.message == "":
		return "a fault of kind " + string(e.fault)
	}
	return fmt.Sprintf("a fault of kind %s with %q", e.fault, shortened(e.message))
}

// read reads a file of cases for a contract.
func read(file []byte, contract string) (*suite, error) {
	if len(file) > MaxSize {
		return nil, &MalformedError{What: fmt.Sprintf("%d bytes, more than the %d that are read", len(file), MaxSize)}
	}
	if !utf8.Valid(file) {
		return nil, &MalformedError{What: "not UTF-8"}
	}
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(file, &head); err != nil {
		return nil, malformed("", err)
	}
	if head.Format != format {
		return nil, &MalformedError{Path: "format", What: fmt.Sprintf("format %d, this program reads %d: update it", head.Format, format)}
	}
	var f goldenFile
	if err := strictly(file, &f); err != nil {
		return nil, malformed("", err)
	}
	if name, _, _ := strings.Cut(f.Contract, "@"); name != contract {
		return nil, &MalformedError{Path: "contract", What: fmt.Sprintf("the cases are of %q, the kernel serves %s", shortened(f.Contract), contract)}
	}
	if len(f.Cases) > MaxCases {
		return nil, &MalformedError{Path: "cases", What: fmt.Sprintf("%d, more than the %d that are run", len(f.Cases), MaxCases)}
	}
	if f.Tolerance < 0 {
		return nil, &MalformedError{Path: "tolerance", What: "less than 0"}
	}
	s := &suite{make([]goldenCase, len(f.Cases)), f.Tolerance}
	for i, text := range f.Cases {
		path := fmt.Sprintf("cases[%d]", i)
		if len(text) > MaxCaseSize {
			return nil, &MalformedError{Path: path, What: fmt.Sprintf("%d bytes, more than the %d that a case may have", len(text), MaxCaseSize)}
		}
		c := &s.cases[i]
		if err := strictly(text, c); err != nil {
			return nil, malformed(path, err)
		}
		if err := c.check(path); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// check refuses a case that says nothing, or too much.
func (c *goldenCase) check(path string) error {
	outcomes := 0
	for _, there := range []bool{c.Result != nil, c.Error != nil, c.Fault != ""} {
		if there {
			outcomes++
		}
	}
	switch {
	case c.Func == "":
		return &MalformedError{Path: path, What: `no "func"`}
	case outcomes != 1:
		return &MalformedError{Path: path, What: fmt.Sprintf(`%d of "result", "error" and "fault", where there is one`, outcomes)}
	case c.Message != "" && c.Fault == "":
		return &MalformedError{Path: path, What: `"message" without "fault"`}
	}
	return nil
}

// values reads the arguments and the expected answer of a case by the function's types.
func (c *goldenCase) values(fn tenon.FuncType, path string) (args []tenon.Value, want expectation, err error) {
	if len(c.Args) != len(fn.Params) {
		return nil, want, &MalformedError{Path: path + ".args", What: fmt.Sprintf("%d arguments, %s takes %d", len(c.Args), fn.FuncRef, len(fn.Params))}
	}
	for i, text := range c.Args {
		v, err := value(fn.Params[i].Type, text, fmt.Sprintf("%s.args[%d]", path, i))
		if err != nil {
			return nil, want, err
		}
		args = append(args, v)
	}
	if holdsResource(fn.Result) {
		return nil, want, &MalformedError{Path: path, What: fmt.Sprintf("%s answers with a resource, which no JSON stands for: leave the case out", fn.FuncRef)}
	}
	want, err = c.expectation(fn, path)
	return args, want, err
}

// expectation reads what a case says of the answer.
func (c *goldenCase) expectation(fn tenon.FuncType, path string) (want expectation, err error) {
	want = expectation{typ: fn.Result, path: "result", fault: c.Fault, message: c.Message}
	text, side := c.Result, 0
	if c.Error != nil {
		want.path, text, side = "error", c.Error, 1
	}
	at := path + "." + want.path
	switch {
	case c.Fault != "":
		return want, nil
	case fn.Result != nil && fn.Result.Kind == "result":
		want.value.Bits = uint64(side)
		want.value.Items, err = carried(fn.Result.Members[side].Type, text, at)
	case side == 1:
		return want, &MalformedError{Path: at, What: fmt.Sprintf("%s has no error", fn.FuncRef)}
	case fn.Result == nil:
		_, err = carried(nil, text, at)
	default:
		want.value, err = value(fn.Result, text, at)
	}
	return want, err
}

// strictly decodes the one JSON value of a text, without unknown names.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind the end")
	}
	return nil
}

// malformed is the error of a text that encoding/json refuses.
func malformed(path string, err error) error {
	return &MalformedError{Path: path, What: strings.TrimPrefix(err.Error(), "json: ")}
}
