package thumbnail_test

import (
	"image"
	"image/color"
	"os"
	"testing"
)

// landscape draws the picture that benchmarks read from landscape.jpg: hills of all sizes, as photographs have structure of all
// sizes, in front of a sky. Integers only, so that it is the same everywhere.
func landscape(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		ridge := height/3 + hills(x, 0, 512, 9)/2
		for y := range height {
			shade := hills(x, y, 256, 1) / 2
			c := color.RGBA{R: clamp(110 + y/16 + shade/4), G: clamp(150 + y/16 + shade/5), B: clamp(215 + shade/8), A: 255}
			if y > ridge {
				c = color.RGBA{R: clamp(90 + shade + hills(x, y, 8, 2)), G: clamp(105 + shade), B: clamp(60 + shade/2), A: 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func clamp(v int) uint8 { return uint8(min(max(v, 0), 255)) }

// hills is a height at a place: noise between the points of grids from the given width down to 2, each of which weighs less
// than the wider one before.
func hills(x, y, width, seed int) (height int) {
	for weight := 150; width >= 2; width, weight = width/2, weight*3/5 {
		left, top, fx, fy := x/width, y/width, x%width, y%width
		upper := point(left, top, seed)*(width-fx) + point(left+1, top, seed)*fx
		lower := point(left, top+1, seed)*(width-fx) + point(left+1, top+1, seed)*fx
		height += (upper*(width-fy) + lower*fy) / (width * width) * weight / 128
		seed += 1000
	}
	return height
}

// point is a number from -128 to 127 that looks random.
func point(x, y, seed int) int {
	h := uint32(x)*0x9e3779b1 ^ uint32(y)*0x85ebca77 ^ uint32(seed)*0xc2b2ae3d
	h = (h ^ h>>15) * 0x2c1b3c6d
	h = (h ^ h>>12) * 0x297a2d39
	return int(int8((h ^ h>>15) >> 24))
}

// TestLandscape holds landscape.jpg against what is drawn; BLESS=1 writes it.
func TestLandscape(t *testing.T) {
	drawn := landscape(1920, 1080)
	if os.Getenv("BLESS") != "" {
		file := encodeJPEG(t, drawn, 85)
		if err := os.WriteFile("../../../wit/vectors/thumbnail/landscape.jpg", file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := differ(t, decode(t, vector(t, "landscape.jpg")), drawn); d.psnr < 30 {
		t.Errorf("landscape.jpg is not the picture that is drawn (%+v): BLESS=1 writes it", d)
	}
}
