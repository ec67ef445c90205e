// Package race tells whether a program runs under the race detector. Its bookkeeping allocates, and slows interpreted programs, the
// transpiler among them, ten times.
package race
