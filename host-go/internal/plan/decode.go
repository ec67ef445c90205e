package plan

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrFormat is in the chain of the error for a container of another format: not damaged, only not ours.
var ErrFormat = errors.New("plan: another format")

// Error says what is wrong with a container and where.
type Error struct {
	Path string // place in the plan, e.g. "funcs[3].params[0].type"; "" for the container itself
	What string
}

// Error gives place and reason.
func (e *Error) Error() string {
	if e.Path == "" {
		return "plan: " + e.What
	}
	return "plan: " + e.Path + ": " + e.What
}

const headerSize = len(Magic) + 4 + 4

// Decode reads a container: magic, u32le format, u32le length of the JSON, the JSON, then the modules' bytes
// in order. The plan keeps views of the container, which must not change afterwards. Every failure is an
// *Error or wraps [ErrFormat].
func Decode(container []byte) (*Plan, error) {
	if len(container) < headerSize || string(container[:len(Magic)]) != Magic {
		return nil, &Error{What: "not a plan: it does not start with " + Magic}
	}
	if f := binary.LittleEndian.Uint32(container[len(Magic):]); f != Format {
		return nil, fmt.Errorf("%w: found %d, this host reads %d", ErrFormat, f, Format)
	}
	size := uint64(binary.LittleEndian.Uint32(container[len(Magic)+4:]))
	rest := container[headerSize:]
	if size > uint64(len(rest)) {
		return nil, &Error{What: fmt.Sprintf("truncated: %d bytes of JSON announced, %d left", size, len(rest))}
	}
	if size > MaxJSON {
		return nil, &Error{What: fmt.Sprintf("%d bytes of JSON, the limit is %d", size, MaxJSON)}
	}
	text, code := rest[:size], rest[size:]
	// A number of the wrong range, a negative one for instance, is refused by the decoder's typed fields
	// or by check.
	p := new(Plan)
	if err := json.Unmarshal(text, p); err != nil {
		return nil, &Error{What: "JSON: " + err.Error()}
	}
	if p.Format != Format {
		return nil, fmt.Errorf("%w: the JSON says %d, this host reads %d", ErrFormat, p.Format, Format)
	}
	if bytes.Equal(p.Metadata, []byte("null")) {
		p.Metadata = nil
	}
	for i := range p.Modules {
		m := &p.Modules[i]
		if m.Size < 0 || m.Size > len(code) {
			return nil, &Error{fmt.Sprintf("modules[%d].size", i), fmt.Sprintf("%d bytes, %d left", m.Size, len(code))}
		}
		m.Code, code = code[:m.Size:m.Size], code[m.Size:]
	}
	if len(code) != 0 {
		return nil, &Error{What: fmt.Sprintf("%d bytes after the last module", len(code))}
	}
	c := checker{p: p}
	c.check()
	if c.err != nil {
		return nil, c.err
	}
	return p, nil
}

// Encode writes the container that Decode reads. The modules' bytes come from Code.
func Encode(p *Plan) ([]byte, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, &Error{What: "JSON: " + err.Error()}
	}
	out := make([]byte, 0, headerSize+len(text))
	out = append(out, Magic...)
	out = binary.LittleEndian.AppendUint32(out, uint32(p.Format))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(text)))
	out = append(out, text...)
	for i := range p.Modules {
		out = append(out, p.Modules[i].Code...)
	}
	return out, nil
}
