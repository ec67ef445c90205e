package thumbnail_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/gaps"
	"github.com/tenon-dev/tenon/host-go/kernels/thumbnail"
	"golang.org/x/image/draw"
)

// The accepted differences between the kernel and its baseline. Each has a name, a reason and a test that fails when
// the difference is gone or grows; grep for GAP.

// rounding is how far resized pixels may be apart: the most of any channel, and decibels.
var rounding = map[thumbnail.Filter]difference{
	thumbnail.FilterBox:        {most: 48, psnr: 40}, // see TestGapBoxBorders
	thumbnail.FilterBilinear:   {most: 2, psnr: 50},
	thumbnail.FilterCatmullRom: {most: 9, psnr: 48},
	thumbnail.FilterLanczos3:   {most: 18, psnr: 44},
}

const (
	encodersPSNR       = 39.0 // see TestGapEncoders
	chromaPSNR         = 35.0 // see TestGapChroma
	reducedPSNR        = 45.0 // see TestGapReducedDecoding
	reducedPSNRofNoise = 34.0
)

// resizedBoth resizes on both sides and compares.
func resizedBoth(t *testing.T, k thumbnail.Thumbnailer, m image.Image, to thumbnail.Target) difference {
	t.Helper()
	got, err := k.Resize(t.Context(), thumbnail.FromImage(m), to)
	want, errWant := thumbnail.Baseline().Resize(t.Context(), thumbnail.FromImage(m), to)
	if err != nil || errWant != nil {
		t.Fatal(err, errWant)
	}
	return differ(t, got.Image(), want.Image())
}

// GAP rounding: the kernel resizes columns first and then rows, with weights of 16 bits, and rounds to a byte in between; Go
// computes in float64. Of photographs that is one step, three at most. Where a filter overshoots on the way, at the edges of
// text, the byte in between cuts it off.
func TestGapRounding(t *testing.T) {
	k := kernel(t)
	photo := decode(t, vector(t, "rocket.jpg"))
	if d := resizedBoth(t, k, photo, into(100, thumbnail.FilterCatmullRom)); d.most < 1 || d.most > 3 || d.psnr < 54 {
		t.Errorf("a photograph: %+v", d)
	}
	text := strokes(401, 300)
	for filter, least := range map[thumbnail.Filter]int{thumbnail.FilterCatmullRom: 4, thumbnail.FilterLanczos3: 8} {
		if d := resizedBoth(t, k, text, into(64, filter)); d.most < least {
			t.Errorf("text, %v: the gap is gone: %+v", filter, d)
		}
	}
}

// GAP box-borders: a pixel whose middle lies on the border of two boxes belongs to one of them in the kernel; Go's kernel
// scaler lets it count for both, or for neither.
func TestGapBoxBorders(t *testing.T) {
	k := kernel(t)
	steps := image.NewGray(image.Rect(0, 0, 3, 1))
	steps.Pix = []byte{0, 120, 240}
	to := thumbnail.Target{Width: 2, Height: 1, Fit: thumbnail.FitStretch, Filter: thumbnail.FilterBox}
	if d := resizedBoth(t, k, steps, to); d.most < 20 {
		t.Errorf("the gap is gone: %+v", d)
	}
	if d := resizedBoth(t, k, gradient(60, 40, false), into(20, thumbnail.FilterBox)); d.most > 1 {
		t.Errorf("a reduction to a third, where no middle lies on a border: %+v", d)
	}
}

// GAP straight: colours of little alpha are rounded with it on the way; what is seen of them is the same.
func TestGapStraight(t *testing.T) {
	k := kernel(t)
	faint := image.NewNRGBA(image.Rect(0, 0, 9, 9))
	draw.Draw(faint, faint.Rect, image.NewUniform(color.NRGBA{R: 200, G: 100, B: 50, A: 3}), image.Point{}, draw.Src)
	got, err := k.Resize(t.Context(), thumbnail.FromImage(faint), into(4, thumbnail.FilterBox))
	if err != nil {
		t.Fatal(err)
	}
	at := got.Image().(*image.NRGBA).NRGBAAt(1, 1)
	if at.A != 3 || at.R == 200 && at.G == 100 && at.B == 50 {
		t.Errorf("the gap is gone: %v", at)
	}
	if d := resizedBoth(t, k, faint, into(4, thumbnail.FilterBox)); d.most > 1 {
		t.Errorf("what is seen: %+v", d)
	}
}

