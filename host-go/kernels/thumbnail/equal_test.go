package thumbnail_test

import (
	"context"
	"fmt"
	"image"
	"slices"
	"testing"

	"golang.org/x/image/draw"

	"github.com/tenon-dev/tenon/host-go/kernels/thumbnail"
)

// sources are pictures of every layout and kind.
func sources(t testing.TB) map[string]image.Image {
	photo := image.NewRGBA(image.Rect(0, 0, 640, 427))
	draw.Draw(photo, photo.Rect, decode(t, vector(t, "rocket.jpg")), image.Point{}, draw.Src)
	clear := image.NewRGBA(image.Rect(0, 0, 300, 200))
	draw.Draw(clear, clear.Rect, noise(300, 200), image.Point{}, draw.Src)
	gray := image.NewGray(image.Rect(0, 0, 301, 199))
	draw.Draw(gray, gray.Rect, strokes(301, 199), image.Point{}, draw.Src)
	return map[string]image.Image{
		"photo":              photo,
		"part of the photo":  photo.SubImage(image.Rect(101, 53, 400, 201)),
		"noise":              clear,
		"strokes":            strokes(401, 300),
		"gray strokes":       gray,
		"gradient":           gradient(257, 131, false),
		"clear gradient":     gradient(130, 257, true),
		"a row":              gradient(500, 1, false),
		"a column":           gradient(1, 500, false),
		"one pixel":          gradient(1, 1, false),
		"other kind: YCbCr":  image.NewYCbCr(image.Rect(3, 5, 60, 40), image.YCbCrSubsampleRatio420),
		"other kind: a mask": image.NewAlpha(image.Rect(5, 5, 50, 40)),
	}
}

// TestEqualPixels holds the kernel's pixels against the baseline's, within what TestGapRounding and TestGapBoxBorders accept.
func TestEqualPixels(t *testing.T) {
	k, b := kernel(t), thumbnail.Baseline()
	for name, m := range sources(t) {
		source := thumbnail.FromImage(m)
		for _, filter := range filters {
			for _, to := range []thumbnail.Target{
				into(64, filter),
				{Width: 50, Height: 70, Fit: thumbnail.FitCover, Filter: filter},
				{Width: 90, Height: 30, Fit: thumbnail.FitStretch, Filter: filter},
			} {
				if name == "photo" && to.Fit != thumbnail.FitCover {
					continue // it is large, and the part of it is enough
				}
				got, err := k.Resize(t.Context(), source, to)
				want, errWant := b.Resize(t.Context(), source, to)
				if err != nil || errWant != nil {
					t.Fatalf("%s to %v: %v, %v", name, to, err, errWant)
				}
				if got.Layout != want.Layout || got.Stride != want.Stride {
					t.Errorf("%s to %v: %v of %d, not %v of %d", name, to, got.Layout, got.Stride, want.Layout, want.Stride)
				}
				if d := differ(t, got.Image(), want.Image()); d.most > rounding[filter].most || d.psnr < rounding[filter].psnr {
					t.Errorf("%s to %v: %+v", name, to, d)
				}
			}
		}
	}
}

// TestEqualFiles holds what the kernel's files show against what the baseline's do, within what TestGapEncoders accepts.
func TestEqualFiles(t *testing.T) {
	k, b := kernel(t), thumbnail.Baseline()
	for name, m := range sources(t) {
		for kind, psnr := range map[thumbnail.Encoding]float64{
			asJPEG(75): encodersPSNR, asJPEG(95): encodersPSNR, thumbnail.EncodingPng(): rounding[thumbnail.FilterCatmullRom].psnr,
		} {
			to := into(100, thumbnail.FilterCatmullRom)
			got, err := k.Thumbnail(t.Context(), thumbnail.FromImage(m), to, kind)
			want, errWant := b.Thumbnail(t.Context(), thumbnail.FromImage(m), to, kind)
			if err != nil || errWant != nil {
				t.Fatalf("%s: %v, %v", name, err, errWant)
			}
			compareFiles(t, fmt.Sprint(name, kind), got, want, psnr)
		}
	}
}

