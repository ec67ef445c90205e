// Serve is the service's program.
package main

import "example.test/service/shape"

func main() {
	words := []string{"one", "two"}
	for range 3 {
		loop(words)
	}
}

func loop(words []string) {
	for _, word := range words {
		_ = shape.Upper(word)
	}
}
