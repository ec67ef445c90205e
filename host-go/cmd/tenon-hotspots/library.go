package main

import (
	"go/types"
	"slices"
	"strings"
)

// outside are the packages of the standard library whose calls reach out of a function, with what they reach.
var outside = map[string]string{
	"os": "the operating system", "os/exec": "the operating system", "os/signal": "the operating system", "os/user": "the operating system",
	"syscall": "the operating system", "io/fs": "files", "io/ioutil": "files", "embed": "files", "plugin": "the process",
	"net": "the network", "net/http": "the network", "net/rpc": "the network", "net/smtp": "the network", "crypto/tls": "the network",
	"database/sql": "a database", "log": "the log", "log/slog": "the log", "log/syslog": "the log", "expvar": "the process",
	"math/rand": "random numbers", "math/rand/v2": "random numbers", "crypto/rand": "random numbers",
	"runtime": "Go's runtime", "runtime/debug": "Go's runtime", "runtime/pprof": "Go's runtime", "runtime/metrics": "Go's runtime",
	"unsafe": "memory behind Go's back",
}

// outsideFunctions are the functions that reach out, of packages that do not otherwise.
var outsideFunctions = map[string]struct{ names, what string }{
	"time":          {"Now Since Until Sleep After AfterFunc Tick NewTimer NewTicker", "the clock"},
	"fmt":           {"Print Printf Println Fprint Fprintf Fprintln Scan Scanf Scanln Fscan Fscanf Fscanln", "a stream"},
	"path/filepath": {"Abs EvalSymlinks Glob Walk WalkDir", "files"},
	"html/template": {"ParseFiles ParseGlob ParseFS", "files"},
	"text/template": {"ParseFiles ParseGlob ParseFS", "files"},
	"context":       {"WithTimeout WithDeadline WithTimeoutCause WithDeadlineCause AfterFunc", "the clock"},
	"hash/maphash":  {"MakeSeed", "random numbers"},
}

// reaches tells what a call of the standard library reaches outside of the function; "" is nothing.
func reaches(f *types.Func) string {
	pkg := f.Pkg().Path()
	if what := outside[pkg]; what != "" && !drawsOnItsOwn(f) {
		return what
	}
	if some, ok := outsideFunctions[pkg]; ok && f.Signature().Recv() == nil && slices.Contains(strings.Fields(some.names), f.Name()) {
		return some.what
	}
	return ""
}

// drawsOnItsOwn tells the methods of a generator with a seed of its own, which gives the same numbers each time.
func drawsOnItsOwn(f *types.Func) bool {
	return strings.HasPrefix(f.Pkg().Path(), "math/rand") && f.Signature().Recv() != nil
}

// isLock tells what goroutines share state by.
func isLock(pkg string) bool { return pkg == "sync" || pkg == "sync/atomic" }

// quiet are the interfaces whose methods are taken to be pure, or the host's matter.
func quiet(f *types.Func) bool {
	if f.Pkg() == nil {
		return true // error.Error
	}
	switch f.Pkg().Path() {
	case "context", "hash", "sort", "fmt", "strings", "bytes", "encoding", "reflect", "crypto/cipher", "image", "image/color", "image/draw":
		return true
	}
	return false
}

// An affinity is what has been measured of kernels for work that Go does in a package of its standard library.
type affinity struct {
	wins bool
	what string
}

var affinities = map[string]affinity{
	"regexp":        {true, "Rust's crate regex has a quicker algorithm (kernels redact and useragent)"},
	"encoding/json": {true, "a few values out of JSON are quicker (kernel jsonpick); a whole document into structs is not"},
	"image/draw":    {true, "resizing is quicker by SIMD (kernel thumbnail)"},
	"image/jpeg":    {true, "a JPEG that is made small need not be decoded whole (kernel thumbnail)"},
	"unicode/utf8":  {false, "checking UTF-8 loses in a kernel: Go's is quicker (kernel utf8check shows it)"},
	"hash":          {false, "hashing loses in a kernel: Go's has assembly"},
	"crypto":        {false, "hashing and ciphers lose in a kernel: Go's have assembly"},
	"compress":      {false, "compression loses in a kernel: a port of good Go code is slower there"},
	"encoding/csv":  {false, "splitting CSV loses in a kernel: a port of good Go code is slower there"},
	"encoding/hex":  {false, "hex is memory-bound: copying in and out costs more than it saves"},
	"sort":          {false, "sorting is a port of good Go code, which is slower in a kernel"},
	"slices":        {false, "sorting and searching slices is a port of good Go code, which is slower in a kernel"},
}

// affinityOf looks a package up, then the folders that it lies in.
func affinityOf(pkg string) (affinity, bool) {
	for {
		if a, ok := affinities[pkg]; ok {
			return a, true
		}
		slash := strings.LastIndexByte(pkg, '/')
		if slash < 0 {
			return affinity{}, false
		}
		pkg = pkg[:slash]
	}
}
