package plan

import "fmt"

func (c *checker) exports(path string, list []Export, depth int) {
	if depth > MaxExportDepth {
		c.fail(path, "nested deeper than %d", MaxExportDepth)
	}
	for i := range list {
		if c.err != nil {
			return
		}
		e, at := &list[i], fmt.Sprintf("%s[%d]", path, i)
		switch e.Kind {
		case ExternInstance:
			c.exports(at+".exports", e.Exports, depth+1)
		case ExternFunc:
			c.ref(at+".func", e.Func, len(c.p.Funcs))
		case ExternType:
			c.ref(at+".type", e.Type, len(c.p.Types))
		case ExternResource:
			c.ref(at+".resource", e.Resource, len(c.p.Resources))
		case "":
			c.fail(at+".kind", "is empty")
		}
	}
}

func (c *checker) imports(path string, list []Import, depth int) {
	if depth > MaxExportDepth {
		c.fail(path, "nested deeper than %d", MaxExportDepth)
	}
	for k := range list {
		if c.err != nil {
			return
		}
		i, at := &list[k], fmt.Sprintf("%s[%d]", path, k)
		switch i.Kind {
		case ExternInstance:
			c.imports(at+".exports", i.Exports, depth+1)
		case ExternFunc:
			c.ref(at+".func", i.Func, len(c.p.ImportFuncs))
		case ExternType:
			if i.Type != nil {
				c.in(at+".type", *i.Type, len(c.p.Types))
			}
		case ExternResource:
			c.ref(at+".resource", i.Resource, len(c.p.Resources))
			if c.err == nil && c.p.Resources[*i.Resource].Import == nil {
				c.fail(at+".resource", "resource %d is not imported", *i.Resource)
			}
		case ExternModule, ExternComponent:
		default:
			c.fail(at+".kind", "%q is not a kind of import", i.Kind)
		}
	}
}

// ref checks an index that must be there.
func (c *checker) ref(path string, i *int, n int) {
	if i == nil {
		c.fail(path, "is missing")
		return
	}
	c.in(path, *i, n)
}
