package goconv

// Strides: a picture whose s x s phases became channels is convolved with a
// kernel whose phases did, at stride 1.

// stride is a step along lines and columns.
type stride struct{ h, w int }

func (s stride) one() bool { return s.h == 1 && s.w == 1 }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// strided is the convolution with stride s; top and left may be any number.
func (o *ops) strided(x, k array, win window, s stride) array {
	if s.one() {
		x, win = o.ordinary(x, win)
		return o.convolve(x, k, win)
	}
	if win.kh == 1 && win.kw == 1 {
		return o.convolve(o.sampled(x, win, s), k, window{1, 1, 0, 0, win.outH, win.outW})
	}
	inner := window{ceilDiv(win.kh, s.h), ceilDiv(win.kw, s.w), 0, 0, win.outH, win.outW}
	x = o.phasesToChannels(x, win, inner, s)
	k = o.extend(o.extend(k, 0, 0, inner.kh*s.h), 1, 0, inner.kw*s.w)
	c, out := k.dims[2], k.dims[3]
	k = o.transpose(o.reshape(k, inner.kh, s.h, inner.kw, s.w, c, out), 0, 2, 1, 3, 4, 5)
	return o.convolve(x, o.reshape(k, inner.kh, inner.kw, s.h*s.w*c, out), inner)
}

// stridedKernel is the gradient of strided's result with respect to the kernel.
func (o *ops) stridedKernel(x, v array, win window, s stride) array {
	if s.one() {
		x, win = o.ordinary(x, win)
		return o.correlate(x, v, win)
	}
	if win.kh == 1 && win.kw == 1 {
		return o.correlate(o.sampled(x, win, s), v, window{1, 1, 0, 0, win.outH, win.outW})
	}
	c, out := x.dims[3], v.dims[3]
	inner := window{ceilDiv(win.kh, s.h), ceilDiv(win.kw, s.w), 0, 0, win.outH, win.outW}
	k := o.correlate(o.phasesToChannels(x, win, inner, s), v, inner)
	k = o.transpose(o.reshape(k, inner.kh, inner.kw, s.h, s.w, c, out), 0, 2, 1, 3, 4, 5)
	k = o.reshape(k, inner.kh*s.h, inner.kw*s.w, c, out)
	return o.along(o.along(k, 0, 0, win.kh, 1), 1, 0, win.kw, 1)
}

// ordinary makes the padding before the picture one that the grid can share: at
// least 0 and less than the kernel.
func (o *ops) ordinary(x array, win window) (array, window) {
	if d := win.top - min(max(win.top, 0), win.kh-1); d != 0 {
		x = o.extend(x, 1, d, max(x.dims[1]+d, 1))
		win.top -= d
	}
	if d := win.left - min(max(win.left, 0), win.kw-1); d != 0 {
		x = o.extend(x, 2, d, max(x.dims[2]+d, 1))
		win.left -= d
	}
	return x, win
}

// sampled takes the pixels that a kernel of one pixel sees.
func (o *ops) sampled(x array, win window, s stride) array {
	x = o.extend(x, 1, win.top, (win.outH-1)*s.h+1)
	x = o.extend(x, 2, win.left, (win.outW-1)*s.w+1)
	return o.slice(x, []int{0, 0, 0, 0}, x.dims, []int{1, s.h, s.w, 1})
}

// phasesToChannels pads x [n,h,w,c] as win says and makes its phases channels:
// [n, h/s, w/s, s*s*c].
func (o *ops) phasesToChannels(x array, win, inner window, s stride) array {
	n, c := x.dims[0], x.dims[3]
	h, w := inner.outH-1+inner.kh, inner.outW-1+inner.kw
	x = o.extend(x, 1, win.top, h*s.h)
	x = o.extend(x, 2, win.left, w*s.w)
	x = o.transpose(o.reshape(x, n, h, s.h, w, s.w, c), 0, 1, 3, 2, 4, 5)
	return o.reshape(x, n, h, w, s.h*s.w*c)
}

// spread is the convolution, at stride 1, of x with s-1 zeros between its
// pixels: the gradient of strided with respect to the picture. Each phase of the
// output sees its own part of the kernel, so that no zero is multiplied:
//
//	out[s*i+a] = sum_e x[i+e] k[s*e+top-a]
//
// e begins at first = ceil(-top/s). In front of the kernel go f zeros such that
// phase a is place s-1-a of each group of s.
func (o *ops) spread(x, k array, win window, s stride) array {
	c, out := k.dims[2], k.dims[3]
	fh, eh, th := phase(win.kh, win.top, s.h)
	fw, ew, tw := phase(win.kw, win.left, s.w)
	k = o.extend(o.extend(k, 0, fh, eh*s.h), 1, fw, ew*s.w)
	k = o.reverse(o.reshape(k, eh, s.h, ew, s.w, c, out), 1, 3)
	k = o.reshape(o.transpose(k, 0, 2, 4, 1, 3, 5), eh, ew, c, s.h*s.w*out)
	h, w := ceilDiv(win.outH, s.h), ceilDiv(win.outW, s.w)
	x, inner := o.ordinary(x, window{eh, ew, th, tw, h, w})
	y := o.convolve(x, k, inner)
	y = o.transpose(o.reshape(y, y.dims[0], h, w, s.h, s.w, out), 0, 1, 3, 2, 4, 5)
	y = o.reshape(y, y.dims[0], h*s.h, w*s.w, out)
	return o.along(o.along(y, 1, 0, win.outH, 1), 2, 0, win.outW, 1)
}

// phase gives the zeros in front of a kernel of k taps, its groups of s, and the
// padding of the convolution of phases.
func phase(k, top, s int) (front, groups, padding int) {
	first := -floorDiv(top, s)
	front = s - 1 - (s*first + top)
	return front, ceilDiv(front+k, s), -first
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
