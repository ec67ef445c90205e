package {{package}}

import _ "embed"

//go:generate tenon build {{go_to_root}}kernels/{{name}} -o {{name}}-0.1.0.wasm
//go:generate go run github.com/tenon-dev/tenon/host-go/cmd/tenon-gen -dropin {{name}}-0.1.0.wasm

//go:embed {{name}}-0.1.0.wasm
var component []byte

// Component is the kernel that this package brings along, version 0.1.0. The bytes are shared: do not change them.
func Component() []byte { return component }
