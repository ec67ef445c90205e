package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
	"github.com/tenon-dev/tenon/host-go/registry/admin"
)

// Labels of the redact kernel's builds.
const (
	stable    = "1.0.0"
	candidate = "1.1.0"      // also reports URLs
	faulty    = "1.2.0-trap" // panics on some lines
)

// A service holds the two slots. The useragent slot serves the kernel that its package brings along; the redact slot follows a
// registry.
type service struct {
	rt       *tenon.Runtime
	agents   *tenon.Slot[useragent.Parser]
	texts    *tenon.Slot[redact.Redactor]
	parser   useragent.Parser
	redactor redact.Redactor
	releases *releases
	recorder *admin.Recorder
	watcher  atomic.Pointer[func(tenon.Event)]
	workers  int
}

// openService opens the slots. The redact slot follows the registry in a folder; "" is one of its own.
func openService(ctx context.Context, folder string) (_ *service, err error) {
	s := &service{workers: runtime.GOMAXPROCS(0)}
	s.recorder = &admin.Recorder{Next: s}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	cache := ""
	if dir, err := os.UserCacheDir(); err == nil {
		cache = filepath.Join(dir, "tenon")
	}
	if s.rt, err = tenon.New(ctx, tenon.Config{CacheDir: cache, Observer: s.recorder}); err != nil {
		return nil, err
	}
	parse, err := s.rt.Load(ctx, "useragent", useragent.Component())
	if err != nil {
		return nil, err
	}
	// A line takes a kernel some microseconds: whatever comes near this hangs, and the baseline answers.
	const deadline = 500 * time.Millisecond
	s.agents, err = tenon.NewSlot(ctx, s.rt, "useragent", useragent.Contract, tenon.SlotConfig[useragent.Parser]{
		Baseline: useragent.Baseline(),
		Kernel:   parse,
		Deadline: deadline,
	})
	if err != nil {
		return nil, err
	}
	s.texts, err = tenon.NewSlot(ctx, s.rt, "redact", redact.Contract, tenon.SlotConfig[redact.Redactor]{
		Baseline: redact.Baseline(),
		Deadline: deadline,
		Breaker:  tenon.Breaker{Faults: tolerated},
	})
	if err != nil {
		return nil, err
	}
	if s.releases, err = openReleases(ctx, folder); err != nil {
		return nil, err
	}
	if err = s.releases.follow(ctx, s.texts); err != nil {
		return nil, err
	}
	if err = s.releases.activate(ctx, stable); err != nil {
		return nil, err
	}
	s.parser, s.redactor = useragent.New(s.agents), redact.New(s.texts)
	return s, nil
}

// watch has f called with every event of the runtime, in place of whoever watched before; nil ends that.
func (s *service) watch(f func(tenon.Event)) {
	if f == nil {
		s.watcher.Store(nil)
		return
	}
	s.watcher.Store(&f)
}

// Observe is the runtime's observer.
func (s *service) Observe(e tenon.Event) {
	if f := s.watcher.Load(); f != nil {
		(*f)(e)
	}
}

func (s *service) close() {
	ctx := context.Background()
	var errs []error
	if s.releases != nil {
		errs = append(errs, s.releases.close(ctx))
	}
	if s.rt != nil {
		errs = append(errs, s.rt.Close(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintf(os.Stderr, "accesslog: closing: %v\n", err)
	}
}

// baselines are the Go implementations that the kernels replace.
func baselines() answerer { return answerer{useragent.Baseline(), redact.Baseline()} }
