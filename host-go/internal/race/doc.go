// Package race tells tests whether they run under the race detector. Its bookkeeping allocates, and slows interpreted programs,
// the transpiler among them, ten times.
package race
