//go:build race

package gen

// RaceDetector says that the tests run under the race detector, whose bookkeeping allocates and takes time.
const RaceDetector = true
