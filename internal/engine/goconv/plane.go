package goconv

// The convolutions of this file have stride 1. Their pictures are laid out as
// flat rows, one a pixel, with zero gaps between lines and between pictures: a
// gap serves the end of one line and the beginning of the next. In this layout a
// window's tap is the whole array shifted by some rows, so that a convolution is
// a few products of tall matrices, and what falls into the gaps is cut at the end.

// grid is the layout of n pictures of h lines of w pixels: pixel (i,y,x) is row
// (i*H+y)*W+x. H and W include the gaps.
type grid struct{ n, h, w, H, W int }

func (g grid) rows() int { return g.n * g.H * g.W }

// window is a kernel's size, the zeros before the picture's first line and
// column (0 <= top < kh, 0 <= left < kw), and the size of the output.
type window struct{ kh, kw, top, left, outH, outW int }

// gridFor makes the gaps as wide as the padding on either side, and the lines as
// long as the output's.
func gridFor(n, h, w int, k window) grid {
	bottom, right := k.outH+k.kh-1-k.top-h, k.outW+k.kw-1-k.left-w
	return grid{n, h, w, h + max(k.top, bottom, k.outH-h, 0), w + max(k.left, right, k.outW-w, 0)}
}

// flatten lays [n,h,w,c] out on the grid, as [rows, c]; h and w may be less
// than the grid's lines.
func (o *ops) flatten(x array, g grid) array {
	n, c := x.dims[0], x.dims[3]
	x = o.extend(x, 2, 0, g.W)
	x = o.extend(x, 1, 0, g.H)
	return o.reshape(x, n*g.H*g.W, c)
}

// convolve is the convolution of x [n,h,w,c] with k [kh,kw,c,o], as the field
// means it (no reversal), giving [n,outH,outW,o].
func (o *ops) convolve(x, k array, win window) array {
	g := gridFor(x.dims[0], x.dims[1], x.dims[2], win)
	c, out := x.dims[3], k.dims[3]
	flat := o.flatten(x, g)
	if out <= smallWidth && win.kw*c > smallDepth && win.kh*win.kw > 1 {
		return o.cut(o.byTap(flat, k, g, win), g, win, out)
	}
	k = o.extend(k, 3, 0, blocked(out))
	if line := g.rows() * win.kw * c * k.dims[3]; win.kw*c <= smallDepth || line < smallProduct {
		return o.cut(o.byWindow(flat, k, g, win), g, win, out)
	}
	return o.cut(o.byLine(flat, k, g, win), g, win, out)
}

// The backend's product works on blocks of 32 columns and 128 of the summed
// index: thinner factors waste most of a block. Below a number of products it
// leaves blocks out and is several times slower, the columns beyond the last
// vector one by one; windows make larger products than lines.
const (
	smallDepth   = 48      // columns of a line of taps
	smallWidth   = 8       // output channels
	smallProduct = 4 << 20 // multiplications
	vector       = 16      // columns
)

// blocked is the number of columns that so many output channels are computed as: no
// fewer than a block, and whole vectors. Those beyond are cut at the end.
func blocked(out int) int { return max(2*vector, ceilDiv(out, vector)*vector) }

// pictures is how many of the grid's pictures hold the sum of shifted products.
func (g grid) pictures(win window) int {
	return ceilDiv(g.rows()+(win.kh-1)*g.W+win.kw-1, g.H*g.W)
}

// lineTaps puts the kw neighbours of a pixel side by side: row q+kw-1 is
// [x[q], ..., x[q+kw-1]].
func (o *ops) lineTaps(flat array, win window) array {
	taps := make([]array, win.kw)
	for dx := range taps {
		taps[dx] = o.extend(flat, 0, win.kw-1-dx, flat.dims[0]+win.kw-1)
	}
	return o.concat(1, taps...)
}

// byLine makes one product for each line of the kernel, shifts and adds them.
func (o *ops) byLine(flat, k array, g grid, win window) array {
	taps := o.lineTaps(flat, win)
	c, out := k.dims[2], k.dims[3]
	k = o.reshape(k, win.kh, win.kw*c, out)
	var sum array
	for dy := range win.kh {
		line := o.reshape(o.along(k, 0, dy, dy+1, 1), win.kw*c, out)
		sum = o.add(sum, o.extend(o.dot(taps, line), 0, (win.kh-1-dy)*g.W, g.pictures(win)*g.H*g.W))
	}
	return sum
}

// byWindow makes one product of whole windows: for few input channels.
func (o *ops) byWindow(flat, k array, g grid, win window) array {
	taps := o.lineTaps(flat, win)
	lines := make([]array, win.kh)
	for dy := range lines {
		lines[dy] = o.extend(taps, 0, (win.kh-1-dy)*g.W, g.pictures(win)*g.H*g.W)
	}
	depth := win.kh * win.kw * k.dims[2]
	return o.dot(o.concat(1, lines...), o.reshape(k, depth, k.dims[3]))
}

// byTap multiplies every pixel with the whole kernel, then shifts and adds the
// taps: for few output channels.
func (o *ops) byTap(flat, k array, g grid, win window) array {
	c, out := k.dims[2], k.dims[3]
	products := o.dot(flat, o.reshape(o.transpose(k, 2, 0, 1, 3), c, win.kh*win.kw*out))
	var sum array
	for dy := range win.kh {
		for dx := range win.kw {
			at := (dy*win.kw + dx) * out
			before := (win.kh-1-dy)*g.W + win.kw - 1 - dx
			sum = o.add(sum, o.extend(o.along(products, 1, at, at+out, 1), 0, before, g.pictures(win)*g.H*g.W))
		}
	}
	return sum
}

// cut takes the output out of the sum, whose row b+(kh-1-top)*W+(kw-1-left) is
// the output at row b of the grid, and drops the gaps and the columns beyond out.
func (o *ops) cut(sum array, g grid, win window, out int) array {
	n, columns := g.pictures(win), sum.dims[1]
	y, x := win.kh-1-win.top, win.kw-1-win.left
	sum = o.reshape(sum, n, g.H, g.W, columns)
	if n == g.n && y == 0 && x == 0 && win.outH == g.H && win.outW == g.W && columns == out {
		return sum
	}
	return o.slice(sum, []int{0, y, x, 0}, []int{g.n, y + win.outH, x + win.outW, out}, []int{1, 1, 1, 1})
}

// correlate is the gradient of convolve's result with respect to the kernel:
// [kh,kw,c,o] from x [n,h,w,c] and v [n,outH,outW,o].
func (o *ops) correlate(x, v array, win window) array {
	g := gridFor(x.dims[0], x.dims[1], x.dims[2], win)
	c, out := x.dims[3], v.dims[3]
	turned := o.transpose(o.flatten(x, g), 1, 0) // [c, rows]: taps are shifts of its lines
	v = o.flatten(v, g)
	above, below := win.top*g.W, (win.kh-1-win.top)*g.W
	length := g.rows() + above + below + win.kw - 1
	taps := make([]array, win.kw)
	for dx := range taps {
		taps[dx] = o.extend(turned, 1, above+win.kw-1-dx, length)
	}
	all := o.concat(0, taps...)
	lines := make([]array, win.kh)
	for dy := range lines {
		at := o.extend(v, 0, win.kw-1-win.left+dy*g.W, length)
		lines[dy] = o.dot(all, at)
	}
	return o.reshape(o.concat(0, lines...), win.kh, win.kw, c, out)
}
