package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/examples/accesslog/data"
)

// A record is one line of the log.
type record struct {
	line  string // without its line end; valid UTF-8
	agent string // the user agent; "" where the line has none
}

type accessLog struct {
	name     string
	records  []record
	repaired int // lines that were no UTF-8
}

// readLog reads a whole log: the bundled one, standard input ("-"), or a file.
func readLog(input string) (*accessLog, error) {
	switch input {
	case "":
		return parseLog("the bundled log", strings.NewReader(data.AccessLog))
	case "-":
		return parseLog("standard input", os.Stdin)
	}
	file, err := os.Open(input)
	if err != nil {
		return nil, fmt.Errorf("the log cannot be opened: %w", err)
	}
	defer file.Close()
	return parseLog(input, file)
}

// parseLog takes lines of any length that end in LF or CRLF, and skips empty ones. A contract's strings are UTF-8, so
// other bytes become U+FFFD here, where they enter the program.
func parseLog(name string, from io.Reader) (*accessLog, error) {
	log := &accessLog{name: name}
	lines := bufio.NewReaderSize(from, 1<<16)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			if !utf8.ValidString(line) {
				line = strings.ToValidUTF8(line, "\uFFFD")
				log.repaired++
			}
			log.records = append(log.records, record{line: line, agent: data.UserAgent(line)})
		}
		if errors.Is(err, io.EOF) {
			return log, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s after %d records: %w", name, len(log.records), err)
		}
	}
}

func (l *accessLog) repairs() string {
	if l.repaired == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d with bytes that are no UTF-8: replaced)", l.repaired)
}

// bytes is the log as it was understood: a line a record.
func (l *accessLog) bytes() []byte {
	var b []byte
	for _, r := range l.records {
		b = append(append(b, r.line...), '\n')
	}
	return b
}
