package gen

import "strings"

// titles gives everything that wants a name the first of its candidates by which all that want the same first one can be
// told apart; the last candidate where there is none.
func titles(wants [][]string) []string {
	groups := make(map[string][]int)
	for i, forms := range wants {
		groups[forms[0]] = append(groups[forms[0]], i)
	}
	list := make([]string, len(wants))
	for _, group := range groups {
		level := 0
		for level < len(wants[group[0]])-1 && !distinct(wants, group, level) {
			level++
		}
		for _, i := range group {
			list[i] = wants[i][level]
		}
	}
	return list
}

// distinct says whether the group's candidates of one level differ from each other.
func distinct(wants [][]string, group []int, level int) bool {
	seen := make(map[string]bool)
	for _, i := range group {
		if seen[wants[i][level]] {
			return false
		}
		seen[wants[i][level]] = true
	}
	return true
}

// forms are the names of an interface, from its label alone to all that it has:
// Types, HTTPTypes, TypesV0_2, HTTPTypesV0_2, WasiHTTPTypes, WasiHTTPTypesV0_2, WasiHTTPTypesV0_2_1.
func (i *iface) forms() []string {
	if i.id == "" {
		label := "World"
		if i.imported {
			label = "Host"
		}
		return []string{label, label, label, label, label, label, label}
	}
	path, version, _ := strings.Cut(i.id, "@")
	label := exported(path[strings.LastIndexByte(path, '/')+1:])
	owner, _, _ := strings.Cut(path, "/")
	namespace, pkg, found := strings.Cut(owner, ":")
	if !found {
		namespace, pkg = "", owner
	}
	short := exported(pkg) + label
	long := short
	if namespace != "" {
		long = exported(namespace) + short
	}
	track := versionWord(track(version))
	return []string{label, short, label + track, short + track, long, long + track, long + versionWord(version)}
}

// track is the part of a version that compatible ones share: "1" of 1.2.3, "0.2" of 0.2.1; all of any other.
func track(version string) string {
	if strings.ContainsAny(version, "-+") {
		return version
	}
	parts := strings.Split(version, ".")
	for i, part := range parts {
		if part != "0" {
			return strings.Join(parts[:i+1], ".")
		}
	}
	return version
}

// versionWord spells a version in an identifier: "V1_2".
func versionWord(version string) string {
	if version == "" {
		return ""
	}
	return "V" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, version)
}
