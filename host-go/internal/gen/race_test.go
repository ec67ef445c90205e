//go:build race

package gen_test

// raceDetector says that the tests run under the race detector, whose bookkeeping allocates.
const raceDetector = true
