package tenon

import (
	"regexp"
	"strconv"
	"strings"
)

// semver is a version at the end of a name: its numbers, and what makes it a prerelease.
var semver = regexp.MustCompile(`@(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?`)

// track is the name of an interface with the part of its version that compatible versions share: "a:b/c@1" for
// 1.2.3, "a:b/c@0.2" for 0.2.3. Prereleases and 0.0.x are compatible with nothing but themselves, and have no
// track; nor have names without a version.
func track(name string) (shared string, version [3]uint64, ok bool) {
	m := semver.FindStringSubmatchIndex(name)
	if m == nil || m[1] != len(name) || m[8] >= 0 {
		return "", version, false
	}
	for i := range version {
		n, err := strconv.ParseUint(name[m[2+2*i]:m[3+2*i]], 10, 64)
		if err != nil {
			return "", version, false
		}
		version[i] = n
	}
	switch {
	case version[0] != 0:
		return name[:m[3]], version, true
	case version[1] != 0:
		return name[:m[5]], version, true
	}
	return "", version, false
}

// trackedText is a canonical text in which every version is cut to its track, so that texts of compatible versions
// can be compared.
func trackedText(text string) string {
	return semver.ReplaceAllStringFunc(text, func(version string) string {
		if shared, _, ok := track("x" + version); ok {
			return strings.TrimPrefix(shared, "x")
		}
		return version
	})
}
