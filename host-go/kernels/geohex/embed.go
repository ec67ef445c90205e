package geohex

import _ "embed"

//go:embed geohex-1.0.0.wasm
var v100 []byte

// Component is the kernel that this package brings along, version 1.0.0. The bytes are shared: do not change them.
func Component() []byte { return v100 }
