package main

import (
	"context"
	"strings"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// parse is the function of kernels/useragent.
var parse = &typed[string, useragent.Agent]{
	inputs:    input.texts,
	key:       func(text string) string { return text },
	show:      showAgent,
	component: useragent.Component,
	serve: func(ctx context.Context, rt *tenon.Runtime) (way[string, useragent.Agent], error) {
		slot, err := client[useragent.Parser](ctx, rt, useragent.Contract, useragent.Component())
		if err != nil {
			return way[string, useragent.Agent]{}, err
		}
		return parser(ctx, useragent.New(slot)), nil
	},
	engines: map[string]func(context.Context, *bench) (way[string, useragent.Agent], error){
		"go": func(ctx context.Context, _ *bench) (way[string, useragent.Agent], error) {
			return parser(ctx, useragent.BaselineWithCache(0)), nil
		},
		"wazero": func(ctx context.Context, b *bench) (way[string, useragent.Agent], error) {
			return byHand(ctx, b, useragent.Component(), "parse", liftAgent)
		},
	},
}

func parser(ctx context.Context, p useragent.Parser) way[string, useragent.Agent] {
	return way[string, useragent.Agent]{call: func(ua string) (useragent.Agent, error) { return p.Parse(ctx, ua) }}
}

// liftAgent reads a record of two programs and a device.
func liftAgent(m memory, at uint32) (out useragent.Agent, ok bool) {
	var okBrowser, okOS, okFamily, okBrand, okModel bool
	out.Browser, okBrowser = liftSoftware(m, at)
	out.OS, okOS = liftSoftware(m, at+56)
	out.Device.Family, okFamily = m.text(at + 112)
	out.Device.Brand, okBrand = m.option(at + 120)
	out.Device.Model, okModel = m.option(at + 132)
	return out, okBrowser && okOS && okFamily && okBrand && okModel
}

func liftSoftware(m memory, at uint32) (out useragent.Software, ok bool) {
	var ok1, ok2, ok3, ok4 bool
	out.Family, ok = m.text(at)
	out.Major, ok1 = m.option(at + 8)
	out.Minor, ok2 = m.option(at + 20)
	out.Patch, ok3 = m.option(at + 32)
	out.PatchMinor, ok4 = m.option(at + 44)
	return out, ok && ok1 && ok2 && ok3 && ok4
}

func showAgent(a useragent.Agent) string {
	fields := []string{a.Browser.Family, a.OS.Family, a.Device.Family}
	for _, part := range []tenon.Option[string]{
		a.Browser.Major, a.Browser.Minor, a.Browser.Patch, a.Browser.PatchMinor,
		a.OS.Major, a.OS.Minor, a.OS.Patch, a.OS.PatchMinor, a.Device.Brand, a.Device.Model,
	} {
		fields = append(fields, part.Or("-"))
	}
	return strings.Join(fields, "|")
}
