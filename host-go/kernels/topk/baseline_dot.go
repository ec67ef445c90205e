package topk

// dotInt8 has four sums, so that no addition waits for the one before.
func dotInt8(a, b []int8) float64 {
	var s0, s1, s2, s3 int32
	b = b[:len(a)]
	for len(a) >= 4 {
		s0 += int32(a[0]) * int32(b[0])
		s1 += int32(a[1]) * int32(b[1])
		s2 += int32(a[2]) * int32(b[2])
		s3 += int32(a[3]) * int32(b[3])
		a, b = a[4:], b[4:len(b):len(b)]
	}
	for i, x := range a {
		s0 += int32(x) * int32(b[i])
	}
	return float64(s0 + s1 + s2 + s3)
}

// dotFloat32 has the eight sums that the contract prescribes. A product is converted before it is added, so that no
// processor fuses the two.
func dotFloat32(a, b []float32) float64 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	for len(a) >= 8 && len(b) >= 8 {
		s0 += float32(a[0] * b[0])
		s1 += float32(a[1] * b[1])
		s2 += float32(a[2] * b[2])
		s3 += float32(a[3] * b[3])
		s4 += float32(a[4] * b[4])
		s5 += float32(a[5] * b[5])
		s6 += float32(a[6] * b[6])
		s7 += float32(a[7] * b[7])
		a, b = a[8:], b[8:]
	}
	for i, s := range [...]*float32{&s0, &s1, &s2, &s3, &s4, &s5, &s6} {
		if i < len(a) && i < len(b) {
			*s += float32(a[i] * b[i])
		}
	}
	return float64(float32(float32(s0+s4)+float32(s2+s6)) + float32(float32(s1+s5)+float32(s3+s7)))
}
