package thumbnail_test

import (
	"image"
	"testing"

	"golang.org/x/image/draw"

	"github.com/tenon-dev/tenon/host-go/kernels/thumbnail"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// widths are those of the sources; their height is nine sixteenths.
var widths = []int{64, 128, 256, 512, 1024, 1920, 4000}

// piece is the landscape from its corner on, again and again where it ends.
func piece(b *testing.B, width int) *image.RGBA {
	whole := decode(b, vector(b, "landscape.jpg"))
	m := image.NewRGBA(image.Rect(0, 0, width, width*9/16))
	for y := 0; y < m.Rect.Dy(); y += whole.Bounds().Dy() {
		for x := 0; x < width; x += whole.Bounds().Dx() {
			draw.Draw(m, whole.Bounds().Add(image.Pt(x, y)), whole, image.Point{}, draw.Src)
		}
	}
	return m
}

// sweep measures a function with a target of at most 320 pixels a side, and half of the source where that is less.
func sweep(b *testing.B, of func(m *image.RGBA) func(t thumbnail.Thumbnailer, to thumbnail.Target) error) {
	k, baseline := kernel(b), thumbnail.Baseline()
	tenontest.Sweep(b, widths, func(b *testing.B, width int) tenontest.Sides {
		do := of(piece(b, width))
		to := into(min(320, uint32(width)/2), thumbnail.FilterCatmullRom)
		return tenontest.Sides{
			Kernel:   func() error { return do(k, to) },
			Baseline: func() error { return do(baseline, to) },
		}
	})
}

func BenchmarkResize(b *testing.B) {
	sweep(b, func(m *image.RGBA) func(thumbnail.Thumbnailer, thumbnail.Target) error {
		return func(t thumbnail.Thumbnailer, to thumbnail.Target) error {
			_, err := t.Resize(b.Context(), thumbnail.FromImage(m), to)
			return err
		}
	})
}

func BenchmarkThumbnail(b *testing.B) {
	sweep(b, func(m *image.RGBA) func(thumbnail.Thumbnailer, thumbnail.Target) error {
		return func(t thumbnail.Thumbnailer, to thumbnail.Target) error {
			_, err := t.Thumbnail(b.Context(), thumbnail.FromImage(m), to, asJPEG(80))
			return err
		}
	})
}

func BenchmarkThumbnailPng(b *testing.B) {
	sweep(b, func(m *image.RGBA) func(thumbnail.Thumbnailer, thumbnail.Target) error {
		return func(t thumbnail.Thumbnailer, to thumbnail.Target) error {
			_, err := t.Thumbnail(b.Context(), thumbnail.FromImage(m), to, thumbnail.EncodingPng())
			return err
		}
	})
}

// BenchmarkThumbnailFile has JPEG files of quality 85.
func BenchmarkThumbnailFile(b *testing.B) {
	sweep(b, func(m *image.RGBA) func(thumbnail.Thumbnailer, thumbnail.Target) error {
		file := encodeJPEG(b, m, 85)
		return func(t thumbnail.Thumbnailer, to thumbnail.Target) error {
			_, err := t.ThumbnailFile(b.Context(), file, to, asJPEG(80))
			return err
		}
	})
}
