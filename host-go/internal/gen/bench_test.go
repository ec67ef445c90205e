package gen_test

import (
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/echo"
)

// BenchmarkClient calls through a generated client: pool, lowering, one crossing, lifting.
func BenchmarkClient(b *testing.B) {
	c, ctx := echoClient(b), b.Context()
	text, r := strings.Repeat("0123456789abcdef", 2), newRandom(9)
	points := make([]echo.Point, 1000)
	people := make([]echo.Person, 1000)
	for i := range people {
		points[i], people[i] = r.point(), r.person()
	}
	path := echo.ShapePath(points)
	for _, one := range []struct {
		name string
		call func() error
	}{
		{"u64", func() error { _, err := c.U64Echo(ctx, 7); return err }},
		{"string of 32", func() error { _, err := c.StringEcho(ctx, text); return err }},
		{"a person", func() error { _, err := c.PersonEcho(ctx, people[0]); return err }},
		{"1000 points", func() error { _, err := c.ShapeEcho(ctx, path); return err }},
		{"1000 people", func() error { _, err := c.PeopleEcho(ctx, people); return err }},
	} {
		b.Run(one.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := one.call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
