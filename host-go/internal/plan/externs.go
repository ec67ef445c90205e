package plan

// ExternKind says what an export or import is.
type ExternKind string

// The kinds of externs.
const (
	ExternInstance  ExternKind = "instance"
	ExternFunc      ExternKind = "func"
	ExternType      ExternKind = "type"
	ExternResource  ExternKind = "resource"
	ExternModule    ExternKind = "module"
	ExternComponent ExternKind = "component"
)

// Export is one export of the component; an instance carries its own.
type Export struct {
	Name     string     `json:"name"`
	Kind     ExternKind `json:"kind"`
	Docs     string     `json:"docs"`               // instance
	Text     string     `json:"text"`               // instance: canonical text, without docs
	Exports  []Export   `json:"exports,omitempty"`  // instance
	Func     *int       `json:"func,omitempty"`     // func: index into Plan.Funcs
	Type     *int       `json:"type,omitempty"`     // type: index into Plan.Types
	Resource *int       `json:"resource,omitempty"` // resource: index into Plan.Resources
}

// Import is one import of the component, or an item of an instance that it imports.
type Import struct {
	Name     string     `json:"name"` // full name; within an instance the item's own
	Kind     ExternKind `json:"kind"`
	Docs     string     `json:"docs"`               // instance
	Text     string     `json:"text"`               // instance: canonical text, without docs
	Cure     string     `json:"cure,omitempty"`     // why it is there by mistake and how to be rid of it; "" when nothing is known
	Exports  []Import   `json:"exports,omitempty"`  // instance
	Func     *int       `json:"func,omitempty"`     // func: index into Plan.ImportFuncs
	Type     *int       `json:"type,omitempty"`     // type: index into Plan.Types; nil when no function refers to it
	Resource *int       `json:"resource,omitempty"` // resource: index into Plan.Resources
}

// NeedsGrant reports whether a host has to supply something: an import of types alone needs nothing.
func (i *Import) NeedsGrant() bool {
	switch i.Kind {
	case ExternType:
		return false
	case ExternInstance:
		for k := range i.Exports {
			if i.Exports[k].NeedsGrant() {
				return true
			}
		}
		return false
	}
	return true
}

// ImportFunc is a function that the component imports, whether its code calls it or not.
type ImportFunc struct {
	Path      []string `json:"path"` // the names that lead to it: instances, outer ones first, then its own
	Name      string   `json:"name"`
	Interface string   `json:"interface"` // "" for a function that is imported by itself
	Docs      string   `json:"docs"`
	Params    []Param  `json:"params"`
	Result    *int     `json:"result"` // nil: no result
}
