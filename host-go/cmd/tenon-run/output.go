package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// format is the number of the format of -json.
const format = 1

// maxFile is the largest component that hosts accept, in bytes.
const maxFile = 64 << 20

// name is how messages name the file.
func name(file string) string {
	if file == "-" {
		return "standard input"
	}
	return file
}

// read gives the component's bytes, but reads not much more than hosts accept.
func read(file string, stdin io.Reader) ([]byte, error) {
	from := stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, cannotRead(err)
		}
		defer f.Close()
		from = f
	}
	component, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	switch {
	case err != nil:
		return nil, cannotRead(err)
	case len(component) > maxFile:
		return nil, &tenon.Fault{Kind: tenon.KindLimit, Message: fmt.Sprintf(
			"the file has more than %d bytes: build the component with less data inside, or give it the data in an argument", maxFile)}
	}
	return component, nil
}

// errFile is the error of a file that cannot be read.
type errFile struct {
	err  error
	help string
}

func (e *errFile) Error() string { return "cannot read the file: " + e.err.Error() }
func (e *errFile) Unwrap() error { return e.err }

func cannotRead(err error) error {
	help := ""
	switch {
	case errors.Is(err, os.ErrNotExist):
		help = "check the path; `tenon build` writes a component"
	case errors.Is(err, os.ErrPermission):
		help = "make the file readable for this user"
	}
	return &errFile{err, help}
}

// answer is what a call gave: the JSON object of a call.
type answer struct {
	Format int     `json:"format"`
	Export string  `json:"export"`
	Result *string `json:"result"`
	Fuel   *uint64 `json:"fuel,omitempty"`
	result string  // "" for a function without a result
	fuel   uint64
}

// printResult prints what a function gave; nothing for a function without a result.
func printResult(o options, a answer, stdout io.Writer) error {
	if o.json {
		a.Format = format
		if a.result != "" {
			a.Result = &a.result
		}
		if o.limits.Fuel > 0 {
			a.Fuel = &a.fuel
		}
		return printJSON(stdout, a)
	}
	if a.result == "" {
		return nil
	}
	_, err := io.WriteString(stdout, a.result+"\n")
	return err
}

// fault is an error as -json prints it.
type fault struct {
	Kind      tenon.Kind     `json:"kind"` // "" for a file that cannot be read, and the like
	Code      tenon.TrapCode `json:"code,omitempty"`
	Export    string         `json:"export"`
	Message   string         `json:"message"`
	Backtrace []string       `json:"backtrace"`
}

// flagHelp says which flag is for a kind of fault.
var flagHelp = map[tenon.Kind]string{
	tenon.KindDeadline: "-deadline gives the component more time",
	tenon.KindFuel:     "-fuel gives the call a larger budget",
}

// describe takes an error apart.
func describe(err error) (f fault, help string) {
	if f, ok := errors.AsType[*tenon.Fault](err); ok {
		message := f.Message
		if f.Err != nil && !strings.Contains(message, f.Err.Error()) {
			message += ": " + f.Err.Error()
		}
		help := flagHelp[f.Kind]
		if help != "" { // in place of the name of a setting
			message, _, _ = strings.Cut(message, ": raise ")
		}
		return fault{Kind: f.Kind, Code: f.Code, Export: f.Export, Message: message, Backtrace: append([]string{}, f.Backtrace...)}, help
	}
	if t, ok := errors.AsType[*transpile.Error](err); ok {
		whole := *t
		whole.Help = ""
		return fault{Kind: tenon.Kind(t.Kind), Message: whole.Error(), Backtrace: []string{}}, t.Help
	}
	if e, ok := errors.AsType[*errCall](err); ok {
		return fault{Message: e.Error(), Backtrace: []string{}}, "write values as WAVE: 42, true, \"text\", [1, 2], {field: 1}, some(1), case-name"
	}
	if e, ok := errors.AsType[*errFile](err); ok {
		return fault{Message: e.Error(), Backtrace: []string{}}, e.help
	}
	return fault{Message: err.Error(), Backtrace: []string{}}, ""
}

// report prints an error for a person, and with -json the object of the fault.
func report(o options, err error, stdout, stderr io.Writer) {
	f, help := describe(err)
	if f.Kind == tenon.KindPolicy && o.wasi == tenon.WASINone && strings.Contains(f.Message, `"wasi:`) {
		help = "-wasi stub grants a WASI without effects"
	}
	if o.json {
		_ = printJSON(stdout, struct {
			Format int   `json:"format"`
			Fault  fault `json:"fault"`
		}{format, f})
	}
	text := name(o.file) + ": "
	if _, ok := errors.AsType[*errCall](err); ok {
		text = ""
	}
	if f.Export != "" {
		text += f.Export + ": "
	}
	fmt.Fprintf(stderr, "error: %s\n", printable(text+f.Message))
	note := func(label string, lines ...string) {
		for n, line := range lines {
			if n == 0 {
				fmt.Fprintf(stderr, "  %-7s%s\n", label+":", printable(line))
			} else {
				fmt.Fprintf(stderr, "         %s\n", printable(line))
			}
		}
	}
	if f.Kind != "" {
		note("fault", string(f.Kind))
	}
	note("stack", f.Backtrace...)
	if help != "" {
		note("help", help)
	}
}

// printable keeps a component from steering the terminal: what is not to be seen is written as an escape.
func printable(s string) string {
	if !strings.ContainsFunc(s, unseen) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unseen(r) {
			fmt.Fprintf(&b, `\u{%x}`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unseen(r rune) bool { return !unicode.IsPrint(r) }
