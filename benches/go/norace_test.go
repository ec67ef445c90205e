//go:build !race

package main

// raceDetector says that this test runs under the race detector.
const raceDetector = false
