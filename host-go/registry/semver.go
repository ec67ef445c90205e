package registry

import (
	"cmp"
	"slices"
	"strings"
)

// newest gives the highest of some labels by semver's precedence.
func newest(labels []string) string { return slices.MaxFunc(labels, compareLabels) }

// compareLabels orders two labels by semver 2.0.0's precedence, and those that are equal but for their build metadata as text.
func compareLabels(a, b string) int {
	restA, _, _ := strings.Cut(a, "+")
	restB, _, _ := strings.Cut(b, "+")
	coreA, preA, isPreA := strings.Cut(restA, "-")
	coreB, preB, isPreB := strings.Cut(restB, "-")
	if c := slices.CompareFunc(strings.Split(coreA, "."), strings.Split(coreB, "."), compareNumbers); c != 0 {
		return c
	}
	switch {
	case isPreA && !isPreB:
		return -1
	case !isPreA && isPreB:
		return 1
	}
	if c := slices.CompareFunc(strings.Split(preA, "."), strings.Split(preB, "."), compareIdentifiers); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// compareNumbers orders decimal numbers of any length without leading zeros.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// compareIdentifiers orders parts of a pre-release: numbers below text.
func compareIdentifiers(a, b string) int {
	switch numA, numB := isNumber(a), isNumber(b); {
	case numA && numB:
		return compareNumbers(a, b)
	case numA:
		return -1
	case numB:
		return 1
	}
	return strings.Compare(a, b)
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
