package redact

import "strings"

// groupings are the ways to write a card number in groups.
var groupings = [][]int{{4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}}

// claimNumber claims the card numbers in the run of digit groups [start, end), and returns where the search goes on:
// behind the last space, where an address may begin, or at the end of the token within [low, high), but not inside a
// card number.
func (s *search) claimNumber(start, end, low, high int) int {
	run := s.text[start:end]
	_, next := s.tokenAround(start, low, high)
	if space := strings.LastIndexByte(run, ' '); space >= 0 {
		next = start + space + 1
	}
	groups := strings.FieldsFunc(run, isSeparator)
	at := start
	if s.gluedBefore(start) {
		at += len(groups[0]) + 1
		groups = groups[1:]
	}
	if len(groups) > 0 && s.gluedAfter(end) {
		groups = groups[:len(groups)-1]
	}
	for len(groups) > 0 {
		used, size := cardAt(s.text[at:], groups)
		if used > 0 {
			s.claim(KindCard, at, at+size)
			next = max(next, at+size)
		}
		for range max(1, used) {
			at += len(groups[0]) + 1
			groups = groups[1:]
		}
	}
	return next
}

func isSeparator(r rune) bool { return r == ' ' || r == '-' }

// cardAt returns how many of the leading groups are a card number, and its size in the text that starts with them.
func cardAt(text string, groups []string) (used, size int) {
	if n := len(groups[0]); 13 <= n && n <= 19 && isCard(groups[0]) {
		return 1, n
	}
	for _, grouping := range groupings {
		if len(groups) < len(grouping) {
			continue
		}
		size, fits := 0, true
		for i, n := range grouping {
			fits = fits && len(groups[i]) == n && (i == 0 || text[size] == text[grouping[0]])
			size += n
			if i > 0 {
				size++
			}
		}
		if fits && isCard(strings.Join(groups[:len(grouping)], "")) {
			return len(grouping), size
		}
	}
	return 0, 0
}

// isCard tells whether the digits begin as a card's and pass the Luhn check.
func isCard(digits string) bool {
	if digits[0] < '2' || digits[0] > '6' {
		return false
	}
	sum := 0
	for i := range len(digits) {
		digit := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum%10 == 0
}
