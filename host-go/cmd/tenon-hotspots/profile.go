package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/google/pprof/profile"
)

// The limits on a profile, whoever wrote it. A minute of 64 busy cores stays below them by an order of magnitude.
const (
	maxFile   = 32 << 20 // bytes of the file
	maxRaw    = 32 << 20 // bytes that it unpacks to
	maxFields = 1 << 20  // samples, locations, functions or strings
	maxFrames = 8 << 20  // frames of all stacks
)

const takeOne = "take a CPU profile: runtime/pprof's StartCPUProfile, `go test -cpuprofile`, or /debug/pprof/profile of net/http/pprof"

// readProfile reads the CPU profile at path; "-" is standard input. What it gives has been checked: every sample has a
// stack of known locations and a cost that is not negative, and the costs add up within an int64.
func readProfile(path string) (*profile.Profile, error) {
	file := os.Stdin
	name := "standard input"
	if path != "-" {
		name = path
		opened, err := os.Open(path)
		if err != nil {
			return nil, &failure{what: path + ": cannot be read", found: reason(err), help: "give the path of a CPU profile; " + takeOne}
		}
		defer opened.Close()
		file = opened
	}
	data, err := readLimited(file, maxFile)
	if err != nil {
		return nil, &failure{what: name + ": cannot be read", found: reason(err), help: "give a CPU profile of at most 32 MiB"}
	}
	return parseProfile(name, data)
}

// reason is an error of the file system without the path, which the caller names.
func reason(err error) string {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

func readLimited(from io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("more than %d MiB", limit>>20)
	}
	return data, nil
}

// parseProfile takes a profile's bytes, packed by gzip or not.
func parseProfile(name string, data []byte) (p *profile.Profile, err error) {
	refuse := func(what, found, help string) (*profile.Profile, error) {
		return nil, &failure{what: name + ": " + what, found: found, help: help}
	}
	if len(data) == 0 {
		return refuse("the file is empty", "a service that was killed before StopCPUProfile leaves such a file", takeOne)
	}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err == nil {
			data, err = readLimited(unpacked, maxRaw)
		}
		if err != nil {
			return refuse("cannot be unpacked", err.Error(), "take the profile again, for a shorter time if it is too large")
		}
	}
	if err := countFields(data); err != nil {
		return refuse("not a profile", err.Error(), takeOne)
	}
	p, err = parse(data)
	if err != nil {
		return refuse("not a profile", err.Error(), takeOne)
	}
	if valueOf(p) < 0 {
		var types []string
		for _, t := range p.SampleType {
			types = append(types, t.Type+"/"+t.Unit)
		}
		return refuse("not a CPU profile", "it counts "+orNothing(strings.Join(types, ", ")), takeOne)
	}
	if len(p.Sample) == 0 {
		return refuse("the profile has no samples", "the program used no CPU while it was profiled, or the profile is shorter than 10 ms",
			"profile the service for 30 s under load")
	}
	if err := checkSamples(p); err != nil {
		return refuse("the profile's samples are of no use", err.Error(), takeOne)
	}
	return p, nil
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// parse has pprof's library read a profile. The library is written for the profiles of one's own programs: should a forged one
// make it panic, that is the profile's fault.
func parse(data []byte) (p *profile.Profile, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			p, err = nil, fmt.Errorf("pprof's library gives up on it: %v", fault)
		}
	}()
	if p, err = profile.ParseUncompressed(data); err != nil {
		return nil, err
	}
	return p, p.CheckValid()
}

// countFields bounds what the library allocates: of a profile's message, two bytes can make an object of a hundred.
func countFields(data []byte) error {
	counts := map[uint64]int{}
	for at := 0; at < len(data); {
		key, n := binary.Uvarint(data[at:])
		if n <= 0 {
			return fmt.Errorf("no field at byte %d", at)
		}
		field := at
		at += n
		switch key & 7 {
		case 0: // a number
			if _, n = binary.Uvarint(data[at:]); n <= 0 {
				return fmt.Errorf("no number at byte %d", at)
			}
			at += n
		case 2: // bytes
			length, n := binary.Uvarint(data[at:])
			if n <= 0 || length > uint64(len(data)-at-n) {
				return fmt.Errorf("the field at byte %d is longer than the rest of the file", field)
			}
			at += n + int(length)
		default:
			return fmt.Errorf("the byte %#02x at byte %d begins no field of a profile", data[field], field)
		}
		if counts[key>>3]++; counts[key>>3] > maxFields {
			return fmt.Errorf("more than %d entries of one kind (field %d)", maxFields, key>>3)
		}
		if len(counts) > 64 {
			return fmt.Errorf("more than 64 kinds of fields, where a profile has 14")
		}
	}
	return nil
}

// valueOf is the index of the samples' CPU time in nanoseconds, or negative if the profile has no such value.
func valueOf(p *profile.Profile) int {
	for i, t := range p.SampleType {
		if t.Type == "cpu" && t.Unit == "nanoseconds" {
			return i
		}
	}
	return -1
}

func checkSamples(p *profile.Profile) error {
	value := valueOf(p)
	var total int64
	frames, named := 0, false
	for i, s := range p.Sample {
		cost := s.Value[value]
		if cost < 0 {
			return fmt.Errorf("sample %d costs %d ns: this is the difference of two profiles", i, cost)
		}
		if total > math.MaxInt64-cost {
			return errors.New("their costs do not add up in 64 bits")
		}
		total += cost
		for _, l := range s.Location {
			if frames += max(1, len(l.Line)); frames > maxFrames {
				return fmt.Errorf("more than %d frames", maxFrames)
			}
			for _, line := range l.Line {
				named = named || line.Function != nil && line.Function.Name != ""
			}
		}
	}
	switch {
	case total == 0:
		return errors.New("they cost nothing")
	case !named:
		return errors.New("no frame has a function's name; `go tool pprof -proto BINARY PROFILE` adds names")
	}
	return nil
}
