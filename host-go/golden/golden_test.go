package golden_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/golden"
)

var rt *tenon.Runtime

func TestMain(m *testing.M) {
	ctx := context.Background()
	var err error
	if rt, err = tenon.New(ctx, tenon.Config{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = rt.Close(ctx)
	os.Exit(code)
}

func load(t testing.TB, path string) *tenon.Kernel {
	t.Helper()
	k, err := rt.LoadFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const vectors = "../../wit/vectors/"

// Every kernel of the repository gives the golden answers of its contract.
func TestEveryKernelPasses(t *testing.T) {
	components, err := filepath.Glob("../kernels/*/*.wasm")
	if err != nil || len(components) < 10 {
		t.Fatalf("%d components, %v", len(components), err)
	}
	components = append(components, "../internal/fixture/scalar/scalar.wasm", "../internal/fixture/loops/loops.wasm")
	for _, path := range components {
		t.Run(filepath.Base(path), func(t *testing.T) {
			cases := read(t, vectors+filepath.Base(filepath.Dir(path))+".json")
			report, err := golden.Run(t.Context(), load(t, path), cases, golden.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if report.Ran < 10 || report.Ran > report.Cases {
				t.Fatalf("%+v", report)
			}
		})
	}
}

// A case may be for some versions only. The label that tells them is the caller's, not the kernel's.
func TestTheLabelChoosesTheCases(t *testing.T) {
	cases := read(t, vectors+"redact.json")
	faulty := load(t, "../kernels/redact/redact-1.2.0-trap.wasm")
	stable := load(t, "../kernels/redact/redact-1.0.0.wasm")
	for _, c := range []struct {
		kernel *tenon.Kernel
		label  string
		fails  string
	}{
		{stable, "1.0.0", ""},
		{stable, "2.0.0", ""}, // only the cases for all
		{stable, "1.1.0", "golden case 21: redact: result.text: want \"(+<url>)\", got \"(+http://<host>/bot.html)\""},
		{stable, "1.2.0-trap", "golden case 21: "},
		{faulty, "", ""}, // its own label
		{faulty, "1.0.0", "golden case 5: redact: want result {\"text\": \"<ipv4>-<ipv4> 1.2.3.4.5 256.1.1.1\""},
		{faulty, "1.1.0", "an octet is at most 255"},
	} {
		_, err := golden.Run(t.Context(), c.kernel, cases, golden.Options{Label: c.label})
		failed, _ := errors.AsType[*golden.FailedError](err)
		if c.fails == "" {
			if err != nil {
				t.Errorf("%s as %s: %v", c.kernel.Label(), c.label, err)
			}
		} else if failed == nil || !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s as %s: %v, want %q", c.kernel.Label(), c.label, err, c.fails)
		}
	}
	if _, err := golden.Run(t.Context(), faulty, cases, golden.Options{Label: "1.1.0"}); !errors.Is(err, tenon.ErrTrap) {
		t.Errorf("the kernel's fault is not in the chain of %v", err)
	}
}

// one makes a file of cases for a contract.
func one(contract string, cases ...string) []byte {
	return fmt.Appendf(nil, `{"format": 1, "contract": %q, "cases": [%s]}`, contract, strings.Join(cases, ", "))
}

// Components of other tool chains have the types that no kernel of the repository has.
func TestValuesOfEveryType(t *testing.T) {
	shapes, numbers := load(t, "../../kernels/guests/c/c.wasm"), load(t, "../../kernels/guests/zig/zig.wasm")
	all := `true, -128, 255, -1, 65535, -2, 4000000000, -3, 18446744073709551615, 1.5, -0.25, "🦀", "Zig ⚡", [1, 255], `
	record := `{"truth": true, "a": -128, "b": 255, "c": -1, "d": 65535, "e": -2, "f": 4000000000, "g": -3, "h": 18446744073709551615,
		"i": 1.5, "j": -0.25, "k": "🦀", "text": "Zig ⚡", "bytes": [1, 255], "maybe": %s}`
	for _, c := range []struct {
		kernel *tenon.Kernel
		text   string
		fails  string // "": it passes
	}{
		{shapes, `{"func": "restyle", "args": ["abc", ["upper", "reverse"]], "result": "CBA"}`, ""},
		{shapes, `{"func": "restyle", "args": ["abc é", ["reverse"]], "result": null}`, ""},
		{shapes, `{"func": "restyle", "args": ["abc", []], "result": null}`, `result: want null, got "abc"`},
		{shapes, `{"func": "restyle", "args": ["abc é", ["reverse"]], "result": ""}`, `result: want "", got null`},
		{shapes, `{"func": "restyle", "args": ["abc", ["upper", "upper"]], "result": "ABC"}`, `cases[0].args[1][1]: want one of ["upper" "reverse"], each at most once, found "upper"`},
		{shapes, `{"func": "shapes#join", "args": [["a", "日本", ""], ", "], "result": "a, 日本, "}`, ""},
		{shapes, `{"func": "measure", "args": ["é日🦀"], "result": [3, 9]}`, ""},
		{shapes, `{"func": "measure", "args": ["é日🦀"], "result": [3, 8]}`, "result[1]: want 8, got 9"},
		{shapes, `{"func": "measure", "args": ["é"], "result": [3]}`, "cases[0].result: want an array of 2, found [3]"},
		{shapes, `{"func": "farthest", "args": [[{"name": "Köln", "at": {"x": -3, "y": 4}}]], "result": {"name": "Köln", "at": {"x": -3.0, "y": 4e0}}}`, ""},
		{shapes, `{"func": "farthest", "args": [[{"name": "Köln", "at": {"x": -3, "y": 4}}]], "result": {"name": "Köln", "at": {"x": -3, "y": 5}}}`, "result.at.y: want 5, got 4"},
		{shapes, `{"func": "farthest", "args": [[]], "error": "there is no place"}`, ""},
		{shapes, `{"func": "farthest", "args": [[]], "error": "no place"}`, `error: want "no place", got "there is no place"`},
		{shapes, `{"func": "farthest", "args": [[{"name": "Köln", "at": {"x": -3}}]], "error": ""}`, `cases[0].args[0][0].at: the field "y" is missing`},
		{shapes, `{"func": "farthest", "args": [[{"name": "Köln", "z": 1}]], "error": ""}`, `cases[0].args[0][0]: no field "z": there are ["name" "at"]`},
		{shapes, `{"func": "area", "args": [{"nothing": null}], "result": 0}`, ""},
		{shapes, `{"func": "area", "args": [{"nothing": null}], "result": -0.0}`, ""},
		{shapes, `{"func": "area", "args": [{"nothing": 1}], "result": 0}`, "cases[0].args[0].nothing: want null"},
		{shapes, `{"func": "area", "args": [{"square": 1}], "result": 0}`, `cases[0].args[0]: want an object with one of ["nothing" "circle" "polygon"] as its one field`},
		{shapes, `{"func": "area", "args": [{"nothing": null, "circle": 1}], "result": 0}`, "as its one field"},
		{shapes, `{"func": "area", "args": ["nothing"], "result": 0}`, "as its one field"},
		{shapes, `{"func": "area", "args": [{"circle": "nan"}], "error": "not-a-length"}`, ""},
		{shapes, `{"func": "area", "args": [{"circle": "nan"}], "error": "too-few-corners"}`, `error: want "too-few-corners", got "not-a-length"`},
		{shapes, `{"func": "area", "args": [{"circle": "nan"}], "error": "something"}`, `cases[0].error: want one of ["not-a-length" "too-few-corners"]`},
		{shapes, `{"func": "area", "args": [{"circle": "inf"}], "result": "inf"}`, ""},
		{shapes, `{"func": "area", "args": [{"circle": "inf"}], "result": "nan"}`, `result: want "nan", got "inf"`},
		{shapes, `{"func": "area", "args": [{"circle": 1}], "error": "not-a-length"}`, `want error "not-a-length", got result 3.141592653589793`},
		{shapes, `{"func": "area", "args": [{"circle": -1}], "result": 1}`, `want result 1, got error "not-a-length"`},
		{shapes, `{"func": "area", "args": [{"circle": 1}], "fault": "trap"}`, "want a fault of kind trap, got"},
		{shapes, `{"func": "row-sums", "args": [[[1, 2], []]], "result": [3, 0]}`, ""},
		{shapes, `{"func": "row-sums", "args": [[[1, 2], []]], "result": [3, 1]}`, "result[1]: want 1, got 0"},
		{shapes, `{"func": "row-sums", "args": [[[1, 2], []]], "result": [3]}`, "result: want 1 items, got 2 items"},
		{shapes, `{"func": "row-sums", "args": [[[1, 2147483648], []]], "result": [3]}`, "cases[0].args[0][0][1]: want a number of type s32, found 2147483648"},
		{shapes, `{"func": "row-sums", "args": [[[1, 0.5], []]], "result": [3]}`, "want a number of type s32, found 0.5"},
		{shapes, `{"func": "row-sums", "args": [3], "result": [3]}`, "cases[0].args[0]: want an array, found 3"},
		{shapes, `{"func": "row-sums", "args": [[]], "error": []}`, "cases[0].error: tenon:guests/shapes@1.0.0#row-sums has no error"},
		{shapes, `{"func": "volume", "args": [[]], "result": []}`, "golden case 0: volume: want a function of that name, got"},
		{shapes, `{"func": "join", "args": [[]], "result": ""}`, "cases[0].args: 1 arguments, tenon:guests/shapes@1.0.0#join takes 2"},
		{numbers, fmt.Sprintf(`{"func": "collect", "args": [%s 7], "result": %s}`, all, fmt.Sprintf(record, "7")), ""},
		{numbers, fmt.Sprintf(`{"func": "collect", "args": [%s null], "result": %s}`, all, fmt.Sprintf(record, "7")), "result.maybe: want 7, got null"},
		{numbers, fmt.Sprintf(`{"func": "collect", "args": [%s 65536], "result": %s}`, all, fmt.Sprintf(record, "7")), "args[14]: want a number of type u16, found 65536"},
		{numbers, fmt.Sprintf(`{"func": "collect", "args": [%s "7"], "result": null}`, all), "args[14]: want a number of type u16"},
		{numbers, `{"func": "collect", "args": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "ab", "", [], null], "result": null}`, "args[0]: want true or false, found 1"},
		{numbers, `{"func": "collect", "args": [true, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "ab", "", [], null], "result": null}`, "args[11]: want a string of one character"},
		{numbers, `{"func": "bits", "args": [1.5], "result": 1069547520}`, ""},
		{numbers, `{"func": "bits", "args": [-0.0], "result": 2147483648}`, ""},
		{numbers, `{"func": "bits", "args": [1e39], "result": 0}`, "want a number of type f32"},
		{numbers, `{"func": "calls", "args": [], "result": 0}, {"func": "calls", "args": [], "result": 1}`, ""}, // one instance
	} {
		_, err := golden.Run(t.Context(), c.kernel, one("tenon:guests@1.0.0", c.text), golden.Options{})
		if c.fails == "" && err != nil || c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
			t.Errorf("%s:\n%v\nwant %s", c.text, err, c.fails)
		}
	}
}

// A file may say how far floats may be from what it has.
func TestTolerance(t *testing.T) {
	k := load(t, "../../kernels/guests/c/c.wasm")
	for tolerance, passes := range map[string]bool{"0": false, "0.01": true, "0.0001": false} {
		file := fmt.Sprintf(`{"format": 1, "contract": "tenon:guests", "tolerance": %s, "cases": [
			{"func": "area", "args": [{"circle": 1}], "result": 3.14}, {"func": "area", "args": [{"circle": "inf"}], "result": "inf"}]}`, tolerance)
		if _, err := golden.Run(t.Context(), k, []byte(file), golden.Options{}); (err == nil) != passes {
			t.Errorf("%s: %v", tolerance, err)
		}
	}
}

// After a fault that a case wants, the next case has an instance that works.
func TestAfterAFaultThereIsAnotherInstance(t *testing.T) {
	fail := `{"func": "fail", "args": ["a"], "fault": "trap", "message": "a"}`
	add := `{"func": "add", "args": [1, 2], "result": 3}`
	k := load(t, "../internal/fixture/scalar/scalar.wasm")
	if report, err := golden.Run(t.Context(), k, one("tenon:scalar@1.0.0", fail, add, fail, fail, add), golden.Options{}); err != nil || report.Ran != 5 {
		t.Fatal(report, err)
	}
	for text, want := range map[string]string{
		`{"func": "fail", "args": ["a"], "fault": "trap", "message": "another"}`: `want a fault of kind trap with "another", got`,
		`{"func": "fail", "args": ["a"], "fault": "fuel"}`:                       "want a fault of kind fuel, got",
		`{"func": "fail", "args": ["a"], "result": null}`:                        "want result null, got",
	} {
		if _, err := golden.Run(t.Context(), k, one("tenon:scalar@1.0.0", text), golden.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A file is somebody else's.
func TestMalformedFiles(t *testing.T) {
	k := load(t, "../internal/fixture/scalar/scalar.wasm")
	const contract = "tenon:scalar@1.0.0"
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":         {nil, "unexpected end of JSON input"},
		"no object":       {[]byte("[]"), "cannot unmarshal array"},
		"no UTF-8":        {[]byte("\"\xff\""), "not UTF-8"},
		"newer":           {[]byte(`{"format": 2, "suites": []}`), "format: format 2, this program reads 1"},
		"no format":       {[]byte(`{"contract": "tenon:scalar", "cases": []}`), "format 0"},
		"more":            {append(one(contract), '1'), "after top-level value"},
		"unknown":         {[]byte(`{"format": 1, "contract": "tenon:scalar", "case": []}`), `unknown field "case"`},
		"other contract":  {one("tenon:redact@1.0.0"), `contract: the cases are of "tenon:redact@1.0.0", the kernel serves tenon:scalar`},
		"too large":       {bytes.Repeat([]byte(" "), golden.MaxSize+1), "16777217 bytes, more than"},
		"too many":        {one(contract, strings.Repeat("{},", golden.MaxCases)+"{}"), "cases: 10001, more than the 10000 that are run"},
		"large case":      {one(contract, `{"func": "`+strings.Repeat("x", golden.MaxCaseSize)+`"}`), "cases[0]: 1048588 bytes, more than"},
		"tolerance":       {[]byte(`{"format": 1, "contract": "tenon:scalar", "tolerance": -1, "cases": []}`), "tolerance: less than 0"},
		"no func":         {one(contract, `{"args": [], "result": 1}`), `cases[0]: no "func"`},
		"no outcome":      {one(contract, `{"func": "add", "args": [1, 2]}`), `cases[0]: 0 of "result", "error" and "fault"`},
		"two outcomes":    {one(contract, `{"func": "add", "args": [1, 2], "result": 3, "fault": "trap"}`), `cases[0]: 2 of`},
		"message alone":   {one(contract, `{"func": "add", "args": [1, 2], "result": 3, "message": "m"}`), `"message" without "fault"`},
		"word in a case":  {one(contract, `{"func": "add", "args": [1, 2], "results": 3}`), `cases[0]: unknown field "results"`},
		"arguments":       {one(contract, `{"func": "add", "args": {"a": 1}, "result": 3}`), "cases[0]: "},
		"deep":            {one(contract, `{"func": "add", "args": [`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+`], "result": 3}`), "exceeded max depth"},
		"deep, but legal": {one(contract, `{"func": "sum", "args": [`+strings.Repeat("[", 5_000)+strings.Repeat("]", 5_000)+`], "result": 3}`), "cases[0].args[0][0]: want a number of type u32"},
	} {
		_, err := golden.Run(t.Context(), k, c.file, golden.Options{})
		if _, ok := errors.AsType[*golden.MalformedError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("%s: a message of %d bytes", name, len(err.Error()))
		}
	}
}

func TestResourcesHaveNoJSON(t *testing.T) {
	k := load(t, "../kernels/topk/topk-1.0.0.wasm")
	for _, text := range []string{
		`{"func": "[constructor]int8-index", "args": [[1], 1, "dot"], "result": 1}`,
		`{"func": "[method]int8-index.search", "args": [1, [1], 1], "result": []}`,
	} {
		_, err := golden.Run(t.Context(), k, one("tenon:topk@1.0.0", text), golden.Options{})
		if _, ok := errors.AsType[*golden.MalformedError](err); !ok || !strings.Contains(err.Error(), "cases[0]") || !strings.Contains(err.Error(), "resource") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Neither the end of the caller's context nor that of the cases' own time says what the kernel answers.
func TestTimeIsBounded(t *testing.T) {
	k := load(t, "../internal/fixture/scalar/scalar.wasm")
	file := one("tenon:scalar@1.0.0", `{"func": "add", "args": [1, 2], "result": 3}`)
	_, err := golden.Run(t.Context(), k, file, golden.Options{Timeout: time.Nanosecond})
	if _, failed := errors.AsType[*golden.FailedError](err); failed || tenon.KindOf(err) != tenon.KindDeadline || !strings.Contains(err.Error(), "want all 1 cases done in 1ns") {
		t.Errorf("%v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := golden.Run(ended, k, file, golden.Options{}); !errors.Is(err, tenon.ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// A call that runs out of its time says nothing about the answer either, but to a case that wants just that.
func TestTheTimeOfACallIsBounded(t *testing.T) {
	k := load(t, "../internal/fixture/loops/loops.wasm")
	for end, passes := range map[string]bool{`"result": 1`: false, `"fault": "trap"`: false, `"fault": "deadline"`: true} {
		file := one("tenon:loops@1.0.0", `{"func": "sha256", "args": [4000000000], `+end+`}`)
		_, err := golden.Run(t.Context(), k, file, golden.Options{Limits: tenon.CallLimits{Deadline: 10 * time.Millisecond}})
		_, failed := errors.AsType[*golden.FailedError](err)
		if failed || passes != (err == nil) || !passes && !errors.Is(err, tenon.ErrDeadline) {
			t.Errorf("%s: %v", end, err)
		}
	}
}

// BenchmarkRun holds a kernel against all golden cases of its contract, in an instance that is made for it.
func BenchmarkRun(b *testing.B) {
	k := load(b, "../kernels/redact/redact-1.0.0.wasm")
	cases := read(b, vectors+"redact.json")
	for b.Loop() {
		if _, err := golden.Run(b.Context(), k, cases, golden.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleRun() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	k, err := rt.LoadFile(ctx, "../internal/fixture/scalar/scalar.wasm")
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := golden.Run(ctx, k, []byte(`{"format": 1, "contract": "tenon:scalar@1.0.0", "cases": [
		{"func": "add", "args": [2, 3], "result": 5},
		{"func": "sum", "args": [[1, 2, 3]], "result": 7}
	]}`), golden.Options{})
	fmt.Println(report.Ran, err)
	// Output: 1 golden case 1: sum: result: want 7, got 6
}
