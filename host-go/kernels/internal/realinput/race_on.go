//go:build race

package realinput

const race = true
