package thumbnail

import (
	"image"
	"math"
)

// The limits that the contract names.
const (
	maxSourceSide   = 65_535
	maxSourcePixels = 1 << 25
	maxTargetSide   = 4_096
)

// check tells a target that there cannot be.
func (t Target) check() error {
	if t.Width < 1 || t.Width > maxTargetSide || t.Height < 1 || t.Height > maxTargetSide {
		return FailureTarget(Sides{Width: t.Width, Height: t.Height})
	}
	return nil
}

// check tells an encoding that there cannot be.
func (e Encoding) check() error {
	if jpeg, ok := e.AsJpeg(); ok && (jpeg.Quality < 1 || jpeg.Quality > 100) {
		return FailureQuality(jpeg.Quality)
	}
	return nil
}

// checkSource tells sides that are not read.
func checkSource(width, height uint32) error {
	if width < 1 || width > maxSourceSide || height < 1 || height > maxSourceSide ||
		uint64(width)*uint64(height) > maxSourcePixels {
		return FailureSource(Sides{Width: width, Height: height})
	}
	return nil
}

// check tells pixels whose sides, stride and data do not belong together.
func (p Pixels) check() error {
	if err := checkSource(p.Width, p.Height); err != nil {
		return err
	}
	pixel := uint64(4)
	if p.Layout == LayoutGray {
		pixel = 1
	}
	row, stride := uint64(p.Width)*pixel, uint64(p.Stride)
	if stride < row || stride%pixel != 0 {
		return FailureStride(p.Stride)
	}
	if uint64(len(p.Data)) < uint64(p.Height-1)*stride+row {
		return FailureData(uint32(min(len(p.Data), math.MaxUint32)))
	}
	return nil
}

// plan is the part of a source that is kept, and the sides that it gets.
func (t Target) plan(source image.Point) (part image.Rectangle, result image.Point) {
	target := image.Pt(int(t.Width), int(t.Height))
	whole := image.Rectangle{Max: source}
	across, down := source.X*target.Y, source.Y*target.X
	switch {
	case t.Fit == FitStretch:
		return whole, target
	case t.Fit == FitContain && source.X <= target.X && source.Y <= target.Y:
		return whole, source
	case t.Fit == FitContain && across >= down:
		return whole, image.Pt(target.X, rounded(down, source.X))
	case t.Fit == FitContain:
		return whole, image.Pt(rounded(across, source.Y), target.Y)
	}
	kept := image.Pt(source.X, rounded(across, target.X))
	if across >= down {
		kept = image.Pt(rounded(down, target.Y), source.Y)
	}
	at := source.Sub(kept).Div(2)
	return image.Rectangle{Min: at, Max: at.Add(kept)}, target
}

// rounded is the quotient, half rounded up; at least 1.
func rounded(dividend, divisor int) int {
	return max(1, (2*dividend+divisor)/(2*divisor))
}
