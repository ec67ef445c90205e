package thumbnail

import _ "embed"

//go:embed thumbnail-1.0.0.wasm
var component []byte

// Component is the kernel that this package brings along, version 1.0.0. The bytes are shared: do not change them.
func Component() []byte { return component }
