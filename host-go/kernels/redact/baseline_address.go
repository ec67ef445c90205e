package redact

import (
	_ "embed"
	"net/netip"
	"strings"
)

// candidates finds what may be an IPv6 address (two colons with hexadecimal digits between, and the run that they
// start), a token that may be a host name or hold an IPv4 address, or a card number.
const candidates = `(?:[0-9A-Fa-f]{0,4}:){2}[0-9A-Fa-f:.]*` +
	`|(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]` +
	`|[0-9]{1,3}(?:\.[0-9]{1,3}){3}` +
	`|[0-9](?:[ -]?[0-9]){12,}`

// findAddresses finds IPv6 and IPv4 addresses, host names and card numbers.
func (s *search) findAddresses() {
	s.gaps(0, len(s.text), func(at, end int) {
		for {
			m := s.candidate.FindStringIndex(s.text[at:end])
			if m == nil {
				return
			}
			from, to := at+m[0], at+m[1]
			switch candidate := s.text[from:to]; {
			case strings.IndexByte(candidate, ':') >= 0:
				at = s.claimIPv6(from, to)
			case strings.IndexByte(candidate, '.') >= 0:
				from, to = s.tokenAround(from, at, end)
				s.claimToken(from, to)
				at = to
			default:
				at = s.claimNumber(from, to, at, end)
			}
		}
	})
	s.settle()
}

// maxIPv6 is the longest text of an IPv6 address: six groups and an IPv4 address.
const maxIPv6 = 45

// claimIPv6 claims the run [start, end) if it is an IPv6 address, and returns where the search goes on.
func (s *search) claimIPv6(start, end int) int {
	if from, to, ok := s.ipv6In(start, end); ok {
		s.claim(KindIPv6, from, to)
		return end
	}
	// What follows the last colon may begin a token, as in "22:10.0.0.1". In a run that is longer than an address there
	// may be many such places, and only the last is looked at.
	run := s.text[start:end]
	if dot := strings.IndexByte(run, '.'); dot >= 0 && len(run) <= maxIPv6 {
		run = run[:dot]
	}
	return start + strings.LastIndexByte(run, ':') + 1
}

func (s *search) ipv6In(start, end int) (from, to int, ok bool) {
	if end-start > maxIPv6 || s.gluedAfter(end) {
		return 0, 0, false
	}
	if s.gluedBefore(start) {
		// The end of a word and its colon, as in "node:2001:db8::1"; but "std::fs" is a path.
		start += strings.IndexByte(s.text[start:end], ':')
		if strings.HasPrefix(s.text[start:end], "::") {
			return 0, 0, false
		}
	}
	address := s.text[start:end]
	if strings.HasPrefix(address, ":") && !strings.HasPrefix(address, "::") {
		address = address[1:]
		start++
	}
	for strings.HasSuffix(address, ".") || strings.HasSuffix(address, ":") && !strings.HasSuffix(address, "::") {
		address = address[:len(address)-1]
	}
	// The unspecified address identifies nobody, and "::" stands in many texts that mean no address.
	ip, err := netip.ParseAddr(address)
	return start, start + len(address), err == nil && ip.Is6() && address != "::"
}

// claimToken claims what the token [start, end) is: a host name as a whole, or else the IPv4 addresses between its
// dashes.
func (s *search) claimToken(start, end int) {
	token := s.text[start:end]
	if name := strings.Trim(token, ".-"); !s.isPath(start) && isHost(name) {
		start += strings.Index(token, name)
		s.claim(KindHost, start, start+len(name))
		return
	}
	for piece := range strings.SplitSeq(token, "-") {
		if ip, err := netip.ParseAddr(strings.Trim(piece, ".")); err == nil && ip.Is4() {
			from := start + len(piece) - len(strings.TrimLeft(piece, "."))
			s.claim(KindIPv4, from, from+len(strings.Trim(piece, ".")))
		}
		start += len(piece) + 1
	}
}

// isPath tells whether the token that starts here is part of a path, and so a file's name: it stands after a slash that
// is not the second of "//".
func (s *search) isPath(start int) bool {
	before := s.text[:start]
	return strings.HasSuffix(before, "\\") || strings.HasSuffix(before, "/") && !strings.HasSuffix(before, "//")
}

// suffixList is the kernel's own list of last labels.
//
//go:embed suffixes.txt
var suffixList string

var suffixes = func() map[string]bool {
	set := make(map[string]bool)
	for line := range strings.Lines(suffixList) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, suffix := range strings.Fields(line) {
			set[suffix] = true
		}
	}
	return set
}()

// isHost tells whether the name has labels of 1 to 63 bytes, at least two and 253 bytes in all, and a known suffix.
func isHost(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || len(name) > 253 || !suffixes[strings.ToLower(name[dot+1:])] {
		return false
	}
	for label := range strings.SplitSeq(name[:dot], ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// tokenAround is the longest token around a place, within [start, end).
func (s *search) tokenAround(at, start, end int) (from, to int) {
	from, to = at, at
	for from > start && isToken(s.text[from-1]) {
		from--
	}
	for to < end && isToken(s.text[to]) {
		to++
	}
	return from, to
}

func isToken(b byte) bool { return isAlphanumeric(b) || b == '.' || b == '_' || b == '-' }

// gluedBefore tells whether what starts here is part of a word or of a number with a point.
func (s *search) gluedBefore(at int) bool {
	if at >= 2 && s.text[at-1] == '.' {
		return isWord(s.text[at-2])
	}
	return at >= 1 && isWord(s.text[at-1])
}

// gluedAfter is gluedBefore for what ends here.
func (s *search) gluedAfter(at int) bool {
	if at+1 < len(s.text) && s.text[at] == '.' {
		return isWord(s.text[at+1])
	}
	return at < len(s.text) && isWord(s.text[at])
}

// isWord counts letters of other alphabets as parts of words.
func isWord(b byte) bool { return isAlphanumeric(b) || b == '_' || b >= 0x80 }

func isAlphanumeric(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}
