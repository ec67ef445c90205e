package useragent

import (
	"context"
	_ "embed"
	"fmt"
	"sync"

	"github.com/ua-parser/uap-go/uaparser"
	"gopkg.in/yaml.v3"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// rules are uap-core's, the same as the kernel's; uap-go by itself brings older ones. LICENSE-uap-core is theirs.
//
//go:embed regexes.yaml
var rules []byte

// defaultCacheSize is uap-go's own.
const defaultCacheSize = 1024

// Baseline is the Go implementation that the kernel replaces: ua-parser/uap-go with the kernel's rules and the cache that
// uap-go has by default. The rules are compiled at the first call, once a process.
func Baseline() Parser { return &baseline{parser: defaultParser} }

// BaselineWithCache is Baseline with room for the answers of size user agents. uap-go cannot do without a cache: less
// than 1 is 1, which remembers the last user agent. It compiles rules of its own at the first call.
func BaselineWithCache(size int) Parser {
	return &baseline{parser: sync.OnceValues(func() (*uaparser.Parser, error) { return newParser(size) })}
}

var defaultParser = sync.OnceValues(func() (*uaparser.Parser, error) { return newParser(defaultCacheSize) })

func newParser(cacheSize int) (*uaparser.Parser, error) {
	// Every parser compiles into its definitions, so each needs its own.
	var definitions uaparser.RegexDefinitions
	if err := yaml.Unmarshal(rules, &definitions); err != nil {
		return nil, err
	}
	return uaparser.New(uaparser.WithRegexDefinitions(definitions), uaparser.WithCacheSize(max(1, cacheSize)))
}

type baseline struct {
	parser func() (*uaparser.Parser, error)
}

// Parse implements Parser. It looks the three answers up one after the other: uap-go's own Parse starts a goroutine for
// each, which costs a service under load more than it gains.
func (b *baseline) Parse(ctx context.Context, ua string) (Agent, error) {
	if err := ctx.Err(); err != nil {
		return Agent{}, err
	}
	p, err := b.parser()
	if err != nil {
		return Agent{}, fmt.Errorf("useragent: the baseline's rules do not compile: %w", err)
	}
	browser, os, device := p.ParseUserAgent(ua), p.ParseOs(ua), p.ParseDevice(ua)
	return Agent{
		Browser: Software{
			Family: browser.Family,
			Major:  part(browser.Major),
			Minor:  part(browser.Minor),
			Patch:  part(browser.Patch),
		},
		OS: Software{
			Family:     os.Family,
			Major:      part(os.Major),
			Minor:      part(os.Minor),
			Patch:      part(os.Patch),
			PatchMinor: part(os.PatchMinor),
		},
		Device: Device{
			Family: device.Family,
			Brand:  part(device.Brand),
			Model:  part(device.Model),
		},
	}, nil
}

// ParseAll implements Parser.
func (b *baseline) ParseAll(ctx context.Context, uas []string) ([]Agent, error) {
	agents := make([]Agent, len(uas))
	for i, ua := range uas {
		var err error
		if agents[i], err = b.Parse(ctx, ua); err != nil {
			return nil, err
		}
	}
	return agents, nil
}

// part is none for what uap-go leaves empty: it does not tell "nothing" from "the empty string".
func part(s string) tenon.Option[string] {
	if s == "" {
		return tenon.None[string]()
	}
	return tenon.Some(s)
}
