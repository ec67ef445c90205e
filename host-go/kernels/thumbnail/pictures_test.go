package thumbnail_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/image/draw"

	"github.com/tenon-dev/tenon/host-go/kernels/thumbnail"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

// kernel is the same for every test, in a slot without a baseline: half a megabyte of code is compiled once.
func kernel(t testing.TB) thumbnail.Thumbnailer {
	return tenontest.Client(t, thumbnail.Contract, thumbnail.Component(), thumbnail.New)
}

// into is a target that keeps the source's ratio.
func into(side uint32, filter thumbnail.Filter) thumbnail.Target {
	return thumbnail.Target{Width: side, Height: side, Fit: thumbnail.FitContain, Filter: filter}
}

// asJPEG is the encoding of photographs, over white.
func asJPEG(quality uint8) thumbnail.Encoding {
	return thumbnail.EncodingJpeg(thumbnail.Jpeg{
		Quality: quality, Background: thumbnail.Color{Red: 255, Green: 255, Blue: 255},
	})
}

// vector reads one of the pictures that lie beside the golden cases.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "wit", "vectors", "thumbnail", name))
	if err != nil {
		t.Skipf("the pictures lie in the repository, outside this module: %v", err)
	}
	return file
}

// goPictures are the test pictures of Go's own image packages: every kind of JPEG and PNG file.
func goPictures(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, pattern := range []string{"*.jpeg", "*.png"} {
		names, _ := filepath.Glob(filepath.Join(runtime.GOROOT(), "src", "image", "testdata", pattern))
		for _, name := range names {
			file, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Base(name)] = file
		}
	}
	if len(files) < 20 {
		t.Skipf("Go's sources have only %d pictures here", len(files))
	}
	return files
}

// decode reads a picture of any format.
func decode(t testing.TB, file []byte) image.Image {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func encodeJPEG(t testing.TB, m image.Image, quality int) []byte {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func encodePNG(t testing.TB, m image.Image) []byte {
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// gradient goes smoothly from corner to corner; clear says whether alpha does too.
func gradient(width, height int, clear bool) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{R: uint8(x * 255 / width), G: uint8(y * 255 / height), B: 128, A: 255}
			if clear {
				c.A = uint8((x + y) * 255 / (width + height))
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// noise has any byte anywhere, alpha too.
func noise(width, height int) *image.NRGBA {
	random := rand.New(rand.NewPCG(1, 2))
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = uint8(random.Uint32())
	}
	return m
}

// strokes has edges as text has: black on white, thin, at every angle.
func strokes(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
	random := rand.New(rand.NewPCG(3, 4))
	for range width * height / 400 {
		x, y := random.Float64()*float64(width), random.Float64()*float64(height)
		down, across := math.Sincos(random.Float64() * 2 * math.Pi)
		for range 20 {
			m.SetNRGBA(int(x), int(y), color.NRGBA{A: 255})
			x, y = x+across, y+down
		}
	}
	return m
}

// difference is how far pictures of the same sides are apart, alpha included.
type difference struct {
	most int     // of any channel
	psnr float64 // dB; +Inf for equal ones
}

// differ compares pictures as they are seen: premultiplied.
func differ(t testing.TB, a, b image.Image) difference {
	t.Helper()
	if a.Bounds().Size() != b.Bounds().Size() {
		t.Fatalf("sides %v and %v", a.Bounds().Size(), b.Bounds().Size())
	}
	p, q := premultiplied(a), premultiplied(b)
	var d difference
	var squares float64
	for i := range p {
		by := int(p[i]) - int(q[i])
		d.most = max(d.most, by, -by)
		squares += float64(by * by)
	}
	d.psnr = 10 * math.Log10(255*255*float64(len(p))/squares)
	return d
}

func premultiplied(m image.Image) []uint8 {
	drawn := image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(drawn, drawn.Rect, m, m.Bounds().Min, draw.Src)
	return drawn.Pix
}

// filters are all there are.
var filters = []thumbnail.Filter{
	thumbnail.FilterBox, thumbnail.FilterBilinear, thumbnail.FilterCatmullRom, thumbnail.FilterLanczos3,
}
