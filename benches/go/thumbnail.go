package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"os"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/thumbnail"
)

// The rows of this file make JPEGs of at most 320 pixels a side: the kernel does (side a), and golang.org/x/image/draw between
// the standard library's decoder and encoder (side b). There is a part for each width of the source.

const landscape = "../../wit/vectors/thumbnail/landscape.jpg"

var thumbnailWidths = []int{1_024, 1_920, 4_000}

// setUpThumbnail makes them of pixels.
func setUpThumbnail(ctx context.Context, b *bench) error {
	return setUpThumbnails(ctx, b, func(m *image.RGBA) (thumbnailing, error) {
		source := thumbnail.FromImage(m)
		return func(t thumbnail.Thumbnailer, to thumbnail.Target, kind thumbnail.Encoding) (thumbnail.Encoded, error) {
			return t.Thumbnail(ctx, source, to, kind)
		}, nil
	})
}

// setUpThumbnailFile makes them of JPEG files of quality 85.
func setUpThumbnailFile(ctx context.Context, b *bench) error {
	return setUpThumbnails(ctx, b, func(m *image.RGBA) (thumbnailing, error) {
		var file bytes.Buffer
		err := jpeg.Encode(&file, m, &jpeg.Options{Quality: 85})
		return func(t thumbnail.Thumbnailer, to thumbnail.Target, kind thumbnail.Encoding) (thumbnail.Encoded, error) {
			return t.ThumbnailFile(ctx, file.Bytes(), to, kind)
		}, err
	})
}

// thumbnailing makes one thumbnail of a source.
type thumbnailing func(t thumbnail.Thumbnailer, to thumbnail.Target, kind thumbnail.Encoding) (thumbnail.Encoded, error)

func setUpThumbnails(ctx context.Context, b *bench, of func(m *image.RGBA) (thumbnailing, error)) error {
	file, err := os.ReadFile(landscape)
	if err != nil {
		return err
	}
	whole, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		return fmt.Errorf("%s: %w", landscape, err)
	}
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		return err
	}
	b.atEnd(func() { _ = rt.Close(ctx) })
	slot, err := client[thumbnail.Thumbnailer](ctx, rt, thumbnail.Contract, thumbnail.Component())
	if err != nil {
		return err
	}
	to := thumbnail.Target{Width: 320, Height: 320, Fit: thumbnail.FitContain, Filter: thumbnail.FilterCatmullRom}
	kind := thumbnail.EncodingJpeg(thumbnail.Jpeg{Quality: 80})
	for _, width := range thumbnailWidths {
		do, err := of(tiled(whole, width, width*9/16))
		if err != nil {
			return err
		}
		small, err := do(thumbnail.New(slot), to, kind)
		same, errSame := do(thumbnail.Baseline(), to, kind)
		if err := errors.Join(err, errSame); err != nil {
			return err
		}
		// Files of several encoders differ in their bytes; host-go/kernels/thumbnail has the tests of what they show.
		if small.Width != 320 || small.Height != 180 || same.Width != 320 || same.Height != 180 {
			return fmt.Errorf("%d pixels wide: the kernel's sides are %d by %d, the baseline's %d by %d",
				width, small.Width, small.Height, same.Width, same.Height)
		}
		p := b.part(fmt.Sprintf("%d pixels wide", width))
		for i, t := range []thumbnail.Thumbnailer{thumbnail.New(slot), thumbnail.Baseline()} {
			*[]*side{&p.a, &p.b}[i] = eachOf([]thumbnail.Thumbnailer{t}, func(t thumbnail.Thumbnailer) error {
				_, err := do(t, to, kind)
				return err
			})
		}
	}
	return nil
}

// tiled is a picture of the given sides: another one from its corner on, again and again where it ends.
func tiled(picture image.Image, width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	size := picture.Bounds().Size()
	for y := 0; y < height; y += size.Y {
		for x := 0; x < width; x += size.X {
			draw.Draw(m, image.Rectangle{Max: size}.Add(image.Pt(x, y)), picture, picture.Bounds().Min, draw.Src)
		}
	}
	return m
}
