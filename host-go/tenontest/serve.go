// Package tenontest is the kit that a kernel's Go package is tested and measured with: kernels in slots, golden cases, and
// benchmarks in the form that `tenon bench` reads. [Inject] puts faults into a slot's calls, to rehearse what a service does then.
//
//	func TestMain(m *testing.M) { tenontest.Main(m) }
//
//	func kernel(t testing.TB) redact.Redactor {
//		return tenontest.Client(t, redact.Contract, redact.Component(), redact.New)
//	}
package tenontest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"reflect"
	"sync"
	"testing"
	"time"
	"unsafe"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// patience is how long a call may run, and wait for an instance: enough where other tests keep the machine busy, and still an
// end to what has none.
const patience = time.Minute

// shared is the runtime that Main opened.
var shared *tenon.Runtime

// loaded are the kernels of the runtime by the digests of their components: each is compiled once for all tests of a package.
var loaded struct {
	sync.Mutex
	kernels map[[sha256.Size]byte]*tenon.Kernel
}

// opened are the clients that Client made.
var opened struct {
	sync.Mutex
	clients map[client]any
}

// client is what a client is known by: its component, which lies in one place, and its type.
type client struct {
	component *byte
	kind      reflect.Type
}

// load gives the kernel of a component; the name is that of the first who asks.
func load(ctx context.Context, name string, component []byte) (*tenon.Kernel, error) {
	loaded.Lock()
	defer loaded.Unlock()
	digest := sha256.Sum256(component)
	if kernel := loaded.kernels[digest]; kernel != nil {
		return kernel, nil
	}
	kernel, err := shared.Load(ctx, name, component)
	if err != nil {
		return nil, err
	}
	if loaded.kernels == nil {
		loaded.kernels = map[[sha256.Size]byte]*tenon.Kernel{}
	}
	loaded.kernels[digest] = kernel
	return kernel, nil
}

// Main runs a package's tests beside one runtime, which the other functions load into, and ends the process. It is the last
// call of TestMain.
func Main(m *testing.M) {
	ctx := context.Background()
	var err error
	if shared, err = tenon.New(ctx, tenon.Config{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := shared.Close(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// Kernel loads a component, once for all tests of a package: nobody closes the kernel but the runtime. A test whose component is
// refused fails at once.
func Kernel(t testing.TB, component []byte) *tenon.Kernel {
	t.Helper()
	kernel, err := load(context.Background(), t.Name(), component)
	if err != nil {
		t.Fatal(err)
	}
	return kernel
}

// Slot serves the kernel without a baseline, so that what it answers is the kernel's own. A call may take a minute: a test of
// answers fails on no busy machine.
func Slot[B any](t testing.TB, contract tenon.Contract, kernel *tenon.Kernel) *tenon.Slot[B] {
	t.Helper()
	slot, err := tenon.NewSlot(context.Background(), shared, t.Name(), contract, config[B](kernel))
	if err != nil {
		t.Fatal(err)
	}
	return slot
}

// Client gives the client of a component in a [Slot], the same to all tests of a package. open is New of the kernel's package.
// The component's bytes are known by where they lie: give those that the package embeds.
func Client[B, C any](t testing.TB, contract tenon.Contract, component []byte, open func(*tenon.Slot[B]) C) C {
	t.Helper()
	opened.Lock()
	defer opened.Unlock()
	key := client{unsafe.SliceData(component), reflect.TypeFor[C]()}
	if c, ok := opened.clients[key].(C); ok {
		return c
	}
	c := open(Slot[B](t, contract, Kernel(t, component)))
	if opened.clients == nil {
		opened.clients = map[client]any{}
	}
	opened.clients[key] = c
	return c
}

// Open is [Kernel] and [Slot] for examples, which have no t. The caller closes the slot.
func Open[B any](ctx context.Context, contract tenon.Contract, component []byte) (*tenon.Slot[B], error) {
	kernel, err := load(ctx, contract.Package, component)
	if err != nil {
		return nil, err
	}
	return tenon.NewSlot(ctx, shared, "example", contract, config[B](kernel))
}

func config[B any](kernel *tenon.Kernel) tenon.SlotConfig[B] {
	return tenon.SlotConfig[B]{Kernel: kernel, Deadline: patience, MaxWait: patience}
}
