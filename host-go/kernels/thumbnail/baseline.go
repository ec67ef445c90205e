package thumbnail

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"

	"golang.org/x/image/draw"
)

// Baseline is the Go implementation that the kernel replaces: golang.org/x/image/draw between the decoders and encoders of
// the standard library.
func Baseline() Thumbnailer { return baseline{} }

type baseline struct{}

// Resize implements Thumbnailer.
func (baseline) Resize(ctx context.Context, source Pixels, to Target) (Pixels, error) {
	if err := ctx.Err(); err != nil {
		return Pixels{}, err
	}
	if err := to.check(); err != nil {
		return Pixels{}, err
	}
	if err := source.check(); err != nil {
		return Pixels{}, err
	}
	small := resized(source.Image(), to)
	if source.Layout == LayoutStraight {
		straight := image.NewNRGBA(small.Bounds())
		draw.Draw(straight, straight.Rect, small, image.Point{}, draw.Src)
		small = straight
	}
	return FromImage(small), nil
}

// Thumbnail implements Thumbnailer.
func (baseline) Thumbnail(ctx context.Context, source Pixels, to Target, kind Encoding) (Encoded, error) {
	if err := check(ctx, to, kind); err != nil {
		return Encoded{}, err
	}
	if err := source.check(); err != nil {
		return Encoded{}, err
	}
	return encoded(resized(source.Image(), to), kind)
}

// ThumbnailFile implements Thumbnailer. It looks at the context before it decodes and before it resizes.
func (baseline) ThumbnailFile(ctx context.Context, file []byte, to Target, kind Encoding) (Encoded, error) {
	if err := check(ctx, to, kind); err != nil {
		return Encoded{}, err
	}
	picture, turned, err := decoded(file)
	if err != nil {
		return Encoded{}, err
	}
	if err := ctx.Err(); err != nil {
		return Encoded{}, err
	}
	return encoded(resized(turned.upright(picture), to), kind)
}

func check(ctx context.Context, to Target, kind Encoding) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := to.check(); err != nil {
		return err
	}
	return kind.check()
}

// decoded is the picture of a file and how it is stored. Its sides are checked before its pixels are read.
func decoded(file []byte) (image.Image, orientation, error) {
	config, decode, turned := jpeg.DecodeConfig, jpeg.Decode, orientation{}
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		turned = orientationOf(exifOfJPEG(file))
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		config, decode = png.DecodeConfig, png.Decode
		turned = orientationOf(exifOfPNG(file))
	default:
		return nil, turned, FailureUnknownFormat()
	}
	sides, err := config(bytes.NewReader(file))
	if err != nil {
		return nil, turned, failure(err)
	}
	if err := checkSource(uint32(sides.Width), uint32(sides.Height)); err != nil {
		return nil, turned, err
	}
	picture, err := decode(bytes.NewReader(file))
	if err != nil {
		return nil, turned, failure(err)
	}
	return picture, turned, nil
}

// failure is the contract's error for a decoder's.
func failure(err error) error {
	var ofJPEG jpeg.UnsupportedError
	var ofPNG png.UnsupportedError
	if errors.As(err, &ofJPEG) || errors.As(err, &ofPNG) {
		return FailureUnsupported(err.Error())
	}
	return FailureBroken(err.Error())
}

// The filters that the package draw lacks.
var (
	box      = draw.Kernel{Support: 0.5, At: func(float64) float64 { return 1 }}
	lanczos3 = draw.Kernel{Support: 3, At: func(t float64) float64 {
		if t == 0 {
			return 1
		}
		t *= math.Pi
		return math.Sin(t) / t * math.Sin(t/3) / (t / 3)
	}}
)

func (f Filter) scaler() draw.Scaler {
	switch f {
	case FilterBox:
		return &box
	case FilterBilinear:
		return draw.BiLinear
	case FilterLanczos3:
		return &lanczos3
	default:
		return draw.CatmullRom
	}
}

// resized is what becomes of a picture: gray if it is, and premultiplied otherwise.
func resized(source image.Image, to Target) image.Image {
	part, result := to.plan(source.Bounds().Size())
	part = part.Add(source.Bounds().Min)
	small := image.NewRGBA(image.Rectangle{Max: result})
	if part.Size() == result {
		draw.Draw(small, small.Rect, source, part.Min, draw.Src)
	} else {
		to.Filter.scaler().Scale(small, small.Rect, source, part, draw.Src, nil)
	}
	if model := source.ColorModel(); model != color.GrayModel && model != color.Gray16Model {
		return small
	}
	gray := image.NewGray(small.Rect)
	for i := range gray.Pix {
		gray.Pix[i] = small.Pix[4*i]
	}
	return gray
}

// encoded is the file of a picture.
func encoded(picture image.Image, kind Encoding) (Encoded, error) {
	var file bytes.Buffer
	var err error
	if options, ok := kind.AsJpeg(); ok {
		err = jpeg.Encode(&file, over(picture, options.Background), &jpeg.Options{Quality: int(options.Quality)})
	} else {
		err = png.Encode(&file, picture)
	}
	size := picture.Bounds().Size()
	return Encoded{Width: uint32(size.X), Height: uint32(size.Y), File: file.Bytes()}, err
}

// over is a picture in front of a background.
func over(picture image.Image, background Color) image.Image {
	if p, ok := picture.(interface{ Opaque() bool }); ok && p.Opaque() {
		return picture
	}
	behind := color.RGBA{R: background.Red, G: background.Green, B: background.Blue, A: 255}
	all := image.NewRGBA(picture.Bounds())
	draw.Draw(all, all.Rect, image.NewUniform(behind), image.Point{}, draw.Src)
	draw.Draw(all, all.Rect, picture, image.Point{}, draw.Over)
	return all
}