// compareFiles compares what two files show, and which kind of picture they are.
func compareFiles(t *testing.T, name string, got, want thumbnail.Encoded, psnr float64) {
	t.Helper()
	a, b := decode(t, got.File), decode(t, want.File)
	if size := a.Bounds().Size(); size != image.Pt(int(got.Width), int(got.Height)) || size != b.Bounds().Size() {
		t.Fatalf("%s: %v, %d by %d is said, and the baseline's is %v", name, size, got.Width, got.Height, b.Bounds().Size())
	}
	if fmt.Sprintf("%T", a) != fmt.Sprintf("%T", b) {
		t.Errorf("%s: a %T, not a %T", name, a, b)
	}
	if d := differ(t, a, b); d.psnr < psnr {
		t.Errorf("%s: %+v, not %v dB", name, d, psnr)
	}
}

// ofFile compares the thumbnails of a file: PNGs, so that nothing is lost in them.
func ofFile(t *testing.T, k thumbnail.Thumbnailer, name string, file []byte, to thumbnail.Target, psnr float64) {
	t.Helper()
	got, err := k.ThumbnailFile(t.Context(), file, to, thumbnail.EncodingPng())
	want, errWant := thumbnail.Baseline().ThumbnailFile(t.Context(), file, to, thumbnail.EncodingPng())
	if err != nil || errWant != nil {
		t.Errorf("%s: %v, the baseline's %v", name, err, errWant)
		return
	}
	compareFiles(t, fmt.Sprintf("%s to %+v", name, to), got, want, psnr)
}

// TestEqualGoPictures makes thumbnails of all JPEG and PNG files that Go tests its own packages with, within what
// TestGapChroma accepts.
func TestEqualGoPictures(t *testing.T) {
	k := kernel(t)
	for name, file := range goPictures(t) {
		ofFile(t, k, name, file, into(100, thumbnail.FilterCatmullRom), chromaPSNR)
		ofFile(t, k, name, file, into(40, thumbnail.FilterBilinear), chromaPSNR)
	}
}

// TestEqualPhotos makes thumbnails of photographs, from all of their pixels down to an eighth, within what TestGapReducedDecoding
// accepts.
func TestEqualPhotos(t *testing.T) {
	k := kernel(t)
	photo := vector(t, "rocket.jpg")
	for _, side := range []uint32{32, 100, 320, 480} {
		for _, fit := range []thumbnail.Fit{thumbnail.FitContain, thumbnail.FitCover, thumbnail.FitStretch} {
			to := thumbnail.Target{Width: side, Height: side, Fit: fit, Filter: thumbnail.FilterCatmullRom}
			ofFile(t, k, "rocket.jpg", photo, to, reducedPSNR)
		}
	}
	ofFile(t, k, "landscape.jpg", vector(t, "landscape.jpg"), into(100, thumbnail.FilterCatmullRom), reducedPSNRofNoise)
}

// TestEqualOrientations turns one picture in each of the ways that cameras note.
func TestEqualOrientations(t *testing.T) {
	k := kernel(t)
	asStored := encodeJPEG(t, gradient(64, 40, false), 95)
	sides := map[image.Point]int{}
	for value := range 10 {
		exif := []byte("\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
		exif[29] = byte(value)
		file := slices.Concat(asStored[:2], exif, asStored[2:])
		for _, fit := range []thumbnail.Fit{thumbnail.FitContain, thumbnail.FitCover} {
			to := thumbnail.Target{Width: 21, Height: 21, Fit: fit, Filter: thumbnail.FilterBilinear}
			ofFile(t, k, fmt.Sprintf("orientation %d", value), file, to, reducedPSNR)
		}
		turned, err := k.ThumbnailFile(t.Context(), file, into(21, thumbnail.FilterBox), thumbnail.EncodingPng())
		if err != nil {
			t.Fatal(err)
		}
		sides[image.Pt(int(turned.Width), int(turned.Height))]++
	}
	if len(sides) != 2 || sides[image.Pt(13, 21)] != 4 {
		t.Errorf("the thumbnails' sides are %v", sides)
	}
}

func TestCanceledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b, source := thumbnail.Baseline(), thumbnail.FromImage(gradient(4, 4, false))
	_, err := b.Resize(ctx, source, into(2, thumbnail.FilterBox))
	_, errThumbnail := b.Thumbnail(ctx, source, into(2, thumbnail.FilterBox), thumbnail.EncodingPng())
	_, errFile := b.ThumbnailFile(ctx, nil, into(2, thumbnail.FilterBox), thumbnail.EncodingPng())
	for _, err := range []error{err, errThumbnail, errFile} {
		if err != context.Canceled {
			t.Errorf("got %v", err)
		}
	}
}
