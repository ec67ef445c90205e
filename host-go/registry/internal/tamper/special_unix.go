//go:build !windows

package tamper

import (
	"os"
	"syscall"

	"github.com/tenon-dev/tenon/host-go/registry"
)

// fifo puts a FIFO without a writer in the place of a file: an open that waits would wait for ever.
func fifo(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return syscall.Mkfifo(path, 0o644)
}

// device puts a link to a device in the place of a file: a read without a bound would never end.
func device(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.Symlink("/dev/zero", path)
}

func special() []Case {
	return []Case{
		{"a FIFO in the component's place", registry.ReasonNotAFile, then(func(s *Scene) error { return fifo(s.wasm(s.New)) })},
		{"a FIFO in the envelope's place", registry.ReasonNotAFile, then(func(s *Scene) error { return fifo(s.envelope(s.New)) })},
		{"a FIFO in the state's place", registry.ReasonNotAFile, func(s *Scene) error { return fifo(s.Path("state.json")) }},
		{"a FIFO in the labels' place", registry.ReasonNotAFile, then(func(s *Scene) error { return fifo(s.Path("labels.json")) })},
		{"a device in the component's place", registry.ReasonNotAFile, then(func(s *Scene) error { return device(s.wasm(s.New)) })},
		{"a device in the state's place", registry.ReasonNotAFile, func(s *Scene) error { return device(s.Path("state.json")) }},
	}
}
