package main

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tenon-dev/tenon/host-go/examples/accesslog/data"
)

func parse(t *testing.T, text string) *accessLog {
	t.Helper()
	log, err := parseLog("test", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestLinesOfEveryKindAreTaken(t *testing.T) {
	log := parse(t, "one\r\n\r\n\ntwo\x00\xff\nlast")
	var lines []string
	for _, r := range log.records {
		lines = append(lines, r.line)
	}
	if got := strings.Join(lines, "|"); got != "one|two\x00\uFFFD|last" || log.repaired != 1 {
		t.Fatalf("lines %q, %d repaired", got, log.repaired)
	}
	if empty := parse(t, ""); len(empty.records) != 0 {
		t.Fatalf("an empty log has %d records", len(empty.records))
	}
}

func TestALineOfTenMegabytesIsOneRecord(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	log := parse(t, long+"\nnext\n")
	if len(log.records) != 2 || log.records[0].line != long {
		t.Fatalf("%d records, the first of %d bytes", len(log.records), len(log.records[0].line))
	}
}

func TestAFailingReaderIsAnErrorThatSaysHowFarItCame(t *testing.T) {
	from := io.MultiReader(strings.NewReader("one\ntwo\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := parseLog("the pipe", from); err == nil || !strings.Contains(err.Error(), "the pipe after 2 records") {
		t.Fatalf("error %v", err)
	}
}

func TestTheBundledLogHasAUserAgentALine(t *testing.T) {
	log := parse(t, data.AccessLog)
	for i, r := range log.records {
		if r.agent == "" {
			t.Fatalf("record %d has no user agent: %s", i+1, r.line)
		}
	}
	if len(log.records) < 10_000 {
		t.Fatalf("%d records", len(log.records))
	}
}
