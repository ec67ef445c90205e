package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"
)

// A source is the code of the program that was profiled, as far as it has been loaded.
type source struct {
	folder   string
	mains    map[string]string // import paths of main packages, by their folders
	known    map[string]bool   // import paths of the module's packages and of all that they import
	loaded   map[string]*packages.Package
	declared map[string]*declaration // by symbol
	changed  map[types.Object]string // package variables that a function changes, with the function
	troubles []string
}

// A declaration is a function of the source.
type declaration struct {
	name     string // its symbol
	pkg      *packages.Package
	node     *ast.FuncDecl
	object   *types.Func
	receiver types.Object // nil for a function
}

// maxPackages bounds what is parsed and type-checked for one profile.
const maxPackages = 400

// openSource finds the packages of the module at folder, or says why there are none. Nothing is built, and nothing of the network is
// used: what go.mod asks for has to be there.
func openSource(folder string) (*source, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, &failure{what: folder + ": the source cannot be read", found: "no go command on the PATH", help: "install Go, or give --no-source"}
	}
	s := &source{folder: folder, mains: map[string]string{}, known: map[string]bool{}, loaded: map[string]*packages.Package{},
		declared: map[string]*declaration{}, changed: map[types.Object]string{}}
	all, err := packages.Load(s.config(packages.NeedName|packages.NeedFiles|packages.NeedImports|packages.NeedDeps), "./...")
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("no Go package")
	}
	if err == nil && len(all) == 1 && len(all[0].GoFiles) == 0 && len(all[0].Errors) > 0 {
		err = all[0].Errors[0]
	}
	if err != nil {
		return nil, &failure{what: folder + ": the source cannot be read", found: err.Error(),
			help: "give the folder of the service's module as --source, or --no-source to do without"}
	}
	packages.Visit(all, nil, func(p *packages.Package) {
		if (symbol{pkg: p.PkgPath}).kind() == kindProgram {
			s.known[p.PkgPath] = true
		}
		if p.Name == "main" && len(p.GoFiles) > 0 {
			s.known[p.PkgPath] = true
			s.mains[path.Dir(filepath.ToSlash(p.GoFiles[0]))] = p.PkgPath
		}
	})
	return s, nil
}

func (s *source) config(mode packages.LoadMode) *packages.Config {
	env := append(os.Environ(), "GOPROXY=off")
	return &packages.Config{Mode: mode, Dir: s.folder, Env: env}
}

// load parses and type-checks packages, of those that the module has. It tells whether there were new ones.
func (s *source) load(paths []string) bool {
	var fresh []string
	for _, path := range paths {
		if s.known[path] && s.loaded[path] == nil && !slices.Contains(fresh, path) && len(s.loaded)+len(fresh) < maxPackages {
			fresh = append(fresh, path)
		}
	}
	if len(fresh) == 0 {
		return false
	}
	slices.Sort(fresh)
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes |
		packages.NeedSyntax | packages.NeedTypesInfo
	found, err := packages.Load(s.config(mode), fresh...)
	if err != nil {
		s.troubles = append(s.troubles, inOneLine(err.Error()))
		return false
	}
	for _, p := range found {
		s.loaded[p.PkgPath] = p
		if len(p.Errors) > 0 {
			s.troubles = append(s.troubles, inOneLine(fmt.Sprintf("%s does not compile here: %s", p.PkgPath, p.Errors[0].Msg)))
			continue
		}
		s.index(p)
	}
	return true
}

func (s *source) index(p *packages.Package) {
	for _, file := range p.Syntax {
		for _, d := range file.Decls {
			node, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			object, ok := p.TypesInfo.Defs[node.Name].(*types.Func)
			if !ok {
				continue
			}
			d := &declaration{name: symbolOf(object), pkg: p, node: node, object: object}
			if receiver := object.Signature().Recv(); receiver != nil {
				d.receiver = receiver
			}
			s.declared[d.name] = d
			s.noteChanges(d)
		}
	}
}

