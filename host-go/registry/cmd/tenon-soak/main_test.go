package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestSoak(t *testing.T) {
	var out, errs bytes.Buffer
	if code := exit(t.Context(), []string{"-swaps", "24", "-cycles", "3", "-cache", filepath.Join(t.TempDir(), "cache")}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if !strings.HasPrefix(lines[0], "cycle ") {
		t.Errorf("the first line is %q", lines[0])
	}
	if last := lines[len(lines)-1]; !regexp.MustCompile(`^soak: swaps 24 calls [1-9][0-9]* lost 0 wrong 0 torn 0$`).MatchString(last) {
		t.Errorf("the last line is %q", last)
	}
}

func TestSoakThroughRegistry(t *testing.T) {
	var out, errs bytes.Buffer
	if code := exit(t.Context(), []string{"-swaps", "16", "-through", "registry"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if !strings.HasSuffix(out.String(), " lost 0 wrong 0 torn 0\n") {
		t.Errorf("printed:\n%s", out.String())
	}
}

func TestUsage(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		args string
		code int
		want string
	}{
		{t.Context(), "-help", 0, "-swaps"},
		{t.Context(), "-swaps=x", 2, "invalid value"},
		{t.Context(), "-swaps=-1", 2, "0 or more"},
		{t.Context(), "-through=nothing", 2, "registry or nothing"},
		{t.Context(), "1000", 2, "nothing behind the flags"},
		{canceled, "-swaps=1", 1, "canceled"},
	} {
		var out, errs bytes.Buffer
		if code := exit(c.ctx, []string{c.args}, &out, &errs); code != c.code || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%s: exit code %d, %s", c.args, code, errs.String())
		}
	}
}
