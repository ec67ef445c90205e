//go:build race

package tenon_test

// raceDetector says that this test runs under the race detector, where the transpiler's sandbox takes seconds.
const raceDetector = true
