package admin

import (
	"slices"
	"strings"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// format is the number of the JSON's format; names are only added within one.
const format = 1

// report is all that is shown. Its names are those of wit/vectors/names.json.
type report struct {
	Format    int             `json:"format"`
	Time      time.Time       `json:"time"`
	ReadOnly  bool            `json:"read_only"`
	Runtimes  []runtimeReport `json:"runtimes"`
	Slots     []slotReport    `json:"slots"`
	DropIns   []dropin.Status `json:"dropins"`
	Followers []follow.Status `json:"followers"`
	Contracts []contract      `json:"contracts"`
	Events    []Event         `json:"events"`
	Faults    []Fault         `json:"faults"` // of no slot
}

// runtimeReport is tenon.RuntimeStats without its slots.
type runtimeReport struct {
	Kernels     int    `json:"kernels"`
	Instances   int    `json:"instances"`
	Memory      uint64 `json:"memory_bytes"`
	MemoryLimit uint64 `json:"memory_limit_bytes"`
	Interpreted bool   `json:"interpreted"`
}

// slotReport is tenon.SlotStats, and the last faults.
type slotReport struct {
	Slot         string                `json:"slot"`
	Answers      uint64                `json:"answers"`
	Baseline     uint64                `json:"baseline"`
	Fallbacks    uint64                `json:"fallbacks"`
	Refused      uint64                `json:"refused"`
	Blamed       uint64                `json:"blamed"`
	Leaked       uint64                `json:"leaked"`
	Swaps        uint64                `json:"swaps"`
	SwapFailures uint64                `json:"swap_failures"`
	Share        float64               `json:"share"`
	Tripped      bool                  `json:"tripped"`
	Trips        uint64                `json:"trips"`
	Panics       uint64                `json:"panics"`
	Faults       map[tenon.Kind]uint64 `json:"faults"`
	Versions     []versionReport       `json:"versions"`
	Last         []Fault               `json:"last_faults"`
}

// versionReport is tenon.VersionStats.
type versionReport struct {
	Kernel      string                      `json:"kernel"`
	Version     string                      `json:"version"`
	Label       string                      `json:"label"`
	State       tenon.State                 `json:"state"`
	Interpreted bool                        `json:"interpreted"`
	Answers     uint64                      `json:"answers"`
	Faults      map[tenon.Kind]uint64       `json:"faults"`
	Blamed      uint64                      `json:"blamed"`
	Leaked      uint64                      `json:"leaked"`
	Instances   int                         `json:"instances"`
	InUse       int                         `json:"in_use"`
	Idle        int                         `json:"idle"`
	Kept        int                         `json:"kept"`
	Peak        int                         `json:"peak"`
	Resources   int                         `json:"resources"`
	Memory      uint64                      `json:"memory_bytes"`
	Built       uint64                      `json:"built"`
	Poisoned    uint64                      `json:"poisoned"`
	Recycled    uint64                      `json:"recycled"`
	Retired     map[tenon.Retirement]uint64 `json:"retired"`
	Resets      uint64                      `json:"resets"`
	Waits       uint64                      `json:"waits"`
	Waiting     int                         `json:"waiting"`
}

// contract is what a registry has of one contract.
type contract struct {
	Registry string           `json:"registry"`
	Contract string           `json:"contract"`
	Revision uint64           `json:"revision"`
	Active   string           `json:"active"`
	Previous string           `json:"previous"`
	Floor    uint64           `json:"floor"`
	Versions []published      `json:"versions"`
	Trail    []registry.Entry `json:"trail"`           // the latest first
	Error    string           `json:"error,omitempty"` // what could not be read
}

// published is a version of a registry.
type published struct {
	Version string   `json:"version"`
	Labels  []string `json:"labels"`
	Size    int64    `json:"size_bytes"`
	Signed  bool     `json:"signed"`
}

// Bounds of what is shown of a registry.
const (
	maxContracts = 100
	maxVersions  = 100
)

func (h *handler) report() report {
	r := report{Format: format, Time: time.Now(), ReadOnly: h.cfg.Token == "", DropIns: dropin.List(), Runtimes: []runtimeReport{}, Slots: []slotReport{},
		Followers: []follow.Status{}, Contracts: []contract{}, Events: []Event{}, Faults: []Fault{}}
	for _, rt := range h.runtimes() {
		stats := rt.Stats()
		r.Runtimes = append(r.Runtimes, runtimeReport{Kernels: stats.Kernels, Instances: stats.Instances, Memory: stats.Memory,
			MemoryLimit: stats.MemoryLimit, Interpreted: stats.Interpreted})
		for _, s := range stats.Slots {
			r.Slots = append(r.Slots, h.slot(s))
		}
	}
	for _, f := range h.followers() {
		r.Followers = append(r.Followers, f.Status())
	}
	for _, reg := range h.cfg.Registries {
		r.Contracts = append(r.Contracts, h.contracts(reg)...)
	}
	if rec := h.cfg.Recorder; rec != nil {
		r.Events, r.Faults = rec.Events(), rec.Faults("")
	}
	return r
}

// runtimes are the handler's, and those of drop-ins.
func (h *handler) runtimes() []*tenon.Runtime {
	list := []*tenon.Runtime{h.rt}
	for _, s := range dropin.Slots() {
		if !slices.Contains(list, s.Runtime()) {
			list = append(list, s.Runtime())
		}
	}
	return slices.DeleteFunc(list, func(rt *tenon.Runtime) bool { return rt == nil })
}

// followers are those of the configuration, and those of drop-ins.
func (h *handler) followers() []*follow.Follower {
	list := slices.Clone(h.cfg.Followers)
	for _, f := range dropin.Followings() {
		if f, ok := f.(*follow.Follower); ok && !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return list
}

func (h *handler) slot(s tenon.SlotStats) slotReport {
	r := slotReport{Slot: s.Slot, Answers: s.Answers, Baseline: s.Baseline, Fallbacks: s.Fallbacks, Refused: s.Refused, Blamed: s.Blamed,
		Leaked: s.Leaked, Swaps: s.Swaps, SwapFailures: s.SwapFailures, Share: s.Share, Tripped: s.Tripped, Trips: s.Trips, Panics: s.Panics, Faults: s.Faults,
		Versions: []versionReport{}, Last: []Fault{}}
	for _, v := range s.Versions {
		r.Versions = append(r.Versions, versionReport{Kernel: v.Kernel, Version: v.Version, Label: v.Label, State: v.State,
			Interpreted: v.Interpreted, Answers: v.Answers,
			Faults: v.Faults, Blamed: v.Blamed, Leaked: v.Leaked, Instances: v.Instances, InUse: v.InUse, Idle: v.Idle, Kept: v.Kept,
			Peak: v.Peak, Resources: v.Resources, Memory: v.Memory, Built: v.Built, Poisoned: v.Poisoned, Recycled: v.Recycled,
			Retired: v.Retired, Resets: v.Resets, Waits: v.Waits, Waiting: v.Waiting})
	}
	if h.cfg.Recorder != nil {
		r.Last = append(r.Last, h.cfg.Recorder.Faults(s.Slot)...)
	}
	return r
}

func (h *handler) contracts(reg *registry.Registry) []contract {
	names, err := reg.Contracts()
	if err != nil {
		return []contract{{Registry: reg.Root(), Versions: []published{}, Trail: []registry.Entry{}, Error: err.Error()}}
	}
	var list []contract
	for _, name := range names[:min(len(names), maxContracts)] {
		list = append(list, h.contract(reg, name))
	}
	return list
}

func (h *handler) contract(reg *registry.Registry, name string) contract {
	c := contract{Registry: reg.Root(), Contract: name, Versions: []published{}, Trail: []registry.Entry{}}
	var wrong []string
	if s, err := reg.State(name); err == nil {
		c.Revision, c.Active, c.Previous, c.Floor = s.Revision, s.Active, s.Previous, s.Floor
	} else {
		wrong = append(wrong, err.Error())
	}
	if versions, err := reg.List(name); err == nil {
		for _, v := range versions[:min(len(versions), maxVersions)] {
			c.Versions = append(c.Versions, published{Version: v.Digest, Labels: append([]string{}, v.Labels...), Size: v.Size, Signed: v.Signed})
		}
	} else {
		wrong = append(wrong, err.Error())
	}
	trail, err := reg.Trail(name, h.cfg.Trail)
	c.Trail = append(c.Trail, trail...) // with an error, too: those that can be read
	slices.Reverse(c.Trail)
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	c.Error = strings.Join(wrong, "; ")
	return c
}
