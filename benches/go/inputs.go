package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenon-dev/tenon/host-go/examples/accesslog/data"
	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
)

// An input says what a function is called with, over and over: exactly one of its sources is set.
type input struct {
	File    string `json:"file"`    // of the repository, cut up as Each says
	Text    string `json:"text"`    // one text
	Pairs   int    `json:"pairs"`   // so many pairs of numbers: n and 2
	Squares int    `json:"squares"` // one list of the first so many squares

	Each  string `json:"each"`  // line, user-agent, text, or place
	Bytes int    `json:"bytes"` // of a text: whole lines, until there are as many bytes
	Count int    `json:"count"` // so many places in a list; 0 is one
}

// A pair is what a function of two numbers takes.
type pair struct{ a, b uint32 }

// texts are an input's strings.
func (in input) texts() ([]string, error) {
	switch {
	case in.Text != "":
		return []string{in.Text}, nil
	case in.File == "":
		return nil, fmt.Errorf("the input %+v is no text", in)
	}
	lines, err := in.lines()
	if err != nil {
		return nil, err
	}
	switch in.Each {
	case "line":
		return lines, nil
	case "user-agent":
		for i, line := range lines {
			lines[i] = data.UserAgent(line)
		}
		return lines, nil
	case "text":
		return joined(lines, in.Bytes), nil
	}
	return nil, fmt.Errorf("a file is cut up by line, user-agent or text, not by %q", in.Each)
}

// lines are those of an input's file.
func (in input) lines() ([]string, error) {
	text, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(in.File)))
	return strings.Split(strings.TrimSpace(string(text)), "\n"), err
}

// apart is by how many lines of their file places follow each other: far apart, as those of strangers are.
const apart = 7_919

// places are an input's lists of places.
func (in input) places() ([][]geohex.LatLng, error) {
	if in.Each != "place" {
		return nil, fmt.Errorf("the input %+v is no places", in)
	}
	lines, err := in.lines()
	if err != nil {
		return nil, err
	}
	all := make([]geohex.LatLng, len(lines))
	for i := range all {
		line := lines[i*apart%len(lines)]
		var cell string
		if _, err := fmt.Sscan(line, &cell, &all[i].Lat, &all[i].Lng); err != nil {
			return nil, fmt.Errorf("%s: %q is no cell with a place: %w", in.File, line, err)
		}
	}
	count := max(in.Count, 1)
	return slices.Collect(slices.Chunk(all[:len(all)-len(all)%count], count)), nil
}

// joined are texts of whole lines, each as soon as it has so many bytes. What is left over is dropped.
func joined(lines []string, bytes int) []string {
	var texts []string
	var text strings.Builder
	for _, line := range lines {
		text.WriteString(line)
		text.WriteByte('\n')
		if text.Len() >= bytes {
			texts = append(texts, text.String())
			text.Reset()
		}
	}
	return texts
}

// pairs are an input's pairs of numbers.
func (in input) pairs() ([]pair, error) {
	if in.Pairs == 0 {
		return nil, fmt.Errorf("the input %+v is no pairs", in)
	}
	pairs := make([]pair, in.Pairs)
	for i := range pairs {
		pairs[i] = pair{uint32(i), 2}
	}
	return pairs, nil
}

// lists are an input's lists of numbers.
func (in input) lists() ([][]uint32, error) {
	if in.Squares == 0 {
		return nil, fmt.Errorf("the input %+v is no list", in)
	}
	list := make([]uint32, in.Squares)
	for i := range list {
		list[i] = uint32(i) * uint32(i)
	}
	return [][]uint32{list}, nil
}

// logLines, logTexts and userAgents are the same for rows whose parts are no defined calls.

func logLines() []string {
	return strings.Split(strings.TrimSpace(data.AccessLog), "\n")
}

func logTexts() []string { return joined(logLines(), 4<<10) }

func userAgents() []string {
	var agents []string
	for _, line := range logLines() {
		agents = append(agents, data.UserAgent(line))
	}
	return agents
}
