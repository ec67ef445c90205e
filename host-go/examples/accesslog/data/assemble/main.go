// Assemble makes the demo's access log of two public data sets: every user agent of uap-core's browser list is
// given to a request of NASA's web server, in the combined log format. It is deterministic.
//
//	go run ./accesslog/data/assemble -requests nasa_access_1995-08.log -browsers pgts_browser_list.txt > accesslog/data/access.log
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// stride orders the alphabetical browser list anew, so that any stretch of the log is a fair sample. It is prime.
const stride = 7919

func main() {
	requests := flag.String("requests", "", "access log in the common log format, a request a line")
	browsers := flag.String("browsers", "", "tab-separated list whose third column is a user agent")
	flag.Parse()
	if err := assemble(*requests, *browsers, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "assemble: %v\n", err)
		os.Exit(1)
	}
}

func assemble(requests, browsers string, to io.Writer) error {
	broken, err := lines(requests)
	if err != nil {
		return err
	}
	common := whole(broken)
	listed, err := lines(browsers)
	if err != nil {
		return err
	}
	var agents []string
	for _, line := range listed {
		columns := strings.Split(line, "\t")
		if len(columns) >= 3 && strings.TrimSpace(columns[2]) != "" {
			agents = append(agents, strings.TrimSpace(columns[2]))
		}
	}
	if len(common) == 0 || len(agents) == 0 {
		return fmt.Errorf("%d requests and %d user agents: both files must hold some", len(common), len(agents))
	}
	out := bufio.NewWriter(to)
	for i := range agents {
		agent := agents[i*stride%len(agents)]
		fmt.Fprintf(out, "%s \"-\" \"%s\"\n", common[i%len(common)], escape.Replace(agent))
	}
	return out.Flush()
}

// complete is a line of the common log format: host, two names, time, request, status, size.
var complete = regexp.MustCompile(`^\S+ \S+ \S+ \[[^\]]+\] ".*" \d{3} (\d+|-)$`)

// whole gives the lines that are complete, and mends those that the copy of the log broke in two.
func whole(lines []string) []string {
	var mended []string
	for i, line := range lines {
		switch {
		case complete.MatchString(line):
			mended = append(mended, line)
		case i+1 < len(lines) && !complete.MatchString(lines[i+1]) && complete.MatchString(line+lines[i+1]):
			mended = append(mended, line+lines[i+1])
		}
	}
	return mended
}

// escape writes a field as Apache's mod_log_config does.
var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func lines(path string) ([]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			found = append(found, line)
		}
	}
	return found, nil
}
