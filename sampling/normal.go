package sampling

import "math"

// normals fills dst with the normals of one image at one step.
//
// Box and Muller's transform in float32 of two words w0, w1:
//
//	u1 = (1 + w0>>8) / 2^24 in (0,1],  u2 = (w1>>8) / 2^24 in [0,1)
//	sqrt(-2 ln u1) cos(2 pi u2),  sqrt(-2 ln u1) sin(2 pi u2)
//
// Logarithm, sine and cosine are polynomials written out here, each product
// rounded by itself, so that every processor gives the same bits.
func normals(k0, k1, step uint32, dst []float32) {
	j := normalsWide(k0, k1, step, dst)
	for ; j+1 < len(dst); j += 2 {
		dst[j], dst[j+1] = boxMuller(threefry(k0, k1, step, uint32(j/2)))
	}
	if j < len(dst) {
		dst[j], _ = boxMuller(threefry(k0, k1, step, uint32(j/2)))
	}
}

func boxMuller(w0, w1 uint32) (float32, float32) {
	radius := float32(math.Sqrt(float64(-2 * lnFraction(1+w0>>8))))
	cos, sin := turn(w1 >> 8)
	return radius * cos, radius * sin
}

// Coefficients of Cephes' logf, sinf and cosf (S. L. Moshier, 1992).
const (
	ln0, ln1, ln2 = 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1
	ln3, ln4, ln5 = -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1
	ln6, ln7, ln8 = 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1

	ln2High, ln2Low = 0.693359375, -2.12194440e-4 // their sum is ln 2

	sin0, sin1, sin2 = -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1
	cos0, cos1, cos2 = 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2

	sqrtHalfBits = 0x3f3504f3 // float32 bits of sqrt(1/2)
	halfPi       = math.Pi / 2
)

// lnFraction returns ln(m / 2^24) for m in 1..2^24.
func lnFraction(m uint32) float32 {
	// m/2^24 = 2^exponent (1+f) with 1+f in [sqrt(1/2), sqrt(2)): subtracting the
	// bits of sqrt(1/2) makes the exponent field round as wanted.
	b := math.Float32bits(float32(m)) - 24<<23 - sqrtHalfBits
	exponent := float32(int32(b) >> 23)
	f := math.Float32frombits(b&0x7fffff+sqrtHalfBits) - 1

	z := f * f
	p := float32(ln0*f) + ln1
	p = float32(p*f) + ln2
	p = float32(p*f) + ln3
	p = float32(p*f) + ln4
	p = float32(p*f) + ln5
	p = float32(p*f) + ln6
	p = float32(p*f) + ln7
	p = float32(p*f) + ln8
	y := float32(float32(f*z) * p)
	y += float32(exponent * ln2Low)
	y -= float32(z * 0.5)
	return f + y + float32(exponent*ln2High)
}

// turn returns the cosine and sine of 2 pi v / 2^24.
func turn(v uint32) (cos, sin float32) {
	// v = quadrant 2^22 + rest with rest in [-2^21, 2^21).
	rest := int32(v<<10) >> 10
	quadrant := (v + 1<<21) >> 22
	a := float32(rest) * float32(halfPi*0x1p-22)

	z := a * a
	s := float32(sin0*z) + sin1
	s = float32(s*z) + sin2
	s = float32(float32(s*z)*a) + a
	c := float32(cos0*z) + cos1
	c = float32(c*z) + cos2
	c = float32(float32(c*z)*z) - float32(z*0.5) + 1

	// Odd quadrants swap the two; the second and third negate the cosine, the
	// third and fourth the sine. Bit masks, because a branch would be a coin toss.
	sb, cb := math.Float32bits(s), math.Float32bits(c)
	swap := (sb ^ cb) & -(quadrant & 1)
	sb ^= swap ^ (quadrant&2)<<30
	cb ^= swap ^ ((quadrant+1)&2)<<30
	return math.Float32frombits(cb), math.Float32frombits(sb)
}
