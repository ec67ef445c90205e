package plan

import "slices"

// Entry is a function that the transpiler has added to a core module, with which a call takes one crossing where strings
// and lists of numbers are short: it allocates, stores, calls, loads and runs post-return in WebAssembly.
//
// Its parameters are an i32, the mode; then those of [Func.Core]; then [Entry.Words] times an i64 for each staged
// parameter. With [EntryStaged] the words hold the bytes of the staged parameters, and their addresses are ignored. With
// [EntryWritten] the host has allocated and written them, and the words are ignored.
//
// Words hold n bytes like this: from 8 bytes on word k is the little endian of the bytes from 8k, for each k with
// 8k+8 <= n; and if a rest remains, the next word is that of the last 8 bytes. From 4 bytes on the low half of word 0 is the
// little endian of the first 4 bytes, the high half that of the last 4. Fewer bytes are the low bytes of word 0, and the
// others are 0. All other words mean nothing.
//
// The results are three i32: the status, an address and a length; then what Answer tells. [Entry.Core] has it all as
// a signature.
type Entry struct {
	Instance int    `json:"instance"` // core instance
	Export   string `json:"export"`
	Staged   []int  `json:"staged"` // parameters: all that are a string or a list of numbers; no other needs memory
	Words    int    `json:"words"`  // EntryWords
	Answer   Answer `json:"answer"`
}

// EntryWords is how many i64 a staged parameter takes, and a [Text] answer: what is longer than 64 bytes goes the long way.
const EntryWords = 8

// maxStaged is the most parameters that are staged, maxEntryName the most bytes of an entry's name.
const (
	maxStaged    = 2
	maxEntryName = 64
)

// The modes of an entry.
const (
	EntryWritten = 0 // the host has written the staged parameters to memory
	EntryStaged  = 1 // they are in the words
)

// What an entry can say of a call.
const (
	EntryDone  = 0 // with a Text answer address and length, in elements, are those of the answer
	EntryLift  = 1 // a Text answer does not fit or is not sound: address is what the function returned, the host goes on from there
	EntryAlloc = 2 // the allocator gave address, which is not aligned or has less than length bytes behind it; nothing ran since
)

// Answer says what an [Entry] gives back behind status, address and length.
type Answer string

// The answers.
const (
	// Flat is the results of [Func.Core]. Where they are the result itself, post-return was run; where they are its
	// address, the host lifts and then runs post-return.
	Flat Answer = "flat"
	// Text is EntryWords times an i64 with the bytes of a string or a list of numbers. Post-return was run.
	Text Answer = "text"
)

// Core is the signature of the entry of a function with the given one.
func (e *Entry) Core(of CoreSig) CoreSig {
	words := slices.Repeat([]CoreType{I64}, EntryWords)
	sig := CoreSig{
		Params:  append([]CoreType{I32}, of.Params...),
		Results: []CoreType{I32, I32, I32},
	}
	for range e.Staged {
		sig.Params = append(sig.Params, words...)
	}
	if e.Answer == Text {
		sig.Results = append(sig.Results, words...)
	} else {
		sig.Results = append(sig.Results, of.Results...)
	}
	return sig
}

// Bytes reports whether values of type i are bytes on end in an instance's memory, a string or a list of numbers, and
// gives the size of an element: what an [Entry] can stage.
func (p *Plan) Bytes(i int) (size uint32, ok bool) {
	switch t := &p.Types[i]; t.Kind {
	case String:
		return 1, true
	case List:
		switch e := &p.Types[*t.Element]; e.Kind {
		case S8, U8, S16, U16, S32, U32, S64, U64, F32, F64:
			return e.Size, true
		}
	}
	return 0, false
}

// entry checks what a plan says of the entry of function f, which is sound.
func (c *checker) entry(path string, f *Func) {
	e, p := f.Entry, c.p
	c.in(path+".instance", e.Instance, c.instances)
	switch {
	case len(p.Trampolines) > 0 || len(p.Resources) > 0 || slices.ContainsFunc(p.Modules, func(m Module) bool { return m.Adapter }):
		c.fail(path, "a component with trampolines, resources or adapters has none")
	case f.SpillParams != nil || f.Encoding != UTF8:
		c.fail(path, "a function with spilled parameters or another encoding than utf8 has none")
	case f.Callee.Trampoline != nil || f.Callee.Instance != e.Instance:
		c.fail(path+".instance", "the function is of another core instance")
	}
	if n := len(e.Export); n == 0 || n > maxEntryName {
		c.fail(path+".export", "a name of %d bytes, the limit is %d", n, maxEntryName)
	}
	if e.Words != EntryWords {
		c.fail(path+".words", "%d, not %d", e.Words, EntryWords)
	}
	var staged []int
	for k := range f.Params {
		if _, ok := p.Bytes(f.Params[k].Type); ok {
			staged = append(staged, k)
		} else if c.pointers(f.Params[k].Type) {
			c.fail(path, "parameter %d needs memory and cannot be staged", k)
		}
	}
	if len(staged) > maxStaged || !slices.Equal(e.Staged, staged) {
		c.fail(path+".staged", "%v, the types say %v, %d at most", e.Staged, staged, maxStaged)
	}
	answer := Flat
	if f.Result != nil {
		if _, ok := p.Bytes(*f.Result); ok {
			answer = Text
		}
	}
	if e.Answer != answer {
		c.fail(path+".answer", "%q, the types say %q", e.Answer, answer)
	}
	if len(staged) == 0 && answer == Flat {
		c.fail(path, "a function of scalars has none")
	}
}
