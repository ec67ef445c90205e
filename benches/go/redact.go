package main

import (
	"context"
	"fmt"

	"github.com/wasilibs/go-re2"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
)

// redactText is the function of kernels/redact.
var redactText = &typed[string, redact.Redaction]{
	inputs: input.texts,
	key:    func(text string) string { return text },
	show:   showRedaction,
	serve: func(ctx context.Context, rt *tenon.Runtime) (way[string, redact.Redaction], error) {
		slot, err := client[redact.Redactor](ctx, rt, redact.Contract, redact.Component())
		if err != nil {
			return way[string, redact.Redaction]{}, err
		}
		return redactor(ctx, redact.New(slot)), nil
	},
	engines: map[string]func(context.Context, *bench) (way[string, redact.Redaction], error){
		"go": func(ctx context.Context, _ *bench) (way[string, redact.Redaction], error) {
			return redactor(ctx, redact.Baseline()), nil
		},
		"go-re2": func(ctx context.Context, _ *bench) (way[string, redact.Redaction], error) {
			return redactor(ctx, redact.BaselineOn(func(expr string) redact.Regexp { return re2.MustCompile(expr) })), nil
		},
		"cgo": redactByCgo,
		"wazero": func(ctx context.Context, b *bench) (way[string, redact.Redaction], error) {
			return byHand(ctx, b, redact.Component(), "redact", liftRedaction)
		},
	},
}

func redactor(ctx context.Context, r redact.Redactor) way[string, redact.Redaction] {
	return way[string, redact.Redaction]{call: func(text string) (redact.Redaction, error) { return r.Redact(ctx, text) }}
}

// liftRedaction reads a record of a string and a list of findings.
func liftRedaction(m memory, at uint32) (redact.Redaction, bool) {
	text, ok := m.text(at)
	list, okList := m.u32(at + 8)
	count, okCount := m.u32(at + 12)
	if !ok || !okList || !okCount || count > 1<<20 {
		return redact.Redaction{}, false
	}
	out := redact.Redaction{Text: text}
	if count > 0 {
		out.Findings = make([]redact.Finding, count)
	}
	for i := range out.Findings {
		at := list + 12*uint32(i)
		kind, okKind := m.u8(at)
		start, okStart := m.u32(at + 4)
		end, okEnd := m.u32(at + 8)
		if !okKind || !okStart || !okEnd || redact.Kind(kind) > redact.KindURL {
			return redact.Redaction{}, false
		}
		out.Findings[i] = redact.Finding{Kind: redact.Kind(kind), Start: start, End: end}
	}
	return out, true
}

func showRedaction(r redact.Redaction) string {
	text := r.Text
	for _, f := range r.Findings {
		text += fmt.Sprintf(" %v:%d-%d", f.Kind, f.Start, f.End)
	}
	return text
}
