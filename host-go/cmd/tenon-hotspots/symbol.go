package main

import (
	"net/url"
	"slices"
	"strings"
)

// A symbol is the linker's name of a function, taken apart.
type symbol struct {
	name     string // whole, without the parts that the compiler adds to functions inside of functions
	pkg      string // import path; "main" for a program's own package; "" for what is not Go's
	receiver string // type, for a method
	pointer  bool   // the receiver is a pointer
	function string
}

// parseSymbol takes a name such as github.com/a/b.(*T).M.func1 apart. A function literal counts as the function around it, and so
// do the wrappers for go and defer statements and for method values.
func parseSymbol(name string) symbol {
	// An instantiation's brackets may hold a path: github.com/a/b.F[github.com/c/d.T].
	plain := name
	if open := strings.IndexByte(plain, '['); open >= 0 {
		if end := strings.LastIndexByte(plain, ']'); end > open {
			plain = plain[:open] + plain[end+1:]
		}
	}
	slash := strings.LastIndexByte(plain, '/')
	dot := strings.IndexByte(plain[slash+1:], '.')
	if dot < 0 {
		return symbol{name: name, function: name}
	}
	dot += slash + 1
	s := symbol{pkg: unescape(plain[:dot])}
	rest := plain[dot+1:]
	if inner, after, ok := strings.Cut(rest, ")."); ok && strings.HasPrefix(rest, "(") {
		s.receiver, s.pointer = strings.CutPrefix(inner[1:], "*")
		rest = after
	}
	parts := strings.Split(strings.TrimSuffix(rest, "-fm"), ".")
	// The literals of variables, package.glob..func1 and package.init.func1, have no function around them.
	for i, part := range parts {
		if i > 0 && (part == "" || made(part)) {
			parts = parts[:i]
			break
		}
	}
	if s.receiver == "" && len(parts) > 1 {
		s.receiver, parts = parts[0], parts[1:]
	}
	s.function = parts[0]
	s.name = s.qualified(s.pkg)
	return s
}

// made tells whether the compiler made up this part of a name.
func made(part string) bool {
	for _, prefix := range []string{"func", "gowrap", "deferwrap", ""} {
		if rest, ok := strings.CutPrefix(part, prefix); ok && rest != "" && strings.Trim(rest, "0123456789") == "" {
			return true
		}
	}
	return false
}

// unescape undoes the linker's escapes of a path: gopkg.in/yaml%2ev3.
func unescape(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}

// qualified is the function under a name for its package.
func (s symbol) qualified(pkg string) string {
	switch {
	case s.receiver == "":
		return pkg + "." + s.function
	case s.pointer:
		return pkg + ".(*" + s.receiver + ")." + s.function
	default:
		return pkg + "." + s.receiver + "." + s.function
	}
}

// short is the function under the last element of its package's path, or under the folder of its file for package main.
func (s symbol) short(file string) string {
	if s.pkg == "" {
		return s.name
	}
	elements := strings.Split(s.pkg, "/")
	last := elements[len(elements)-1]
	if isMajor(last) && len(elements) > 1 {
		last = elements[len(elements)-2]
	}
	if folders := strings.Split(file, "/"); s.pkg == "main" && len(folders) > 1 {
		last = folders[len(folders)-2]
	}
	return s.qualified(last)
}

// isMajor tells v2 and its like, by which a module's path says its major version.
func isMajor(element string) bool {
	rest, ok := strings.CutPrefix(element, "v")
	return ok && rest != "" && strings.Trim(rest, "0123456789") == ""
}

// standardRoots are the first elements of the standard library's import paths.
var standardRoots = strings.Fields(`archive bufio builtin bytes cmp compress container context crypto database debug embed encoding
	errors expvar flag fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp
	runtime simd slices sort strconv strings structs sync syscall testing text time unicode unique unsafe vendor weak`)

// A kind says whose a function is.
type kind string

const (
	kindProgram  kind = "program"  // the service's own, or a module's that it uses
	kindStandard kind = "standard" // the standard library's
	kindRuntime  kind = "runtime"  // Go's runtime, or no Go at all
)

func (s symbol) kind() kind {
	root, _, _ := strings.Cut(s.pkg, "/")
	switch {
	case root == "" || root == "runtime" || s.pkg == "internal/runtime" || strings.HasPrefix(s.pkg, "internal/runtime/") ||
		strings.HasPrefix(s.pkg, "type:") || strings.HasPrefix(s.pkg, "go:"):
		return kindRuntime
	case slices.Contains(standardRoots, root):
		return kindStandard
	default:
		return kindProgram
	}
}
