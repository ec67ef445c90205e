package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

// profiled runs work, and writes a CPU profile of the process during it to path; "" is no profile.
func profiled(path string, work func() error) (err error) {
	if path == "" {
		return work()
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("the CPU profile cannot be written: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := pprof.StartCPUProfile(file); err != nil {
		return fmt.Errorf("the CPU profile cannot be taken: %w", err)
	}
	defer pprof.StopCPUProfile()
	return work()
}
