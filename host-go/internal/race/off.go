//go:build !race

package race

// Enabled says that the program was built with -race.
const Enabled = false

// Slowdown is how many times longer an interpreted program takes.
const Slowdown = 1
