package thumbnail

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
)

// orientation is how a stored picture is made upright: exchanged about its diagonal first, then mirrored.
type orientation struct{ transposed, across, down bool }

// orientations are the values of the Exif tag, from 0, which is none.
var orientations = [...]orientation{
	{}, {}, {false, true, false}, {false, true, true}, {false, false, true},
	{true, false, false}, {true, true, false}, {true, true, true}, {true, false, true},
}

// upright is the picture as it is to be seen.
func (o orientation) upright(picture image.Image) image.Image {
	if o == (orientation{}) {
		return picture
	}
	return turned{picture, o}
}

// turned is a picture of which the pixels lie elsewhere.
type turned struct {
	stored image.Image
	how    orientation
}

func (t turned) ColorModel() color.Model { return t.stored.ColorModel() }

func (t turned) Bounds() image.Rectangle {
	size := t.stored.Bounds().Size()
	if t.how.transposed {
		size.X, size.Y = size.Y, size.X
	}
	return image.Rectangle{Max: size}
}

func (t turned) At(x, y int) color.Color {
	size := t.Bounds().Size()
	if t.how.across {
		x = size.X - 1 - x
	}
	if t.how.down {
		y = size.Y - 1 - y
	}
	if t.how.transposed {
		x, y = y, x
	}
	at := t.stored.Bounds().Min
	return t.stored.At(at.X+x, at.Y+y)
}

// orientationOf reads the tag Orientation in the first directory of Exif data, from their TIFF header on.
func orientationOf(tiff []byte) orientation {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case len(tiff) < 8:
		return orientation{}
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(tiff, []byte("II*\x00")):
		return orientation{}
	}
	directory := from(tiff, uint64(order.Uint32(tiff[4:])))
	if len(directory) < 2 {
		return orientation{}
	}
	entries := directory[2:]
	for range order.Uint16(directory) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 {
			value := order.Uint16(entries[8:])
			if short := order.Uint16(entries[2:]) == 3; short && int(value) < len(orientations) {
				return orientations[value]
			}
			break
		}
		entries = entries[12:]
	}
	return orientation{}
}

func from(data []byte, at uint64) []byte {
	if at > uint64(len(data)) {
		return nil
	}
	return data[at:]
}

// exifOfJPEG gives the Exif data before the picture in a JPEG file; nil if there are none.
func exifOfJPEG(file []byte) []byte {
	for rest := file[2:]; len(rest) >= 4 && rest[0] == 0xff; {
		marker, length := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
		if 0xc0 <= marker && marker <= 0xcf && marker != 0xc4 || length < 2 || len(rest) < 2+length {
			break
		}
		segment := rest[4 : 2+length]
		if exif, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); marker == 0xe1 && ok {
			return exif
		}
		rest = rest[2+length:]
	}
	return nil
}

// exifOfPNG gives the Exif data before the picture in a PNG file; nil if there are none.
func exifOfPNG(file []byte) []byte {
	for rest := file[8:]; len(rest) >= 12; {
		length := uint64(binary.BigEndian.Uint32(rest))
		if string(rest[4:8]) == "IDAT" || uint64(len(rest)) < 12+length {
			break
		}
		if string(rest[4:8]) == "eXIf" {
			return rest[8 : 8+length]
		}
		rest = rest[12+length:]
	}
	return nil
}
