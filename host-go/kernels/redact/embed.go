package redact

import _ "embed"

var (
	//go:embed redact-1.0.0.wasm
	v100 []byte
	//go:embed redact-1.1.0.wasm
	v110 []byte
	//go:embed redact-1.2.0-trap.wasm
	v120Trap []byte
)

// Component is the kernel that this package brings along, version 1.0.0, which finds every kind but KindURL. The bytes
// are shared: do not change them.
func Component() []byte { return v100 }

// ComponentV1_1_0 is version 1.1.0, which finds KindURL too. The bytes are shared: do not change them.
func ComponentV1_1_0() []byte { return v110 }

// ComponentV1_2_0Trap is version 1.2.0-trap: 1.1.0 with a deliberate defect, for demonstrations and tests. It panics on
// a text with a version number that looks like an IPv4 address and is none, as in "Galeon/1.3.7.20030803". The bytes are
// shared: do not change them.
func ComponentV1_2_0Trap() []byte { return v120Trap }
