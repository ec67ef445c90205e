package wasi

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

func num(n uint64) abi.Value            { return abi.Value{Bits: n} }
func items(list ...abi.Value) abi.Value { return abi.Value{Items: list} }

// answers is what the stub promises, function by function: value or error. A stream or pollable is 1.
var answers = map[string]struct {
	args []abi.Value
	want abi.Value
	err  string
}{
	"wasi:cli/environment#get-environment":                                  {want: items()},
	"wasi:cli/environment#get-arguments":                                    {want: items()},
	"wasi:cli/environment#initial-cwd":                                      {want: num(0)},
	"wasi:cli/exit#exit":                                                    {args: items(num(0)).Items, err: "the component called exit"},
	"wasi:cli/exit#exit-with-code":                                          {args: items(num(3)).Items, err: "the component called exit"},
	"wasi:cli/stdin#get-stdin":                                              {want: num(1)},
	"wasi:cli/stdout#get-stdout":                                            {want: num(1)},
	"wasi:cli/stderr#get-stderr":                                            {want: num(1)},
	"wasi:cli/terminal-stdin#get-terminal-stdin":                            {want: num(0)},
	"wasi:cli/terminal-stdout#get-terminal-stdout":                          {want: num(0)},
	"wasi:cli/terminal-stderr#get-terminal-stderr":                          {want: num(0)},
	"wasi:io/error#[method]error.to-debug-string":                           {want: abi.Value{Text: ""}},
	"wasi:io/poll#[method]pollable.ready":                                   {want: num(1)},
	"wasi:io/poll#[method]pollable.block":                                   {},
	"wasi:io/poll#poll":                                                     {args: []abi.Value{items(num(1), num(1), num(1))}, want: items(num(0), num(1), num(2))},
	"wasi:io/streams#[method]input-stream.read":                             {want: abi.Value{Bits: 1, Items: []abi.Value{num(1)}}},
	"wasi:io/streams#[method]input-stream.blocking-read":                    {want: abi.Value{Bits: 1, Items: []abi.Value{num(1)}}},
	"wasi:io/streams#[method]input-stream.skip":                             {want: abi.Value{Bits: 1, Items: []abi.Value{num(1)}}},
	"wasi:io/streams#[method]input-stream.blocking-skip":                    {want: abi.Value{Bits: 1, Items: []abi.Value{num(1)}}},
	"wasi:io/streams#[method]input-stream.subscribe":                        {want: num(1)},
	"wasi:io/streams#[method]output-stream.check-write":                     {want: items(num(65536))},
	"wasi:io/streams#[method]output-stream.write":                           {},
	"wasi:io/streams#[method]output-stream.blocking-write-and-flush":        {},
	"wasi:io/streams#[method]output-stream.flush":                           {},
	"wasi:io/streams#[method]output-stream.blocking-flush":                  {},
	"wasi:io/streams#[method]output-stream.write-zeroes":                    {},
	"wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush": {},
	"wasi:io/streams#[method]output-stream.splice":                          {want: items(num(0))},
	"wasi:io/streams#[method]output-stream.blocking-splice":                 {want: items(num(0))},
	"wasi:io/streams#[method]output-stream.subscribe":                       {want: num(1)},
	"wasi:clocks/wall-clock#now":                                            {want: items(num(946684800), num(0))},
	"wasi:clocks/wall-clock#resolution":                                     {want: items(num(0), num(1))},
	"wasi:clocks/monotonic-clock#now":                                       {want: num(1_000_000_000)},
	"wasi:clocks/monotonic-clock#resolution":                                {want: num(1)},
	"wasi:clocks/monotonic-clock#subscribe-instant":                         {want: num(1)},
	"wasi:clocks/monotonic-clock#subscribe-duration":                        {want: num(1)},
	"wasi:random/random#get-random-bytes":                                   {args: items(num(3)).Items, want: items(num(0xaf), num(0xcd), num(0x1d))},
	"wasi:random/random#get-random-u64":                                     {want: num(0xe220a8397b1dcdaf)},
	"wasi:random/insecure#get-insecure-random-bytes":                        {args: items(num(0)).Items, want: items()},
	"wasi:random/insecure#get-insecure-random-u64":                          {want: num(0xe220a8397b1dcdaf)},
	"wasi:random/insecure-seed#insecure-seed":                               {want: items(num(0xe220a8397b1dcdaf), num(0x6e789e6aa1b965f4))},
	"wasi:filesystem/preopens#get-directories":                              {want: items()},
}

