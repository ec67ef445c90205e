// Package data holds the real access log that the demo and the benches run on; ORIGIN.md says where it is from.
package data

import _ "embed"

// AccessLog is 12,471 requests in the combined log format, a line each.
//
//go:embed access.log
var AccessLog string
