package tenon

import "log/slog"

// Config says how a runtime works. The zero value works.
type Config struct {
	// CacheDir is a folder for plans and compiled code, so that a kernel that was loaded before loads in
	// milliseconds. It is made if it is missing and must be the process's own: what lies in it is run. "": no
	// cache on disk.
	CacheDir string
	// CacheLimit bounds what the runtime's files in CacheDir take together, in bytes; what was least recently used
	// goes first. Of several processes that share a folder the smallest limit holds. 0: 1 GiB. Negative: no bound.
	CacheLimit int64
	// Logger is told of faults and swaps. nil: nobody is.
	Logger *slog.Logger
	// Observer is told of events as they happen. nil: nobody is.
	Observer Observer
	// MemoryLimit bounds the linear memory of one instance, in bytes, rounded down to 64 KiB pages. 0: 256 MiB.
	MemoryLimit uint64
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
	if c.AnswerLimit <= 0 {
		c.AnswerLimit = 256 << 20
	}
	return c
}
