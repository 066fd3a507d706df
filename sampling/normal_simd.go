//go:build goexperiment.simd && amd64

package sampling

import "simd/archsimd"

// normalsWide fills as much of dst as eight pairs at a time can and returns how
// much that was. Each operation is the one of boxMuller and threefry, so the bits
// are the same.
func normalsWide(k0, k1, step uint32, dst []float32) int {
	if !archsimd.X86.AVX2() {
		return 0
	}
	lanes := [8]uint32{0, 1, 2, 3, 4, 5, 6, 7}
	pair, eight := archsimd.LoadUint32x8(&lanes), archsimd.BroadcastUint32x8(8)
	keys := wideKeys(k0, k1)
	steps := archsimd.BroadcastUint32x8(step)
	one := archsimd.BroadcastUint32x8(1)
	minusTwo := archsimd.BroadcastFloat32x8(-2)
	j := 0
	for ; j+16 <= len(dst); j += 16 {
		w0, w1 := threefryWide(&keys, steps, pair)
		pair = pair.Add(eight)
		radius := lnFractionWide(w0.ShiftAllRight(8).Add(one)).Mul(minusTwo).Sqrt()
		cos, sin := turnWide(w1.ShiftAllRight(8))
		a, b := radius.Mul(cos).AsUint32x8(), radius.Mul(sin).AsUint32x8()
		// Pairs 0, 1, 4, 5 and 2, 3, 6, 7, then in order.
		low, high := a.InterleaveLoGrouped(b), a.InterleaveHiGrouped(b)
		low.Select128FromPair(0, 2, high).AsFloat32x8().StoreSlice(dst[j : j+8])
		low.Select128FromPair(1, 3, high).AsFloat32x8().StoreSlice(dst[j+8 : j+16])
	}
	archsimd.ClearAVXUpperBits()
	return j
}

// wideKeys returns what the key schedule of threefry adds to x0 and x1: before the
// rounds and after every four of them.
func wideKeys(k0, k1 uint32) (keys [6][2]archsimd.Uint32x8) {
	k := [3]uint32{k0, k1, keyParity ^ k0 ^ k1}
	for n := range keys {
		keys[n][0] = archsimd.BroadcastUint32x8(k[n%3])
		keys[n][1] = archsimd.BroadcastUint32x8(k[(n+1)%3] + uint32(n))
	}
	return keys
}

func threefryWide(keys *[6][2]archsimd.Uint32x8, c0, c1 archsimd.Uint32x8) (x0, x1 archsimd.Uint32x8) {
	x0, x1 = c0.Add(keys[0][0]), c1.Add(keys[0][1])
	for n := 1; n < 6; n += 2 {
		x0 = x0.Add(x1)
		x1 = x1.ShiftAllLeft(13).Or(x1.ShiftAllRight(19)).Xor(x0)
		x0 = x0.Add(x1)
		x1 = x1.ShiftAllLeft(15).Or(x1.ShiftAllRight(17)).Xor(x0)
		x0 = x0.Add(x1)
		x1 = x1.ShiftAllLeft(26).Or(x1.ShiftAllRight(6)).Xor(x0)
		x0 = x0.Add(x1)
		x1 = x1.ShiftAllLeft(6).Or(x1.ShiftAllRight(26)).Xor(x0)
		x0, x1 = x0.Add(keys[n][0]), x1.Add(keys[n][1])
		if n == 5 {
			break
		}
		x0 = x0.Add(x1)
		x1 = x1.ShiftAllLeft(17).Or(x1.ShiftAllRight(15)).Xor(x0)
		x0 = x0.Add(x1)
		x1 = x1.ShiftAllLeft(29).Or(x1.ShiftAllRight(3)).Xor(x0)
		x0 = x0.Add(x1)
		x1 = x1.ShiftAllLeft(16).Or(x1.ShiftAllRight(16)).Xor(x0)
		x0 = x0.Add(x1)
		x1 = x1.ShiftAllLeft(24).Or(x1.ShiftAllRight(8)).Xor(x0)
		x0, x1 = x0.Add(keys[n+1][0]), x1.Add(keys[n+1][1])
	}
	return x0, x1
}

