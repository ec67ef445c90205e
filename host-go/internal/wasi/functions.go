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

// offer is a function of WASI and its type, as shape writes it.
type offer struct {
	shape string
	call  Func
}

// functions is all that the stub offers, by interface without version and function.
var functions = map[string]offer{
	"wasi:cli/environment#get-environment": {"func() -> list<tuple<string, string>>", always(none)},
	"wasi:cli/environment#get-arguments":   {"func() -> list<string>", always(none)},
	"wasi:cli/environment#initial-cwd":     {"func() -> option<string>", always(none)},

	"wasi:cli/exit#exit":           {"func(status: result)", exit},
	"wasi:cli/exit#exit-with-code": {"func(status-code: u8)", exit},

	"wasi:cli/stdin#get-stdin":   {"func() -> input-stream", always(handle)},
	"wasi:cli/stdout#get-stdout": {"func() -> output-stream", always(handle)},
	"wasi:cli/stderr#get-stderr": {"func() -> output-stream", always(handle)},

	"wasi:cli/terminal-stdin#get-terminal-stdin":   {"func() -> option<terminal-input>", always(none)},
	"wasi:cli/terminal-stdout#get-terminal-stdout": {"func() -> option<terminal-output>", always(none)},
	"wasi:cli/terminal-stderr#get-terminal-stderr": {"func() -> option<terminal-output>", always(none)},

	"wasi:io/error#[method]error.to-debug-string": {"func(self: borrow<error>) -> string", always(none)},

	"wasi:io/poll#[method]pollable.ready": {"func(self: borrow<pollable>) -> bool", always(yes)},
	"wasi:io/poll#[method]pollable.block": {"func(self: borrow<pollable>)", always(none)},
	"wasi:io/poll#poll":                   {"func(in: list<borrow<pollable>>) -> list<u32>", poll},

	"wasi:io/streams#[method]input-stream.read":          {"func(self: borrow<input-stream>, len: u64) -> result<list<u8>, stream-error>", always(closed)},
	"wasi:io/streams#[method]input-stream.blocking-read": {"func(self: borrow<input-stream>, len: u64) -> result<list<u8>, stream-error>", always(closed)},
	"wasi:io/streams#[method]input-stream.skip":          {"func(self: borrow<input-stream>, len: u64) -> result<u64, stream-error>", always(closed)},
	"wasi:io/streams#[method]input-stream.blocking-skip": {"func(self: borrow<input-stream>, len: u64) -> result<u64, stream-error>", always(closed)},
	"wasi:io/streams#[method]input-stream.subscribe":     {"func(self: borrow<input-stream>) -> pollable", always(handle)},

	"wasi:io/streams#[method]output-stream.check-write":                     {"func(self: borrow<output-stream>) -> result<u64, stream-error>", always(okNumber(room))},
	"wasi:io/streams#[method]output-stream.write":                           {"func(self: borrow<output-stream>, contents: list<u8>) -> result<_, stream-error>", always(none)},
	"wasi:io/streams#[method]output-stream.blocking-write-and-flush":        {"func(self: borrow<output-stream>, contents: list<u8>) -> result<_, stream-error>", always(none)},
	"wasi:io/streams#[method]output-stream.flush":                           {"func(self: borrow<output-stream>) -> result<_, stream-error>", always(none)},
	"wasi:io/streams#[method]output-stream.blocking-flush":                  {"func(self: borrow<output-stream>) -> result<_, stream-error>", always(none)},
	"wasi:io/streams#[method]output-stream.write-zeroes":                    {"func(self: borrow<output-stream>, len: u64) -> result<_, stream-error>", always(none)},
	"wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush": {"func(self: borrow<output-stream>, len: u64) -> result<_, stream-error>", always(none)},
	"wasi:io/streams#[method]output-stream.splice":                          {"func(self: borrow<output-stream>, src: borrow<input-stream>, len: u64) -> result<u64, stream-error>", always(okNumber(0))},
	"wasi:io/streams#[method]output-stream.blocking-splice":                 {"func(self: borrow<output-stream>, src: borrow<input-stream>, len: u64) -> result<u64, stream-error>", always(okNumber(0))},
	"wasi:io/streams#[method]output-stream.subscribe":                       {"func(self: borrow<output-stream>) -> pollable", always(handle)},

	"wasi:clocks/wall-clock#now":        {"func() -> datetime", always(datetime(wallSeconds, 0))},
	"wasi:clocks/wall-clock#resolution": {"func() -> datetime", always(datetime(0, 1))},

	"wasi:clocks/monotonic-clock#now":                {"func() -> u64", always(number(monotonicNanos))},
	"wasi:clocks/monotonic-clock#resolution":         {"func() -> u64", always(number(1))},
	"wasi:clocks/monotonic-clock#subscribe-instant":  {"func(when: u64) -> pollable", always(handle)},
	"wasi:clocks/monotonic-clock#subscribe-duration": {"func(when: u64) -> pollable", always(handle)},

	"wasi:random/random#get-random-bytes":            {"func(len: u64) -> list<u8>", randomBytes},
	"wasi:random/random#get-random-u64":              {"func() -> u64", randomNumber},
	"wasi:random/insecure#get-insecure-random-bytes": {"func(len: u64) -> list<u8>", randomBytes},
	"wasi:random/insecure#get-insecure-random-u64":   {"func() -> u64", randomNumber},
	"wasi:random/insecure-seed#insecure-seed":        {"func() -> tuple<u64, u64>", seed},

	"wasi:filesystem/preopens#get-directories": {"func() -> list<tuple<descriptor, string>>", always(none)},
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
