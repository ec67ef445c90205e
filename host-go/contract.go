package tenon

import (
	"fmt"
	"strings"
)

// Contract is the identity of a contract as a generated client was compiled against it. Kernels are checked
// against it before they serve.
type Contract struct {
	// Package is the WIT package without its version: "tenon:redact".
	Package string
	// Version is the package's semantic version; "" if it has none.
	Version string
	// Hash is the SHA-256 of Text, in lower-case hex.
	Hash string
	// Text is the canonical text of the interfaces, without docs.
	Text string
	// Funcs lists the functions. A client names them by their place in it.
	Funcs []FuncRef
	// Resources lists the resources that the functions deal in, the kernel's and the host's. A client names them
	// by their place in it.
	Resources []ResourceRef
}

// String is the package with its version: "tenon:redact@1.0.0".
func (c Contract) String() string {
	if c.Version == "" {
		return c.Package
	}
	return c.Package + "@" + c.Version
}

// FuncRef names a function of a contract.
type FuncRef struct {
	// Interface is the full name of the interface, with version; "" for a function of the world itself.
	Interface string
	// Name is the function's name within it, in WIT's spelling.
	Name string
}

// String is the function's full name: "tenon:redact/redactor@1.0.0#redact".
func (r FuncRef) String() string {
	if r.Interface == "" {
		return r.Name
	}
	return r.Interface + "#" + r.Name
}

// Check reports whether a kernel fits the contract: the same package, a compatible version, and every type and
// function of the contract with the same structure. A kernel may export more. The error is nil or a *Fault of
// kind contract that names the path of the first difference.
func (c Contract) Check(k *Kernel) error {
	if f := c.check(k); f != nil {
		return f
	}
	return nil
}

func (c Contract) check(k *Kernel) *Fault {
	has := k.Contract()
	switch {
	case has.Package == "":
		return k.misfit("the component exports no interface of a package: " +
			"it is not a kernel of " + c.String() + "; build one with tenon build")
	case has.Package != c.Package:
		return k.misfit(fmt.Sprintf("the kernel serves %s, this client needs %s: load a kernel of that contract", has, c))
	case has.Hash == c.Hash:
		return nil
	case !compatible(c.Version, has.Version):
		return k.misfit(fmt.Sprintf("the kernel serves %s, which is not compatible with %s: "+
			"load another version of the kernel, or generate the client from this one", has, c))
	}
	if diff := contractSides.diff(c.unversioned(), has.unversioned()); diff != "" {
		return k.misfit(diff + ": build the kernel against " + c.String() +
			" as the client knows it, or generate the client from this kernel")
	}
	return nil
}

// unversioned is the canonical text without the package's own version, which also stands in the names of
// types that one interface takes from another.
func (c Contract) unversioned() string {
	if c.Version == "" {
		return c.Text
	}
	var b strings.Builder
	rest := c.Text
	for {
		before, after, found := strings.Cut(rest, "@"+c.Version)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name := before[strings.LastIndexAny(before, " <(\n")+1:]
		if name != c.Package && !strings.HasPrefix(name, c.Package+"/") {
			b.WriteString("@" + c.Version)
		}
		rest = after
	}
}

// compatible reports whether two versions are compatible as semantic versions: the same major version, and
// below 1.0.0 the same minor version too, below 0.1.0 the same version.
func compatible(a, b string) bool {
	return caret(a) == caret(b)
}

// caret is the part of a version that compatible versions share.
func caret(v string) string {
	v, _, _ = strings.Cut(v, "+")
	core, _, _ := strings.Cut(v, "-")
	part := strings.SplitN(core, ".", 3)
	switch {
	case part[0] != "0":
		return part[0]
	case len(part) > 1 && part[1] != "0":
		return part[0] + "." + part[1]
	}
	return v
}
