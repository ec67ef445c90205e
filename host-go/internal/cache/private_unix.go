//go:build unix

package cache

import (
	"io/fs"
	"os"
	"syscall"
)

// private reports whether a file belongs to this user (or root) and nobody else can reach it.
func private(info fs.FileInfo) bool {
	if info.Mode().Perm()&0o077 != 0 {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return !ok || st.Uid == uint32(os.Geteuid()) || st.Uid == 0
}
