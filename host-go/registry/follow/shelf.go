package follow

import tenon "github.com/tenon-dev/tenon/host-go"

// shelved is a kernel that the follower loaded, and closes.
type shelved struct {
	*tenon.Kernel
	passed passed // the golden cases that it has passed
}

// shelf holds the kernel that serves and the one that served before it, which is compiled and has no instances of its own.
// A kernel that the slot was given by others is not on the shelf.
type shelf struct {
	serving, before *shelved
}

// adopt takes note that the slot serves a kernel that somebody else may have given to it.
func (s *shelf) adopt(k *tenon.Kernel) {
	if s.serving != nil && s.serving.Kernel != k {
		s.serve(nil)
	}
}

// have is the kernel of a version that is on the shelf.
func (s *shelf) have(digest string) *shelved {
	for _, k := range []*shelved{s.before, s.serving} {
		if k != nil && k.Digest() == digest {
			return k
		}
	}
	return nil
}

// serve puts a kernel, or nil, in the place of the one that serves, and that one in the place of the one before it.
func (s *shelf) serve(k *shelved) {
	gone := s.before
	s.serving, s.before = k, s.serving
	if gone != nil && gone != k {
		gone.Close()
	}
}

// give closes a kernel that did not come into service, unless it is on the shelf.
func (s *shelf) give(k *shelved) {
	if k != s.before && k != s.serving {
		k.Close()
	}
}

// previous is the version that can serve again at once.
func (s *shelf) previous() string {
	if s.before == nil {
		return ""
	}
	return s.before.Digest()
}

// close closes what is on the shelf. The slot holds the code that it serves.
func (s *shelf) close() {
	for _, k := range []*shelved{s.serving, s.before} {
		if k != nil {
			k.Close()
		}
	}
	s.serving, s.before = nil, nil
}
