package wasi

import (
	"context"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
)

// What many functions answer. A resource is 1: they are all the same.
var (
	none   = abi.Value{}                                       // no result, none, false, [], "", ok without a payload, 0
	handle = abi.Value{Bits: 1}                                // a stream or pollable
	yes    = abi.Value{Bits: 1}                                // true
	closed = abi.Value{Bits: 1, Items: []abi.Value{{Bits: 1}}} // err(stream-error::closed)
)

// room is what check-write grants, in bytes.
const room = 65536

// The clocks: the wall clock stands at 2000-01-01T00:00:00Z, the monotonic one at a second.
const (
	wallSeconds    = 946684800
	monotonicNanos = 1_000_000_000
)

// functions is all that the stub offers, by interface without version and function.
var functions = map[string]Func{
	"wasi:cli/environment#get-environment": always(none),
	"wasi:cli/environment#get-arguments":   always(none),
	"wasi:cli/environment#initial-cwd":     always(none),

	"wasi:cli/exit#exit":           exit,
	"wasi:cli/exit#exit-with-code": exit,

	"wasi:cli/stdin#get-stdin":   always(handle),
	"wasi:cli/stdout#get-stdout": always(handle),
	"wasi:cli/stderr#get-stderr": always(handle),

	"wasi:cli/terminal-stdin#get-terminal-stdin":   always(none),
	"wasi:cli/terminal-stdout#get-terminal-stdout": always(none),
	"wasi:cli/terminal-stderr#get-terminal-stderr": always(none),

	"wasi:io/error#[method]error.to-debug-string": always(none),

	"wasi:io/poll#[method]pollable.ready": always(yes),
	"wasi:io/poll#[method]pollable.block": always(none),
	"wasi:io/poll#poll":                   poll,

	"wasi:io/streams#[method]input-stream.read":          always(closed),
	"wasi:io/streams#[method]input-stream.blocking-read": always(closed),
	"wasi:io/streams#[method]input-stream.skip":          always(closed),
	"wasi:io/streams#[method]input-stream.blocking-skip": always(closed),
	"wasi:io/streams#[method]input-stream.subscribe":     always(handle),

	"wasi:io/streams#[method]output-stream.check-write":                     always(okNumber(room)),
	"wasi:io/streams#[method]output-stream.write":                           always(none),
	"wasi:io/streams#[method]output-stream.blocking-write-and-flush":        always(none),
	"wasi:io/streams#[method]output-stream.flush":                           always(none),
	"wasi:io/streams#[method]output-stream.blocking-flush":                  always(none),
	"wasi:io/streams#[method]output-stream.write-zeroes":                    always(none),
	"wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush": always(none),
	"wasi:io/streams#[method]output-stream.splice":                          always(okNumber(0)),
	"wasi:io/streams#[method]output-stream.blocking-splice":                 always(okNumber(0)),
	"wasi:io/streams#[method]output-stream.subscribe":                       always(handle),

	"wasi:clocks/wall-clock#now":        always(datetime(wallSeconds, 0)),
	"wasi:clocks/wall-clock#resolution": always(datetime(0, 1)),

	"wasi:clocks/monotonic-clock#now":                always(number(monotonicNanos)),
	"wasi:clocks/monotonic-clock#resolution":         always(number(1)),
	"wasi:clocks/monotonic-clock#subscribe-instant":  always(handle),
	"wasi:clocks/monotonic-clock#subscribe-duration": always(handle),

	"wasi:random/random#get-random-bytes":            randomBytes,
	"wasi:random/random#get-random-u64":              randomNumber,
	"wasi:random/insecure#get-insecure-random-bytes": randomBytes,
	"wasi:random/insecure#get-insecure-random-u64":   randomNumber,
	"wasi:random/insecure-seed#insecure-seed":        seed,

	"wasi:filesystem/preopens#get-directories": always(none),
}

// always gives one answer. Whoever gets it does not write to it.
func always(answer abi.Value) Func {
	return func(context.Context, *State, []abi.Value) (abi.Value, error) { return answer, nil }
}

func number(n uint64) abi.Value { return abi.Value{Bits: n} }

// okNumber is ok(n).
func okNumber(n uint64) abi.Value { return abi.Value{Items: []abi.Value{number(n)}} }

// datetime is the record of that name.
func datetime(seconds, nanoseconds uint64) abi.Value {
	return abi.Value{Items: []abi.Value{number(seconds), number(nanoseconds)}}
}

func exit(context.Context, *State, []abi.Value) (abi.Value, error) {
	return abi.Value{}, stop("the component called exit")
}

// poll finds all of its pollables ready.
func poll(_ context.Context, _ *State, args []abi.Value) (abi.Value, error) {
	ready := abi.Value{Items: make([]abi.Value, len(args[0].Items))}
	for i := range ready.Items {
		ready.Items[i] = number(uint64(i))
	}
	return ready, nil
}

func randomNumber(_ context.Context, s *State, _ []abi.Value) (abi.Value, error) {
	return number(s.next()), nil
}

// seed is a pair of numbers.
func seed(_ context.Context, s *State, _ []abi.Value) (abi.Value, error) {
	first := s.next()
	return abi.Value{Items: []abi.Value{number(first), number(s.next())}}, nil
}