// lnFractionWide is lnFraction of eight numbers.
func lnFractionWide(m archsimd.Uint32x8) archsimd.Float32x8 {
	sqrtHalf := archsimd.BroadcastUint32x8(sqrtHalfBits)
	b := m.AsInt32x8().ConvertToFloat32().AsUint32x8().Sub(archsimd.BroadcastUint32x8(24<<23 + sqrtHalfBits))
	exponent := b.AsInt32x8().ShiftAllRight(23).ConvertToFloat32()
	f := b.And(archsimd.BroadcastUint32x8(0x7fffff)).Add(sqrtHalf).AsFloat32x8().Sub(archsimd.BroadcastFloat32x8(1))

	z := f.Mul(f)
	p := f.Mul(archsimd.BroadcastFloat32x8(ln0)).Add(archsimd.BroadcastFloat32x8(ln1))
	p = p.Mul(f).Add(archsimd.BroadcastFloat32x8(ln2))
	p = p.Mul(f).Add(archsimd.BroadcastFloat32x8(ln3))
	p = p.Mul(f).Add(archsimd.BroadcastFloat32x8(ln4))
	p = p.Mul(f).Add(archsimd.BroadcastFloat32x8(ln5))
	p = p.Mul(f).Add(archsimd.BroadcastFloat32x8(ln6))
	p = p.Mul(f).Add(archsimd.BroadcastFloat32x8(ln7))
	p = p.Mul(f).Add(archsimd.BroadcastFloat32x8(ln8))
	y := f.Mul(z).Mul(p)
	y = y.Add(exponent.Mul(archsimd.BroadcastFloat32x8(ln2Low)))
	y = y.Sub(z.Mul(archsimd.BroadcastFloat32x8(0.5)))
	return f.Add(y).Add(exponent.Mul(archsimd.BroadcastFloat32x8(ln2High)))
}

// turnWide is turn of eight numbers.
func turnWide(v archsimd.Uint32x8) (cos, sin archsimd.Float32x8) {
	one, two := archsimd.BroadcastUint32x8(1), archsimd.BroadcastUint32x8(2)
	rest := v.ShiftAllLeft(10).AsInt32x8().ShiftAllRight(10)
	quadrant := v.Add(archsimd.BroadcastUint32x8(1 << 21)).ShiftAllRight(22)
	a := rest.ConvertToFloat32().Mul(archsimd.BroadcastFloat32x8(halfPi * 0x1p-22))

	z := a.Mul(a)
	s := z.Mul(archsimd.BroadcastFloat32x8(sin0)).Add(archsimd.BroadcastFloat32x8(sin1))
	s = s.Mul(z).Add(archsimd.BroadcastFloat32x8(sin2))
	s = s.Mul(z).Mul(a).Add(a)
	d := z.Mul(archsimd.BroadcastFloat32x8(cos0)).Add(archsimd.BroadcastFloat32x8(cos1))
	d = d.Mul(z).Add(archsimd.BroadcastFloat32x8(cos2))
	d = d.Mul(z).Mul(z).Sub(z.Mul(archsimd.BroadcastFloat32x8(0.5))).Add(archsimd.BroadcastFloat32x8(1))

	sb, cb := s.AsUint32x8(), d.AsUint32x8()
	odd := archsimd.Uint32x8{}.Sub(quadrant.And(one))
	swap := sb.Xor(cb).And(odd)
	sb = sb.Xor(swap).Xor(quadrant.And(two).ShiftAllLeft(30))
	cb = cb.Xor(swap).Xor(quadrant.Add(one).And(two).ShiftAllLeft(30))
	return cb.AsFloat32x8(), sb.AsFloat32x8()
}