// planOf imports functions, named as "interface#function".
func planOf(names ...string) *plan.Plan {
	p := &plan.Plan{}
	for _, name := range names {
		path := strings.Split(name, "#")
		p.ImportFuncs = append(p.ImportFuncs, plan.ImportFunc{Path: path, Name: path[len(path)-1], Interface: path[0]})
	}
	return p
}

func TestAnswers(t *testing.T) {
	if got, want := slices.Sorted(maps.Keys(functions)), slices.Sorted(maps.Keys(answers)); !slices.Equal(got, want) {
		t.Errorf("the stub has %q, the test %q", got, want)
	}
	for name, c := range answers {
		got, err := functions[name].call(t.Context(), new(State), c.args)
		if c.err != "" {
			if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Host || trap.Message != c.err {
				t.Errorf("%s: %v", name, err)
			}
		} else if err != nil || !got.Equal(c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestWhatIsNotOffered(t *testing.T) {
	for _, name := range []string{
		"wasi:filesystem/types@0.2.0#[method]descriptor.read", "wasi:sockets/tcp@0.2.6#[method]tcp-socket.start-bind",
		"wasi:http/outgoing-handler@0.2.3#handle", "wasi:cli/environment@0.2.0#get-environments", "wasi:keyvalue/store@0.2.0#open",
		"wasi:random/random@0.2.0#nested#get-random-u64",
	} {
		f := Resolve(planOf(name), 0)
		if f == nil {
			t.Fatalf("%s is not linked", name)
		}
		_, err := f(t.Context(), new(State), nil)
		trap, ok := errors.AsType[*engine.Trap](err)
		if !ok || trap.Code != engine.Link || trap.Message != "the WASI stub does not offer "+name {
			t.Errorf("%s: %v", name, err)
		}
	}
	others := planOf("wasi:cli/environment@0.3.0#get-environment", "wasi:cli/environment@0.20.0#get-environment",
		"wasi:cli/environment#get-environment", "acme:cli/environment@0.2.0#get-environment", "wasi#run", "run")
	for i := range others.ImportFuncs {
		if Resolve(others, i) != nil {
			t.Errorf("%q is stubbed", others.ImportFuncs[i].Path)
		}
	}
}

func TestRandomNumbers(t *testing.T) {
	call := func(s *State, name string, args ...abi.Value) abi.Value {
		t.Helper()
		v, err := functions[name].call(t.Context(), s, args)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	// The first four numbers of SplitMix64 from seed 0, by the algorithm's reference code.
	var s State
	for _, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec} {
		if got := call(&s, "wasi:random/random#get-random-u64"); got.Bits != want {
			t.Errorf("got %#x, want %#x", got.Bits, want)
		}
	}
	// Nine bytes take two numbers.
	s = State{}
	got := call(&s, "wasi:random/random#get-random-bytes", num(9))
	want := items(num(0xaf), num(0xcd), num(0x1d), num(0x7b), num(0x39), num(0xa8), num(0x20), num(0xe2), num(0xf4))
	if !got.Equal(want) {
		t.Errorf("got %v", got)
	}
	if next := call(&s, "wasi:random/insecure#get-insecure-random-u64"); next.Bits != 0x06c45d188009454f {
		t.Errorf("after nine bytes %#x", next.Bits)
	}
	if n := len(call(&s, "wasi:random/insecure#get-insecure-random-bytes", num(1<<20)).Items); n != 1<<20 {
		t.Errorf("%d bytes", n)
	}
	for _, n := range []uint64{1<<20 + 1, 1 << 32, 1<<64 - 1} {
		_, err := functions["wasi:random/random#get-random-bytes"].call(t.Context(), &s, []abi.Value{num(n)})
		if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Host {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestRandomBytesWithinALimit(t *testing.T) {
	s := State{Limit: 8 << 10}
	bytes := functions["wasi:random/random#get-random-bytes"].call
	_, err := bytes(t.Context(), &s, []abi.Value{num(1 << 10)})
	if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.MemoryLimit {
		t.Errorf("1,024 bytes: %v", err)
	}
	// What is refused draws nothing.
	if got, err := bytes(t.Context(), &s, []abi.Value{num(3)}); err != nil || !got.Equal(items(num(0xaf), num(0xcd), num(0x1d))) {
		t.Errorf("3 bytes: %v, %v", got, err)
	}
}
