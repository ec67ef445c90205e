//go:build race

package race

// Enabled says that the program was built with -race.
const Enabled = true

// Slowdown is how many times longer an interpreted program takes.
const Slowdown = 10
