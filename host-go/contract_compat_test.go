package tenon

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// compatTable is wit/vectors/compat/cases.json, whose README says what it means.
type compatTable struct {
	Format int
	Base   compatKernel
	Cases  []struct {
		Name        string
		There, Back struct {
			Differences       []string
			Compatible, Hosts bool
		}
		OldKernel *compatKernel `json:"old_kernel"`
		NewKernel *compatKernel `json:"new_kernel"`
	}
}

// compatKernel is what a host sees of a kernel.
type compatKernel struct {
	Contract string
	Imports  map[string]string
	World    string
}

// contract is the kernel's contract. Its text begins with the package.
func (k compatKernel) contract() Contract {
	line, _, _ := strings.Cut(k.Contract, ";\n")
	name, version, _ := strings.Cut(strings.TrimPrefix(line, "package "), "@")
	hash := sha256.Sum256([]byte(k.Contract))
	return Contract{Package: name, Version: version, Hash: hex.EncodeToString(hash[:]), Text: k.Contract}
}

// grantedBy reports whether a host that grants what the other kernel imports grants all that this one does.
func (k compatKernel) grantedBy(t *testing.T, other compatKernel) bool {
	offers := map[string]*Import{}
	for name, text := range other.Imports {
		offers[name] = &Import{Name: name, Text: text}
	}
	g := &granting{offers: offers}
	for name, text := range k.Imports {
		offer := g.find(name)
		if offer == nil {
			return false
		}
		if fault := offer.compare(name, text); fault != nil {
			if fault.Kind != KindContract {
				t.Errorf("%s: %v", name, fault)
			}
			return false
		}
	}
	return importSides.diff(trackedText(k.World), trackedText(other.World)) == ""
}

// What `tenon wit check` says of kernels and what this host accepts is the same.
func TestContractsAreCompatibleAsTheCommandSays(t *testing.T) {
	data, err := os.ReadFile("../wit/vectors/compat/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var table compatTable
	if err := json.Unmarshal(data, &table); err != nil || table.Format != 1 {
		t.Fatalf("format %d, %v", table.Format, err)
	}
	b := newBench(t, Config{})
	check := func(t *testing.T, old, new compatKernel, hosts bool) {
		t.Helper()
		has := new.contract()
		b.planner.edit = func(p *plan.Plan) {
			p.Contract = &plan.Contract{Package: has.Package, Version: has.Version, Hash: has.Hash, Text: has.Text}
		}
		fits := old.contract().Check(b.load("new"))
		if fits != nil && !errors.Is(fits, ErrContract) {
			t.Errorf("Check = %v", fits)
		}
		if granted := new.grantedBy(t, old); (fits == nil && granted) != hosts {
			t.Errorf("Check = %v, imports granted: %t; the command says %t", fits, granted, hosts)
		}
	}
	both := map[bool]int{}
	for _, c := range table.Cases {
		old, new := table.Base, table.Base
		if c.OldKernel != nil {
			old = *c.OldKernel
		}
		if c.NewKernel != nil {
			new = *c.NewKernel
		}
		t.Run(c.Name, func(t *testing.T) { check(t, old, new, c.There.Hosts) })
		t.Run(c.Name+", back", func(t *testing.T) { check(t, new, old, c.Back.Hosts) })
		both[c.There.Hosts]++
	}
	if both[true] < 20 || both[false] < 40 {
		t.Errorf("%d pairs fit and %d do not: the table is not whole", both[true], both[false])
	}
}
