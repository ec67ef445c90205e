package tenon_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// deployed builds internal/fixture/deployed as one static file, once, and gives its path.
var deployed = sync.OnceValues(func() (string, error) {
	file := filepath.Join(filepath.Dir(cacheDir), "deployed")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, "./internal/fixture/deployed")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return file, nil
})

// answered is what the program printed, and the messages that it logged, each with its line.
type answered struct {
	Sum                uint32
	Interpreted        bool // the runtime
	VersionInterpreted bool
	MemoryLimit        int64
	Env, Root          []string
	Written            bool
	logged             map[string]map[string]string
}

// deploy runs the program in a folder that has nothing but it and what lay puts there. The environment is that of env alone.
func deploy(t *testing.T, env []string, lay func(root string), args ...string) answered {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a program")
	}
	built, err := deployed()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	program, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(root, "service")
	if err := os.WriteFile(inside, program, 0o500); err != nil {
		t.Fatal(err)
	}
	if lay != nil {
		lay(root)
	}
	run := exec.CommandContext(t.Context(), inside, append([]string{"-root", root}, args...)...)
	run.Env = append([]string{}, env...) // nil would be ours
	// A user namespace, so that it needs no privilege where such are allowed.
	run.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	var stdout, stderr bytes.Buffer
	run.Stdout, run.Stderr = &stdout, &stderr
	if err := run.Run(); err != nil {
		const denied = 2
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == denied {
			t.Skipf("this machine does not allow it: %s", stderr.Bytes())
		}
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
			t.Skipf("this machine has no namespaces for us: %v", err)
		}
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	a := answered{logged: map[string]map[string]string{}}
	if err := json.Unmarshal(stdout.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(stderr.Bytes()) {
		var keys map[string]string
		if err := json.Unmarshal(line, &keys); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if a.logged[keys["msg"]] != nil {
			t.Errorf("logged twice: %s", line)
		}
		a.logged[keys["msg"]] = keys
	}
	if a.Sum != 42 {
		t.Errorf("40 + 2 = %d", a.Sum)
	}
	return a
}

// A container image made from scratch: one static file on a read-only root, no HOME or any other variable, no /tmp, /proc or /dev.
func TestDeployedFromScratch(t *testing.T) {
	a := deploy(t, nil, nil, "-read-only")
	if a.Written || !slices.Equal(a.Root, []string{"service"}) || len(a.Env) > 0 {
		t.Fatalf("it is not alone: %+v", a)
	}
	if a.Interpreted || a.VersionInterpreted || len(a.logged) > 0 {
		t.Errorf("got %+v", a)
	}
}

// The instances' memory is Go's, so its limit holds for them.
func TestDeployedWithMemoryLimit(t *testing.T) {
	if a := deploy(t, []string{"GOMEMLIMIT=24MiB"}, nil); a.MemoryLimit != 24<<20 {
		t.Errorf("the limit is %d", a.MemoryLimit)
	}
}

// Without executable memory kernels run all the same, which is logged once.
func TestDeployedWithoutExecutableMemory(t *testing.T) {
	for name, args := range map[string][]string{
		"from the start":        {"-no-executable-memory"},
		"with a cache":          {"-no-executable-memory", "-cache", "/cache"},
		"given up while it ran": {"-no-executable-memory", "-late", "-cache", "/cache"},
	} {
		t.Run(name, func(t *testing.T) {
			a := deploy(t, nil, nil, args...)
			late := slices.Contains(args, "-late") // the compiler was there when its runtime was opened
			if line := a.logged["kernels are interpreted"]; (line == nil) != late || !late && line["reason"] != "no executable memory: permission denied" {
				t.Errorf("logged %v", a.logged)
			}
			if a.Interpreted == late || !a.VersionInterpreted {
				t.Errorf("interpreted: %v, the version %v", a.Interpreted, a.VersionInterpreted)
			}
		})
	}
}

// A folder for the cache that cannot be written, whether it is there or not, costs time, and a line in the log.
func TestDeployedWithReadOnlyCache(t *testing.T) {
	for name, lay := range map[string]func(root string){
		"none": nil,
		"empty": func(root string) {
			if err := os.Mkdir(filepath.Join(root, "cache"), 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"filled": func(root string) {
			if err := os.CopyFS(filepath.Join(root, "cache"), os.DirFS(filled(t))); err != nil {
				t.Fatal(err)
			}
			private(t, filepath.Join(root, "cache"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := deploy(t, nil, lay, "-read-only", "-cache", "/cache")
			line := a.logged["cache cannot be written"]
			if a.Written || len(a.logged) != 1 || line["dir"] != "/cache" || line["error"] == "" {
				t.Errorf("got %+v", a)
			}
		})
	}
}

// filled gives a cache with the scalar kernel in it.
func filled(t *testing.T) string {
	t.Helper()
	loadScalar(t, newRuntime(t, tenon.Config{}))
	return cacheDir
}

// private takes the rights of others away, which os.CopyFS gives.
func private(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := os.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700
		}
		return os.Chmod(path, mode)
	})
	if err != nil {
		t.Fatal(err)
	}
}
