package tenon

// route is what a slot serves at one moment. It never changes; another one takes its place, with one store.
//
// It has a pool only where every call goes to the version that serves. Whatever is out of the ordinary (the baseline
// alone, divided traffic, a version that was turned off, injected faults, the end) has none, so that the usual call asks
// for nothing else: see enterApart.
type route struct {
	version *version   // serves; nil: the baseline
	pool    *pool      // the version's, where all calls go to it
	staged  *version   // warm, without calls but for its share; nil: none
	share   float64    // of the keys, which goes to staged
	inject  *injection // nil: nothing is injected
	closed  bool
}

// reroute stores a route that is made of the one in force. The slot is not closed, and its lock is held.
func (c *core) reroute(edit func(next *route)) {
	next := *c.route.Load()
	edit(&next)
	next.pool = nil
	if v := next.version; v != nil && !next.closed && next.share == 0 && next.inject == nil && !v.standing.tripped.Load() {
		next.pool = v.pool
	}
	c.route.Store(&next)
}

// direct gives the version that a call of a key goes to; nil for the baseline. A version that is turned off gets a
// call only as a trial, if the call may be one. The share of a staged one that is turned off goes to the version that serves.
func (c *core) direct(r *route, key string, mayTry bool) (*version, *trial) {
	if r.closed {
		return nil, nil
	}
	for _, v := range [2]*version{r.candidate(key), r.version} {
		if v == nil {
			continue
		}
		if !v.standing.tripped.Load() {
			return v, nil
		}
		if mayTry {
			if t := c.try(v); t != nil {
				return v, t
			}
		}
	}
	return nil, nil
}

// candidate is the staged version, if the key is of its share.
func (r *route) candidate(key string) *version {
	if r.share > 0 && key != "" && KeyPosition(key) < r.share {
		return r.staged
	}
	return nil
}

// KeyPosition is where a key of a [Call] stands, from 0 up to but not 1. [Slot.Divide] sends the keys below the share to
// the staged version, so that a share that grows takes no key back.
//
// It is the 64-bit FNV-1a hash of the key's bytes, mixed by h ^= h>>33, h *= 0xff51afd7ed558ccd, h ^= h>>33,
// h *= 0xc4ceb9fe1a85ec53, h ^= h>>33; its upper 53 bits are the digits of the fraction. It is the same on every host:
// wit/vectors/routing.json has examples.
func KeyPosition(key string) float64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 0x100000001b3
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return float64(h>>11) / (1 << 53)
}
