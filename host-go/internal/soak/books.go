package soak

import "sync/atomic"

// Version is a version of the ledger kernel.
type Version struct {
	// Number is what its answers are signed with; 0 is the baseline.
	Number uint32
	// TrapAt makes it trap at the multiples of this number; 0: never.
	TrapAt uint32
	// Digest is of its component; "" is the baseline.
	Digest string
}

// generation is what a slot serves from one change to the next.
type generation struct {
	Version
	// beside is staged, and has a share of the calls if shared is true.
	beside Version
	shared bool
}

// made reports whether an answer of a version may be of this generation. The baseline's may where a version traps: at the
// question itself, or because the slot's breaker has turned that version off.
func (g *generation) made(number uint32) bool {
	return g.Number == number || g.shared && g.beside.Number == number || number == 0 && g.TrapAt != 0
}

// books say which versions were in force when. Each change of version opens a generation: it is announced before the slot
// hears of it, and settled when the slot's flip is known to be done.
type books struct {
	generations        []generation // by number; what is announced never changes again
	settled, announced atomic.Int64
	serving            func() string // the digest of what the slot serves at this moment
}

func newBooks(first Version, changes int, serving func() string) *books {
	b := &books{generations: make([]generation, changes+2), serving: serving} // the first, and one after a change that failed
	b.generations[0] = generation{Version: first}
	return b
}

// announce opens a generation. Only one goroutine changes versions.
func (b *books) announce(g generation) {
	next := b.announced.Load() + 1
	b.generations[next] = g
	b.announced.Store(next)
}

// settle notes that nothing before the last generation can be given a call any more.
func (b *books) settle() { b.settled.Store(b.announced.Load()) }

// withdraw notes that the last announcement did not come about: what was in force before it is so again.
func (b *books) withdraw() {
	b.announce(b.generations[b.announced.Load()-1])
	b.settle()
}

// first gives the earliest generation that may be in force at this moment, last the latest. false: the slot serves what nobody
// announced.
func (b *books) first() (int64, bool) {
	from, digest := b.settled.Load(), b.serving()
	to := b.announced.Load()
	for g := from; g <= to; g++ {
		if b.generations[g].Digest == digest {
			return g, true
		}
	}
	return 0, false
}

func (b *books) last() (int64, bool) {
	from, digest := b.settled.Load(), b.serving()
	for g := b.announced.Load(); g >= from; g-- {
		if b.generations[g].Digest == digest {
			return g, true
		}
	}
	return 0, false
}

// allowed reports whether a version may answer in one of the generations.
func (b *books) allowed(number uint32, first, last int64) bool {
	for g := first; g <= last; g++ {
		if b.generations[g].made(number) {
			return true
		}
	}
	return false
}

// known reports whether a version that may answer in one of the generations has this digest.
func (b *books) known(number uint32, digest string, first, last int64) bool {
	for i := first; i <= last; i++ {
		g := &b.generations[i]
		if g.Number == number && g.Digest == digest || g.shared && g.beside.Number == number && g.beside.Digest == digest {
			return true
		}
	}
	return false
}
