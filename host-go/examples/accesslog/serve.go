package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tenon-dev/tenon/host-go/adapters/prometheus"
	"github.com/tenon-dev/tenon/host-go/adapters/prometheus/following"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/admin"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// betweenRecords keeps the load of -serve light: a page to look at, not a benchmark.
const betweenRecords = 2 * time.Millisecond

// tokenVariable names the environment variable with the token of who may change what serves, by the status page; without it
// nobody may.
const tokenVariable = "ACCESSLOG_TOKEN"

// serveUnderLoad answers the records again and again until ctx ends, with a status page at / and metrics at /metrics.
// Whatever is activated in the registry's folder meanwhile serves.
func serveUnderLoad(ctx context.Context, s *service, log *accessLog, addr string, report io.Writer) error {
	metrics := client.NewRegistry()
	metrics.MustRegister(prometheus.NewCollector(s.rt.Stats), following.NewCollector(following.All(s.releases.follower)))
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler(admin.Path, http.StatusFound))
	mux.Handle(admin.Path, admin.Handler(s.rt, admin.Config{
		Recorder:   s.recorder,
		Followers:  []*follow.Follower{s.releases.follower},
		Registries: []*registry.Registry{s.releases.registry},
		Token:      os.Getenv(tokenVariable),
	}))
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("the status page has no address: %w", err)
	}
	fmt.Fprintf(report, "redact follows the registry in %s\n", s.releases.dir)
	fmt.Fprintf(report, "serving http://%s/ and http://%s/metrics until interrupted\n", listener.Addr(), listener.Addr())

	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	err = answerForever(ctx, s, log)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(closing))
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func answerForever(ctx context.Context, s *service, log *accessLog) error {
	kernels := answerer{s.parser, s.redactor}
	for i := 0; ; i = (i + 1) % len(log.records) {
		if pause(ctx, betweenRecords) != nil {
			return nil // interrupted: the way this ends
		}
		// The context's end stops the loop, not a call in flight.
		if _, err := kernels.answer(context.WithoutCancel(ctx), log.records[i]); err != nil {
			return err
		}
	}
}
