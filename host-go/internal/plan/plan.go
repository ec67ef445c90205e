// Package plan is the plan as data: the flat list of steps that instantiates a component on a core-Wasm
// engine, and the types, functions and exports that its callers need.
//
// A plan is written by the transpiler (host-rust/transpile) and read by [Decode], which checks every index,
// size and layout: whatever bytes it is given, the answer is a sound plan or a typed error. Code that holds a
// *Plan may therefore index without checking again. A decoded plan is read-only and may be shared.
package plan

import "encoding/json"

// Format is the version of the container that this package reads. Plans are cache entries: another format
// is [ErrFormat], which a cache treats as a miss.
const Format = 4

// Magic opens every container.
const Magic = "TENONPLN"

// Plan is one transpiled component.
type Plan struct {
	Format      int             `json:"format"`
	Tool        string          `json:"tool"`
	Component   Component       `json:"component"`
	Metadata    json.RawMessage `json:"metadata"` // custom section tenon:kernel, nil if there is none
	Contract    *Contract       `json:"contract"`
	Modules     []Module        `json:"modules"`
	Instances   int             `json:"instances"` // number of component instances
	Types       []Type          `json:"types"`
	Funcs       []Func          `json:"funcs"`
	Exports     []Export        `json:"exports"`
	Imports     []Import        `json:"imports"`
	ImportFuncs []ImportFunc    `json:"import_funcs"`
	ImportText  string          `json:"import_text"` // canonical text of what is imported outside of any interface
	Steps       []Step          `json:"steps"`
	Trampolines []Trampoline    `json:"trampolines"`
	Resources   []Resource      `json:"resources"`
	Tables      []Table         `json:"tables"`
	Slots       Slots           `json:"slots"`
	Gate        *Gate           `json:"gate"`
	Panic       *Panic          `json:"panic"`
	Clone       Clone           `json:"clone"`
	Features    []string        `json:"features"`
}

// Component names the bytes that the plan was made from.
type Component struct {
	Digest string `json:"digest"` // SHA-256, lower-case hex
	Size   int    `json:"size"`   // bytes
}

// Contract is the identity of the interfaces that the component exports.
type Contract struct {
	Package    string   `json:"package"`
	Version    string   `json:"version"`
	Interfaces []string `json:"interfaces"`
	Hash       string   `json:"hash"` // SHA-256 of Text, lower-case hex
	Text       string   `json:"text"` // canonical text, without docs
}

// Module is one core module. Code is a view of the container.
type Module struct {
	Size    int    `json:"size"`
	Digest  string `json:"digest"`
	Adapter bool   `json:"adapter"` // generated glue between nested components
	Code    []byte `json:"-"`
}

// Slots counts the numbered places that steps fill and functions refer to.
type Slots struct {
	Memories    int `json:"memories"`
	Reallocs    int `json:"reallocs"`
	PostReturns int `json:"post_returns"`
}

// Gate locates the counters by which a host stops the core modules. They are exported mutable globals of one core
// instance, which all others share. A plan without a Gate has modules that nothing stops.
//
// The modules of a plan with a Gate import from module "g" what they need of
//
//	"tap"      (i64) -> i64   the countdown, now below zero -> the next countdown
//	"stack"    () -> ()       traps: calls nest too deep
//	"refused"  () -> ()       notes that a memory or table was refused to grow within its maximum
type Gate struct {
	Instance  int    `json:"instance"`
	Countdown string `json:"countdown"` // export, an i64: units of work until the next tap; 0 at first
	Stack     string `json:"stack"`     // export, an i32: bytes of stack that are left for calls that can recurse
}

// Panic locates the buffer in which the kernel SDK leaves a panic's message: a little-endian u32 length,
// then that many bytes of text.
type Panic struct {
	Instance int    `json:"instance"`
	Memory   string `json:"memory"` // export of the instance
	Address  uint32 `json:"address"`
	Size     uint32 `json:"size"` // bytes, the length prefix included
}

// Clone says whether an instance's state can be copied into another one, and what that state is.
type Clone struct {
	Safe     bool           `json:"safe"`
	Reason   string         `json:"reason"` // why not, when Safe is false
	Globals  []CloneGlobals `json:"globals"`
	Memories []CloneMemory  `json:"memories"`
}

// CloneGlobals lists the exports under which one core instance shows its mutable globals.
type CloneGlobals struct {
	Instance int      `json:"instance"`
	Exports  []string `json:"exports"`
}

// CloneMemory is one linear memory.
type CloneMemory struct {
	Instance int    `json:"instance"`
	Export   string `json:"export"`
}
