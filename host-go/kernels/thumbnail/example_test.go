package thumbnail_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"

	"github.com/tenon-dev/tenon/host-go/kernels/thumbnail"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// An upload becomes a thumbnail. Without a slot, Baseline would do the same.
func Example() {
	ctx := context.Background()
	slot, err := tenontest.Open[thumbnail.Thumbnailer](ctx, thumbnail.Contract, thumbnail.Component())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer slot.Close(ctx)
	var upload bytes.Buffer
	if err := jpeg.Encode(&upload, image.NewYCbCr(image.Rect(0, 0, 1600, 900), image.YCbCrSubsampleRatio420), nil); err != nil {
		fmt.Println(err)
		return
	}
	small, err := thumbnail.New(slot).ThumbnailFile(ctx, upload.Bytes(), thumbnail.Target{
		Width: 320, Height: 320, Fit: thumbnail.FitContain, Filter: thumbnail.FilterCatmullRom,
	}, thumbnail.EncodingJpeg(thumbnail.Jpeg{Quality: 80}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, format, err := image.Decode(bytes.NewReader(small.File))
	fmt.Println(small.Width, "by", small.Height, format, err)
	// Output: 320 by 180 jpeg <nil>
}

func ExampleBaseline() {
	source := thumbnail.FromImage(image.NewGray(image.Rect(0, 0, 100, 50)))
	small, err := thumbnail.Baseline().Thumbnail(context.Background(), source, thumbnail.Target{
		Width: 10, Height: 10, Fit: thumbnail.FitCover, Filter: thumbnail.FilterBox,
	}, thumbnail.EncodingPng())
	fmt.Println(small.Width, "by", small.Height, err)
	// Output: 10 by 10 <nil>
}

// Part of an image crosses without its pixels being copied first.
func ExampleFromImage() {
	all := image.NewRGBA(image.Rect(0, 0, 640, 480))
	p := thumbnail.FromImage(all.SubImage(image.Rect(100, 100, 300, 200)))
	fmt.Println(p.Layout, p.Width, p.Height, p.Stride)
	// Output: premultiplied 200 100 2560
}

func ExamplePixels_Image() {
	p := thumbnail.Pixels{Layout: thumbnail.LayoutGray, Width: 2, Height: 1, Stride: 2, Data: []byte{0, 255}}
	fmt.Println(p.Image().At(1, 0))
	// Output: {255}
}
