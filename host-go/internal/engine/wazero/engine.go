// Package wazero runs core modules on wazero; nothing else in the module names that engine.
package wazero

import _ "github.com/tetratelabs/wazero"
