//go:build !race

package realinput

const race = false
