package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// An answer is all that is said of one record.
type answer struct {
	agent     useragent.Agent
	redaction redact.Redaction
}

// answerer is one implementation of the service's two hot functions.
type answerer struct {
	parser   useragent.Parser
	redactor redact.Redactor
}

func (a answerer) answer(ctx context.Context, r record) (answer, error) {
	agent, err := a.parser.Parse(ctx, r.agent)
	if err != nil {
		return answer{}, err
	}
	redaction, err := a.redactor.Redact(ctx, r.line)
	return answer{agent, redaction}, err
}

func (a answer) equal(b answer) bool {
	return a.agent == b.agent && sameRedaction(a.redaction, b.redaction)
}

func sameRedaction(a, b redact.Redaction) bool {
	return a.Text == b.Text && slices.Equal(a.Findings, b.Findings)
}

// The JSON line of a record. The Rust host's example writes the same; an absent member is a WIT none.
type jsonLine struct {
	N        int           `json:"n"` // from 1
	Agent    jsonAgent     `json:"agent"`
	Text     string        `json:"text"`
	Findings []jsonFinding `json:"findings"`
}

type jsonAgent struct {
	Browser jsonSoftware `json:"browser"`
	OS      jsonSoftware `json:"os"`
	Device  jsonDevice   `json:"device"`
}

type jsonSoftware struct {
	Family     string  `json:"family"`
	Major      *string `json:"major,omitempty"`
	Minor      *string `json:"minor,omitempty"`
	Patch      *string `json:"patch,omitempty"`
	PatchMinor *string `json:"patch_minor,omitempty"`
}

type jsonDevice struct {
	Family string  `json:"family"`
	Brand  *string `json:"brand,omitempty"`
	Model  *string `json:"model,omitempty"`
}

type jsonFinding struct {
	Kind  string `json:"kind"`
	Start uint32 `json:"start"` // UTF-8 byte offsets into the line
	End   uint32 `json:"end"`
}

func newJSONLine(n int, a answer) jsonLine {
	line := jsonLine{
		N: n,
		Agent: jsonAgent{
			Browser: newJSONSoftware(a.agent.Browser),
			OS:      newJSONSoftware(a.agent.OS),
			Device: jsonDevice{
				Family: a.agent.Device.Family,
				Brand:  optional(a.agent.Device.Brand),
				Model:  optional(a.agent.Device.Model),
			},
		},
		Text:     a.redaction.Text,
		Findings: make([]jsonFinding, 0, len(a.redaction.Findings)),
	}
	for _, f := range a.redaction.Findings {
		line.Findings = append(line.Findings, jsonFinding{Kind: f.Kind.String(), Start: f.Start, End: f.End})
	}
	return line
}

func newJSONSoftware(s useragent.Software) jsonSoftware {
	return jsonSoftware{
		Family:     s.Family,
		Major:      optional(s.Major),
		Minor:      optional(s.Minor),
		Patch:      optional(s.Patch),
		PatchMinor: optional(s.PatchMinor),
	}
}

func optional(o tenon.Option[string]) *string {
	if v, ok := o.Get(); ok {
		return &v
	}
	return nil
}

// writeJSONLines writes the answers in the order of their records.
func writeJSONLines(to io.Writer, answers []answer) error {
	out := bufio.NewWriterSize(to, 1<<16)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for i, a := range answers {
		if err := enc.Encode(newJSONLine(i+1, a)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// equalLines counts the lines of a peer's JSON that say what the answers say.
func equalLines(from io.Reader, answers []answer) (equal int, err error) {
	dec := json.NewDecoder(from)
	dec.DisallowUnknownFields()
	for i, a := range answers {
		var line jsonLine
		if err := dec.Decode(&line); err != nil {
			return equal, err
		}
		theirs, err := json.Marshal(line)
		if err != nil {
			return equal, err
		}
		ours, err := json.Marshal(newJSONLine(i+1, a))
		if err != nil {
			return equal, err
		}
		if bytes.Equal(theirs, ours) {
			equal++
		}
	}
	return equal, nil
}
