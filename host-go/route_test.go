package tenon

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
)

// Keys stand where wit/vectors/routing.json says, on both hosts.
func TestKeyPosition(t *testing.T) {
	data, err := os.ReadFile("../wit/vectors/routing.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Format int
		Cases  []struct {
			Key, Hash string
			Position  float64
		}
	}
	if err := json.Unmarshal(data, &table); err != nil || table.Format != 1 || len(table.Cases) < 10 {
		t.Fatalf("format %d, %d cases, %v", table.Format, len(table.Cases), err)
	}
	for _, c := range table.Cases {
		h, err := strconv.ParseUint(c.Hash, 16, 64)
		if err != nil || float64(h>>11)/(1<<53) != c.Position {
			t.Errorf("%q: hash %s is not position %v, %v", c.Key, c.Hash, c.Position, err)
		}
		if got := KeyPosition(c.Key); got != c.Position {
			t.Errorf("KeyPosition(%q) = %v, want %v", c.Key, got, c.Position)
		}
	}
}

// Keys that differ little spread as keys that differ much.
func TestKeysSpread(t *testing.T) {
	const keys, parts = 100_000, 100
	for _, form := range []string{"user-%d", "%d", "%08x", "tenant/7/%d"} {
		var counts [parts]int
		for i := range keys {
			counts[int(KeyPosition(fmt.Sprintf(form, i))*parts)]++
		}
		chi := 0.0
		for _, n := range counts {
			d := float64(n) - keys/parts
			chi += d * d / (keys / parts)
		}
		// 99 degrees of freedom: 160 and more has a chance of 1 in 10,000.
		if chi > 160 || math.IsNaN(chi) {
			t.Errorf("%s: chi squared is %.0f", form, chi)
		}
	}
}

func ExampleKeyPosition() {
	for _, key := range []string{"user-1", "user-2", "user-3"} {
		fmt.Printf("%s %.3f %v\n", key, KeyPosition(key), KeyPosition(key) < 0.3)
	}
	// Output:
	// user-1 0.256 true
	// user-2 0.664 false
	// user-3 0.175 true
}
