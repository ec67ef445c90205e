package thumbnail

import (
	"image"

	"golang.org/x/image/draw"
)

// FromImage gives the pixels of an image. Those of an [image.RGBA], [image.NRGBA] or [image.Gray] are shared, not copied,
// also of a part of one; every other image is drawn into an image.RGBA first.
func FromImage(m image.Image) Pixels {
	switch m := m.(type) {
	case *image.RGBA:
		return pixels(LayoutPremultiplied, m.Rect, m.Stride, m.Pix)
	case *image.NRGBA:
		return pixels(LayoutStraight, m.Rect, m.Stride, m.Pix)
	case *image.Gray:
		return pixels(LayoutGray, m.Rect, m.Stride, m.Pix)
	}
	drawn := image.NewRGBA(m.Bounds())
	draw.Draw(drawn, drawn.Rect, m, drawn.Rect.Min, draw.Src)
	return FromImage(drawn)
}

func pixels(layout Layout, at image.Rectangle, stride int, pix []byte) Pixels {
	return Pixels{
		Layout: layout,
		Width:  uint32(at.Dx()),
		Height: uint32(at.Dy()),
		Stride: uint32(stride),
		Data:   pix,
	}
}

// Image gives the pixels as an [image.RGBA], [image.NRGBA] or [image.Gray], whichever their layout is. It shares them.
func (p Pixels) Image() image.Image {
	at := image.Rect(0, 0, int(p.Width), int(p.Height))
	switch p.Layout {
	case LayoutStraight:
		return &image.NRGBA{Pix: p.Data, Stride: int(p.Stride), Rect: at}
	case LayoutGray:
		return &image.Gray{Pix: p.Data, Stride: int(p.Stride), Rect: at}
	default:
		return &image.RGBA{Pix: p.Data, Stride: int(p.Stride), Rect: at}
	}
}
