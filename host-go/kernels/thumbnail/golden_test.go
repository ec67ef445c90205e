package thumbnail_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/thumbnail"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// goldenCase is a case of wit/vectors/thumbnail.json.
type goldenCase struct {
	Func   string
	Args   []json.RawMessage
	Result *goldenPixels
	Error  map[string]any
}

// goldenPixels are the golden cases' spelling of pixels: bytes are numbers.
type goldenPixels struct {
	Layout                string
	Width, Height, Stride uint32
	Data                  []uint16
}

// one of the values has the name.
func named[T interface{ String() string }](t *testing.T, name string, values ...T) T {
	t.Helper()
	for _, v := range values {
		if v.String() == name {
			return v
		}
	}
	t.Fatalf("none of %v is called %q", values, name)
	return values[0]
}

func (p goldenPixels) pixels(t *testing.T) thumbnail.Pixels {
	layout := named(t, p.Layout, thumbnail.LayoutPremultiplied, thumbnail.LayoutStraight, thumbnail.LayoutGray)
	return thumbnail.Pixels{Layout: layout, Width: p.Width, Height: p.Height, Stride: p.Stride, Data: asBytes(p.Data)}
}

func asBytes(numbers []uint16) []byte {
	data := make([]byte, len(numbers))
	for i, n := range numbers {
		data[i] = byte(n)
	}
	return data
}

// ask calls the function of a case. Of a file only its sides are golden: every encoder writes other bytes.
func (c goldenCase) ask(t *testing.T, side thumbnail.Thumbnailer) (thumbnail.Pixels, error) {
	decode := func(i int, into any) {
		if err := json.Unmarshal(c.Args[i], into); err != nil {
			t.Fatalf("%s: %v", c.Args[i], err)
		}
	}
	var spelled struct {
		Width, Height uint32
		Fit, Filter   string
	}
	decode(1, &spelled)
	to := thumbnail.Target{
		Width: spelled.Width, Height: spelled.Height,
		Fit:    named(t, spelled.Fit, thumbnail.FitStretch, thumbnail.FitContain, thumbnail.FitCover),
		Filter: named(t, spelled.Filter, filters...),
	}
	kind := thumbnail.EncodingPng()
	if len(c.Args) > 2 {
		var spelled struct{ Jpeg *thumbnail.Jpeg }
		if decode(2, &spelled); spelled.Jpeg != nil {
			kind = thumbnail.EncodingJpeg(*spelled.Jpeg)
		}
	}
	if c.Func == "thumbnail-file" {
		var file []uint16
		decode(0, &file)
		_, err := side.ThumbnailFile(t.Context(), asBytes(file), to, kind)
		return thumbnail.Pixels{}, err
	}
	var source goldenPixels
	decode(0, &source)
	if c.Func == "thumbnail" {
		_, err := side.Thumbnail(t.Context(), source.pixels(t), to, kind)
		return thumbnail.Pixels{}, err
	}
	return side.Resize(t.Context(), source.pixels(t), to)
}

// spell writes a failure as the golden cases do.
func spell(f thumbnail.Failure) map[string]any {
	sides := func(s thumbnail.Sides, _ bool) any {
		return map[string]any{"width": float64(s.Width), "height": float64(s.Height)}
	}
	number := func(n uint32, _ bool) any { return float64(n) }
	var payload any
	switch f.Kind() {
	case thumbnail.FailureKindSource:
		payload = sides(f.AsSource())
	case thumbnail.FailureKindTarget:
		payload = sides(f.AsTarget())
	case thumbnail.FailureKindStride:
		payload = number(f.AsStride())
	case thumbnail.FailureKindData:
		payload = number(f.AsData())
	case thumbnail.FailureKindQuality:
		quality, _ := f.AsQuality()
		payload = float64(quality)
	}
	return map[string]any{f.Kind().String(): payload}
}

func TestGoldenCases(t *testing.T) {
	sides := map[string]thumbnail.Thumbnailer{"kernel": kernel(t), "baseline": thumbnail.Baseline()}
	for _, c := range tenontest.Golden[goldenCase](t, "../../../wit/vectors/thumbnail.json", 35) {
		for name, side := range sides {
			got, err := c.ask(t, side)
			if c.Error != nil {
				var failure thumbnail.Failure
				if !errors.As(err, &failure) || !reflect.DeepEqual(spell(failure), c.Error) {
					t.Errorf("%s: %s%s: got %v, want %v", name, c.Func, c.Args, err, c.Error)
				}
				continue
			}
			if want := c.Result.pixels(t); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s%s:\ngot  %v, %v\nwant %v", name, c.Func, c.Args, got, err, want)
			}
		}
	}
}
