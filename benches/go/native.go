//go:build cgo && tenon_native

package main

/*
#cgo LDFLAGS: -ltenon_benches_native
#cgo noescape tenon_redact
#cgo nocallback tenon_redact
#cgo noescape tenon_redact_free
#cgo nocallback tenon_redact_free
#cgo nocallback tenon_add
#include <stddef.h>
#include <stdint.h>

struct finding { uint8_t kind; uint32_t start; uint32_t end; };
struct redaction { uint8_t *text; size_t text_len; struct finding *findings; size_t findings_len; };

uint32_t tenon_add(uint32_t a, uint32_t b);
void tenon_redact(const uint8_t *text, size_t len, struct redaction *out);
void tenon_redact_free(const struct redaction *answer);
*/
import "C"

import (
	"context"
	"unicode/utf8"
	"unsafe"

	"github.com/tenon-dev/tenon/host-go/kernels/redact"
)

// The engine "cgo" is the kernels' Rust, built natively with the kernels' own profile (benches/native) and linked by cgo: what
// one would take who does without the sandbox. `cargo xtask bench` says in CGO_LDFLAGS where the library is.

func addByCgo(context.Context, *bench) (way[pair, uint32], error) {
	call := func(p pair) (uint32, error) { return uint32(C.tenon_add(C.uint32_t(p.a), C.uint32_t(p.b))), nil }
	loop := func(pairs []pair) side {
		next := 0
		return func(n int) error {
			for range n {
				C.tenon_add(C.uint32_t(pairs[next].a), C.uint32_t(pairs[next].b))
				if next++; next == len(pairs) {
					next = 0
				}
			}
			return nil
		}
	}
	return way[pair, uint32]{call, loop}, nil
}

// redactByCgo copies the answer out of the library's memory and gives it back: two crossings. The UTF-8 of the argument is
// checked, as Rust's strings want it; that of the answer needs no check.
func redactByCgo(context.Context, *bench) (way[string, redact.Redaction], error) {
	call := func(text string) (redact.Redaction, error) {
		if !utf8.ValidString(text) {
			return redact.Redaction{}, errNotText
		}
		if text == "" {
			text = " "[:0] // an address that is not nil
		}
		var answer C.struct_redaction
		C.tenon_redact((*C.uint8_t)(unsafe.StringData(text)), C.size_t(len(text)), &answer)
		out := redact.Redaction{Text: string(unsafe.Slice((*byte)(answer.text), answer.text_len))}
		if answer.findings_len > 0 {
			out.Findings = make([]redact.Finding, answer.findings_len)
		}
		for i, f := range unsafe.Slice(answer.findings, answer.findings_len) {
			out.Findings[i] = redact.Finding{Kind: redact.Kind(f.kind), Start: uint32(f.start), End: uint32(f.end)}
		}
		C.tenon_redact_free(&answer)
		return out, nil
	}
	return way[string, redact.Redaction]{call: call}, nil
}
