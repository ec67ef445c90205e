package tenon

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// Config says how a runtime works. The zero value works.
type Config struct {
	// CacheDir is a folder for plans and compiled code, so that a kernel that was loaded before loads in
	// milliseconds. It is made if it is missing and must be the process's own: what lies in it is run. Where nothing can be
	// written, on a read-only root for one, plans that are there are used, nothing else is kept, and the log says so. "": no
	// cache on disk.
	CacheDir string
	// CacheLimit bounds what the runtime's files in CacheDir take together, in bytes; what was least recently used
	// goes first. Of several processes that share a folder the smallest limit holds. 0: 1 GiB. Negative: no bound.
	CacheLimit int64
	// Logger is told of faults and swaps, and of what the machine lacks. nil: nobody is.
	Logger *slog.Logger
	// Observer is told of events as they happen. nil: nobody is.
	Observer Observer
	// MemoryLimit bounds the linear memory of one instance, in bytes, rounded down to 64 KiB pages. 0: 256 MiB. See
	// also [SlotConfig.MaxMemory].
	MemoryLimit uint64
	// TotalMemory bounds the linear memory of all instances of the runtime together, in bytes. A kernel is refused
	// what would go beyond, and an instance for which there is no room is not made: calls wait for another one to come
	// free, and are then faults of kind overloaded. Not counted are the copy of a kernel's first memory that its instances
	// begin with, and what a memory has in reserve to grow into, as much again at most. 0: 4 GiB.
	TotalMemory uint64
	// StartTimeout is how long a kernel may run before it serves: the start functions of each instance, those that a call
	// waits for included, and the warm-up calls that its metadata name, together. 0: 30 seconds; negative: as long as
	// the context allows.
	StartTimeout time.Duration
	// AnswerLimit bounds the memory that the host allocates for what a kernel hands over at once, in bytes: the
	// answer of one call, or the arguments of one call of the host; also the random bytes of one call of the WASI
	// stub. 0: 256 MiB.
	AnswerLimit int64
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.CacheLimit == 0 {
		c.CacheLimit = 1 << 30
	}
	if c.MemoryLimit == 0 {
		c.MemoryLimit = 256 << 20
	}
	if c.TotalMemory == 0 {
		c.TotalMemory = 4 << 30
	}
	if c.AnswerLimit <= 0 {
		c.AnswerLimit = 256 << 20
	}
	return c
}

// page is the unit of linear memory, in bytes.
const page = 64 << 10

// check is the fault of values that cannot be meant.
func (c Config) check() *Fault {
	if c.TotalMemory > 0 && c.TotalMemory < page {
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf(
			"Config.TotalMemory is %d bytes, less than the %d of one page: give it in bytes, as 1<<30", c.TotalMemory, page)}
	}
	return checkTime("Config.StartTimeout", c.StartTimeout)
}

// start is what bounds a kernel before it serves.
func (c Config) start() engine.Limits { return within(c.StartTimeout, startTimeout, 0) }