// noteChanges remembers the package variables that a function changes. What happens while a package is initialised is no change.
func (s *source) noteChanges(d *declaration) {
	if d.node.Body == nil || d.receiver == nil && d.node.Name.Name == "init" {
		return
	}
	d.assignments(func(target ast.Expr, _ bool) {
		if variable := d.root(target); isGlobal(variable) {
			s.changed[variable] = d.object.Name()
		}
	})
}

// symbolOf is the name that the linker gives to a function of a package that is not main.
func symbolOf(f *types.Func) string {
	f = f.Origin()
	if f.Pkg() == nil {
		return f.Name()
	}
	s := symbol{pkg: f.Pkg().Path(), function: f.Name()}
	if receiver := f.Signature().Recv(); receiver != nil {
		t := types.Unalias(receiver.Type())
		if to, ok := t.(*types.Pointer); ok {
			s.pointer, t = true, types.Unalias(to.Elem())
		}
		if named, ok := t.(*types.Named); ok {
			s.receiver = named.Obj().Name()
		}
	}
	return s.qualified(s.pkg)
}

// packageOf is the import path of a profiled function's package. That of a main package is not in its symbols: the function's
// file tells it, by its whole path or, of a program built with -trimpath, by the import path.
func (s *source) packageOf(f *function) string {
	if f.pkg != "main" {
		return f.pkg
	}
	folder := path.Dir(f.file)
	if s.known[folder] {
		return folder
	}
	return s.mains[folder]
}

// declarationOf is a profiled function's declaration, or nil.
func (s *source) declarationOf(f *function) *declaration {
	return s.declared[f.qualified(s.packageOf(f))]
}

// root is the variable that an expression such as v.f[i] or *v is a part of, or nil.
func (d *declaration) root(e ast.Expr) types.Object {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return d.pkg.TypesInfo.ObjectOf(x)
		case *ast.SelectorExpr:
			if variable, ok := d.pkg.TypesInfo.ObjectOf(x.Sel).(*types.Var); ok && isGlobal(variable) {
				return variable
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.UnaryExpr:
			if x.Op != token.AND {
				return nil
			}
			e = x.X
		default:
			return nil
		}
	}
}

// isGlobal tells a package's variable.
func isGlobal(o types.Object) bool {
	v, ok := o.(*types.Var)
	return ok && !v.IsField() && v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}

// assignments calls visit with the target of every assignment in a declaration's body, and with what a builtin function changes
// within its argument.
func (d *declaration) assignments(visit func(target ast.Expr, within bool)) {
	ast.Inspect(d.node.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, target := range n.Lhs {
					visit(target, false)
				}
			}
		case *ast.IncDecStmt:
			visit(n.X, false)
		case *ast.CallExpr:
			if name, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && d.pkg.TypesInfo.Types[n.Fun].IsBuiltin() && len(n.Args) > 0 {
				switch name.Name {
				case "clear", "copy", "delete":
					visit(n.Args[0], true)
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				for _, target := range []ast.Expr{n.Key, n.Value} {
					if target != nil {
						visit(target, false)
					}
				}
			}
		}
		return true
	})
}

// calledInLoop tells whether a declaration calls from inside a loop at one of the lines. The lines are the profile's, of the
// source as it was then: they are moved by as much as the declaration has moved since.
func (d *declaration) calledInLoop(lines []int64, profiled int64) bool {
	position := func(p token.Pos) int64 { return int64(d.pkg.Fset.Position(p).Line) }
	moved := int64(0)
	if profiled > 0 {
		moved = position(d.node.Pos()) - profiled
	}
	found := false
	ast.Inspect(d.node, func(n ast.Node) bool {
		var body *ast.BlockStmt
		switch n := n.(type) {
		case *ast.ForStmt:
			body = n.Body
		case *ast.RangeStmt:
			body = n.Body
		default:
			return !found
		}
		for _, line := range lines {
			if at := line + moved; at >= position(body.Lbrace) && at <= position(body.Rbrace) {
				found = true
			}
		}
		return !found
	})
	return found
}