// GAP encoders: files are other bytes. A JPEG is as good as Go's and about as large; a PNG of a photograph is of the size
// of Go's.
func TestGapEncoders(t *testing.T) {
	k := kernel(t)
	source := thumbnail.FromImage(decode(t, vector(t, "rocket.jpg")))
	to := into(320, thumbnail.FilterCatmullRom)
	exact, err := k.Resize(t.Context(), source, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []thumbnail.Encoding{asJPEG(60), asJPEG(75), asJPEG(90), thumbnail.EncodingPng()} {
		got, err := k.Thumbnail(t.Context(), source, to, kind)
		want, errWant := thumbnail.Baseline().Thumbnail(t.Context(), source, to, kind)
		if err != nil || errWant != nil {
			t.Fatal(err, errWant)
		}
		if bytes.Equal(got.File, want.File) {
			t.Errorf("%v: the gap is gone", kind)
		}
		ours, theirs := differ(t, decode(t, got.File), exact.Image()), differ(t, decode(t, want.File), exact.Image())
		if ours.psnr < theirs.psnr-0.5 {
			t.Errorf("%v: the kernel's file is off by %+v, the baseline's by %+v", kind, ours, theirs)
		}
		if len(got.File)*100 > len(want.File)*105 {
			t.Errorf("%v: the kernel's file has %d bytes, the baseline's %d", kind, len(got.File), len(want.File))
		}
		t.Logf("%v: %d bytes, %.1f dB; the baseline's %d bytes, %.1f dB", kind, len(got.File), ours.psnr, len(want.File), theirs.psnr)
	}
}

// GAP chroma: colours that a JPEG stores at half the resolution are interpolated by the kernel, and repeated by Go.
func TestGapChroma(t *testing.T) {
	k := kernel(t)
	files := goPictures(t)
	to := into(150, thumbnail.FilterCatmullRom) // as large as they are
	compare := func(name string) difference {
		got, err := k.ThumbnailFile(t.Context(), files[name], to, thumbnail.EncodingPng())
		if err != nil {
			t.Fatal(err)
		}
		return differ(t, decode(t, got.File), decode(t, files[name]))
	}
	if d := compare("video-001.q50.444.jpeg"); d.most > 3 {
		t.Errorf("all of the colours: %+v", d)
	}
	if d := compare("video-001.q50.420.jpeg"); d.most < 10 {
		t.Errorf("the gap is gone: %+v", d)
	}
}

// GAP reduced-decoding: a JPEG with more than twice the target's sides may be reduced while it is decoded, which averages blocks
// of pixels before the filter sees them. Of photographs little is seen of that; noise of single pixels shows it.
func TestGapReducedDecoding(t *testing.T) {
	k := kernel(t)
	fine := encodeJPEG(t, noise(256, 256), 95)
	to := into(32, thumbnail.FilterCatmullRom)
	got, err := k.ThumbnailFile(t.Context(), fine, to, thumbnail.EncodingPng())
	if err != nil {
		t.Fatal(err)
	}
	all, err := k.Thumbnail(t.Context(), thumbnail.FromImage(decode(t, fine)), to, thumbnail.EncodingPng())
	if err != nil {
		t.Fatal(err)
	}
	if d := differ(t, decode(t, got.File), decode(t, all.File)); d.most < 4 || d.psnr < reducedPSNRofNoise {
		t.Errorf("noise, decoded at a quarter and in full: %+v", d)
	}
}

// GAP damaged: where a file is damaged behind its head, the decoders differ in what they make up for. Whatever the kernel says
// is of the contract; nothing is a fault.
func TestGapDamaged(t *testing.T) {
	k, b := kernel(t), thumbnail.Baseline()
	random := rand.New(rand.NewPCG(5, 6))
	small := gradient(40, 30, false)
	to := into(16, thumbnail.FilterBox)
	agreed, all := 0, 0
	for _, file := range [][]byte{encodeJPEG(t, small, 80), encodePNG(t, small), encodePNG(t, noise(20, 20))} {
		for range 300 {
			damaged := bytes.Clone(file)
			damaged[random.IntN(len(damaged))] = byte(random.Uint32())
			if random.IntN(4) == 0 {
				damaged = damaged[:random.IntN(len(damaged))]
			}
			_, err := k.ThumbnailFile(t.Context(), damaged, to, asJPEG(80))
			_, want := b.ThumbnailFile(t.Context(), damaged, to, asJPEG(80))
			if all++; (err == nil) == (want == nil) {
				agreed++
			}
			if failure := (thumbnail.Failure{}); err != nil && !errors.As(err, &failure) {
				t.Errorf("%x: the kernel's %v is not of the contract", damaged, err)
			}
		}
	}
	if agreed == all || agreed*10 < all*9 {
		t.Errorf("%d of %d damaged files were judged alike", agreed, all)
	}
}

// GAP progressive: a progressive JPEG keeps all its coefficients until its end, so the kernel refuses very large ones. The
// baseline takes whatever the process has.
func TestGapProgressive(t *testing.T) {
	file := goPictures(t)["video-001.progressive.jpeg"]
	at := bytes.Index(file, []byte("\xff\xc2")) // the frame's header: length, precision, height, width
	large := bytes.Clone(file)
	copy(large[at+5:], "\x10\x01\x10\x00") // 4,097 by 4,096
	_, err := kernel(t).ThumbnailFile(t.Context(), large, into(16, thumbnail.FilterBox), asJPEG(80))
	var failure thumbnail.Failure
	if !errors.As(err, &failure) || failure.Kind() != thumbnail.FailureKindUnsupported {
		t.Errorf("the gap is gone: %v", err)
	}
}

// GAP scans: a scan of ten bytes is work for the whole picture, so the kernel refuses a JPEG of very many. The baseline goes
// over the picture as often as it is told to.
func TestGapScans(t *testing.T) {
	file := vector(t, "rocket.jpg")
	at := bytes.Index(file, []byte("\xff\xda"))
	head, scan, end := file[:at], file[at:len(file)-2], file[len(file)-2:]
	for times, want := range map[int]bool{32: true, 33: false} {
		again := slices.Concat(head, bytes.Repeat(scan, times), end)
		if _, err := thumbnail.Baseline().ThumbnailFile(t.Context(), again, into(16, thumbnail.FilterBox), asJPEG(80)); err != nil {
			t.Errorf("the gap is gone: %d scans: the baseline gives %v", times, err)
		}
		_, err := kernel(t).ThumbnailFile(t.Context(), again, into(16, thumbnail.FilterBox), asJPEG(80))
		var failure thumbnail.Failure
		refused := errors.As(err, &failure) && failure.Kind() == thumbnail.FailureKindUnsupported
		if want && err != nil || !want && !refused {
			t.Errorf("%d scans: %v", times, err)
		}
	}
}

// GAP memory: a picture that the instance's memory cannot hold is a fault of the kernel, and goes to the baseline where the slot
// has one.
func TestGapMemory(t *testing.T) {
	source := thumbnail.FromImage(image.NewRGBA(image.Rect(0, 0, 1600, 1000)))
	gaps.Memory(t, thumbnail.Contract, thumbnail.Component(), thumbnail.Baseline(), func(slot *tenon.Slot[thumbnail.Thumbnailer]) error {
		small, err := thumbnail.New(slot).Resize(t.Context(), source, into(16, thumbnail.FilterBox))
		if err == nil && small.Width != 16 {
			err = fmt.Errorf("it is %d wide", small.Width)
		}
		return err
	})
}
