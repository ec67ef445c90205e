// Package shape has a function for each finding of tenon-hotspots.
package shape

import (
	"bytes"
	"context"
	"io"
	"math/rand"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
)

// A Point is plain data.
type Point struct {
	X, Y float64
	Name string
}

// A Node holds itself.
type Node struct{ Next *Node }

// Upper suits a kernel as it stands.
func Upper(line string) string { return strings.ToUpper(line) }

// Center takes and gives plain data, beside a context and an error.
func Center(ctx context.Context, points []Point, weights []float32) (Point, error) {
	if err := ctx.Err(); err != nil {
		return Point{}, err
	}
	var c Point
	for i, p := range points {
		c.X += p.X * float64(weights[i])
	}
	return c, nil
}

var table = map[string]int{"a": 1}

// Look reads a table that nothing changes.
func Look(key string) int { return table[key] }

var counter int

// Count changes a package variable.
func Count(n int) int {
	counter += n
	return n
}

// Counted reads it.
func Counted() int { return counter }

// Age reaches the clock, two calls down.
func Age(since int64) int64 { return now() - since }

func now() int64 { return clock() }

func clock() int64 { return time.Now().Unix() }

// Draw reaches random numbers.
func Draw(n int) int { return rand.Intn(n) }

// Read reaches files.
func Read(path string) ([]byte, error) { return os.ReadFile(path) }

// Both starts a goroutine and waits on a channel.
func Both(a int) int {
	done := make(chan int)
	go func() { done <- a }()
	return <-done
}

// Each calls back.
func Each(lines []string, do func(string)) int {
	for _, line := range lines {
		do(line)
	}
	return len(lines)
}

// Depth takes a type that holds itself.
func Depth(n *Node) int {
	if n == nil {
		return 0
	}
	return 1 + Depth(n.Next)
}

// Copy streams.
func Copy(w io.Writer, r io.Reader) error {
	_, err := io.Copy(w, r)
	return err
}

// Words gives a map of pointers.
func Words(text string) map[string]*Point { return nil }

// Fill writes into its parameter.
func Fill(out []byte, with byte) int {
	for i := range out {
		out[i] = with
	}
	return len(out)
}

// A Cache keeps state.
type Cache struct {
	mu   sync.Mutex
	seen map[string]bool
}

// Seen keeps state in its receiver.
func (c *Cache) Seen(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.seen[key]
	c.seen[key] = true
	return old
}

var shared = &Cache{seen: map[string]bool{}}

// Remember keeps state in a package variable, by a method of it.
func Remember(key string) bool { return shared.Seen(key) }

var names = map[string]bool{}

// Forget changes a package variable by a builtin function.
func Forget(name string) int {
	delete(names, name)
	return len(name)
}

// A Set is shared by its copies.
type Set map[string]bool

// Add changes its receiver.
func (s Set) Add(name string) { s[name] = true }

// Mark changes its parameter by a method of it.
func Mark(set Set, name string) int {
	set.Add(name)
	return len(name)
}

// Blank changes its parameter by a builtin function.
func Blank(out []byte) int {
	clear(out)
	return len(out)
}

// Through keeps it by another method.
func (c *Cache) Through(key string) bool { return c.Seen(key) }

// A Rule reads its receiver only.
type Rule struct{ expression *regexp.Regexp }

// Match reads its receiver.
func (r *Rule) Match(line string) bool { return r.expression.MatchString(line) }

// Local keeps state of its own making, which is no state.
func Local(key string) bool {
	c := Cache{seen: map[string]bool{}}
	return c.Seen(key)
}

// Opaque takes what Go's library keeps to itself.
func Opaque(b bytes.Buffer) int { return b.Len() }

// A Shape is an interface of the program's.
type Shape interface{ Area() float64 }

// Area calls through it.
func Area(x float64) float64 {
	var s Shape = square(x)
	return s.Area()
}

type square float64

func (s square) Area() float64 { return float64(s * s) }

// Sum is generic.
func Sum[N int | float64](all []N) N {
	var sum N
	for _, n := range all {
		sum += n
	}
	return sum
}

// Tiny does next to nothing.
func Tiny(a, b int32) int32 { return a + b }
