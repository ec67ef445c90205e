package kernels_test

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// lazy are the kernels that build something on their first call: the function that does, and what of a line of the bundled
// access log it is asked.
var lazy = map[string]struct {
	plain  []byte
	export string
	cut    func(line string) string
}{
	"redact": {redact.Component(), "redact", func(line string) string { return line }},
	"useragent": {useragent.Component(), "parse", func(line string) string {
		head := strings.TrimSuffix(line, `"`)
		return head[strings.LastIndexByte(head, '"')+1:]
	}},
}

// preinitialised reads the build of a kernel that `tenon build --preinit` made. None is committed: useragent's has 20 MB.
func preinitialised(t testing.TB, name string) []byte {
	folder := os.Getenv("TENON_PREINIT")
	if folder == "" {
		t.Skip("TENON_PREINIT is not set: it names the folder of NAME.wasm, which `cargo xtask test preinit` makes")
	}
	component, err := os.ReadFile(filepath.Join(folder, name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return component
}

// texts are the lines of the bundled access log as a kernel is asked them.
func texts(t testing.TB, cut func(string) string) []string {
	log, err := os.ReadFile(filepath.Join("..", "examples", "accesslog", "data", "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for line := range strings.Lines(string(log)) {
		texts = append(texts, cut(strings.TrimSuffix(line, "\n")))
	}
	return texts
}

// goldenTexts are the texts that the golden cases of a kernel ask, in whatever function.
func goldenTexts(t testing.TB, name string) (texts []string) {
	content, err := os.ReadFile(filepath.Join("..", "..", "wit", "vectors", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []struct{ Args any } }
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(value any) {
		switch value := value.(type) {
		case string:
			texts = append(texts, value)
		case []any:
			for _, item := range value {
				walk(item)
			}
		}
	}
	for _, c := range file.Cases {
		walk(c.Args)
	}
	return texts
}

// TestPreinitialisedBuildsAnswerAlike asks both builds of a kernel the golden cases and the real input, each in one instance.
func TestPreinitialisedBuildsAnswerAlike(t *testing.T) {
	ctx := t.Context()
	for name, kernel := range lazy {
		t.Run(name, func(t *testing.T) {
			built := preinitialised(t, name)
			rt, err := tenon.New(ctx, tenon.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer rt.Close(ctx)
			open := func(component []byte, preinitialised bool) *tenon.Instance {
				k, err := rt.Load(ctx, name, component)
				if err != nil {
					t.Fatal(err)
				}
				if k.Metadata().Preinit != preinitialised {
					t.Errorf("the metadata of the build say %v", !preinitialised)
				}
				inst, err := k.OpenWith(ctx, tenon.OpenOptions{Cold: true}) // in the state that its build gave it
				if err != nil {
					t.Fatal(err)
				}
				return inst
			}
			plain, ready := open(kernel.plain, false), open(built, true)
			golden := goldenTexts(t, name)
			if len(golden) < 10 {
				t.Errorf("only %d golden texts", len(golden))
			}
			for _, text := range append(golden, texts(t, kernel.cut)...) {
				want, err := plain.Call(ctx, kernel.export, tenon.Value{Text: text})
				if err != nil {
					t.Fatalf("%q: %v", text, err)
				}
				got, err := ready.Call(ctx, kernel.export, tenon.Value{Text: text})
				if err != nil || !got.Equal(want) {
					t.Fatalf("%q:\npre-initialised %v, %v\nplain           %v", text, got, err, want)
				}
			}
		})
	}
}

// BenchmarkBuilds holds both builds of a kernel against each other: a load, with nothing in the cache and from the cache, until
// an instance is warm; a further instance; its first call.
//
//	tenon build kernels/useragent --preinit -o DIR/useragent.wasm; tenon build kernels/redact --preinit -o DIR/redact.wasm
//	TENON_PREINIT=DIR go test ./kernels -run '^$' -bench Builds -benchtime 10x
func BenchmarkBuilds(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(lazy)) {
		kernel := lazy[name]
		texts := texts(b, kernel.cut)
		ready := preinitialised(b, name)
		for build, component := range map[string][]byte{"plain": kernel.plain, "preinitialised": ready} {
			with := builds{name, kernel.export, component, texts}
			b.Run("kernel="+name+"/build="+build+"/of=cold-load", func(b *testing.B) { with.load(b, false) })
			b.Run("kernel="+name+"/build="+build+"/of=cached-load", func(b *testing.B) { with.load(b, true) })
			b.Run("kernel="+name+"/build="+build+"/of=further-instance", func(b *testing.B) { with.further(b, 0) })
			b.Run("kernel="+name+"/build="+build+"/of=first-call", func(b *testing.B) { with.further(b, 1) })
			b.Run("kernel="+name+"/build="+build+"/of=first-1000-calls", func(b *testing.B) { with.further(b, 1000) })
		}
	}
}

// builds are what the parts of the benchmark ask a build.
type builds struct {
	name, export string
	component    []byte
	texts        []string
}

// load loads the component until the first instance is warm. Each time is a process's first, but for the machine's caches.
func (o builds) load(b *testing.B, cached bool) {
	ctx := b.Context()
	dir := filepath.Join(b.TempDir(), "cache")
	once := func() time.Duration {
		if !cached {
			dir = filepath.Join(b.TempDir(), "cache")
		}
		rt, err := tenon.New(ctx, tenon.Config{CacheDir: dir})
		if err != nil {
			b.Fatal(err)
		}
		defer rt.Close(ctx)
		began := time.Now()
		k, err := rt.Load(ctx, o.name, o.component)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := k.Open(ctx); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	once()
	o.quickest(b, once)
}

// further makes a further instance, as a slot with a template does, or so many of the calls that it answers first.
func (o builds) further(b *testing.B, calls int) {
	ctx := b.Context()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close(ctx)
	k, err := rt.Load(ctx, o.name, o.component)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := tenon.NewSlot(ctx, rt, o.name, k.Contract(), tenon.SlotConfig[any]{Kernel: k}); err != nil {
		b.Fatal(err)
	}
	before, at := rt.Stats().Memory, 0
	o.quickest(b, func() time.Duration {
		began := time.Now()
		inst, err := k.Open(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if calls > 0 {
			began = time.Now()
		}
		for range calls {
			if _, err := inst.Call(ctx, o.export, tenon.Value{Text: o.texts[at%len(o.texts)]}); err != nil {
				b.Fatal(err)
			}
			at += 7
		}
		took := time.Since(began)
		b.ReportMetric(float64(rt.Stats().Memory-before)/1e6, "MB/instance")
		inst.Close(ctx)
		return took
	})
}

// quickest reports the quickest of b.N: what disturbs a machine only adds.
func (o builds) quickest(b *testing.B, once func() time.Duration) {
	least := time.Duration(math.MaxInt64)
	b.ResetTimer()
	for range b.N {
		least = min(least, once())
	}
	b.ReportMetric(least.Seconds()*1e3, "quickest-ms")
}
