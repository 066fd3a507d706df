package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"ebmstudio/checkpoint"
)

// tinyTensors is a whole CLEL model of one channel and 8x8 pixels: an energy
// network of one block, a projector, an encoder of two layers. The weights are
// waves, the spectral vectors units along one axis, so that every number is the
// same everywhere.
func tinyTensors() []checkpoint.Named {
	const width, latent = 4, 3
	var list []checkpoint.Named
	add := func(name string, value func(i int) float64, shape ...int) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(value(i))
		}
		list = append(list, checkpoint.Named{Name: name, Tensor: checkpoint.Float32Tensor(shape, v)})
	}
	wave := func(i int) float64 { return 0.4 * math.Sin(1+1.7*float64(i+len(list))) }
	constant := func(v float64) func(int) float64 { return func(int) float64 { return v } }
	first := func(i int) float64 {
		if i == 0 {
			return 1
		}
		return 0
	}
	conv := func(name string, in, out, size int, bias bool) {
		if bias {
			add(name+".bias", wave, out)
		}
		// The spectral norm is u W v = W[0,0], made 1.
		add(name+".parametrizations.weight.original", func(i int) float64 {
			if i == 0 {
				return 1
			}
			return wave(i)
		}, out, in, size, size)
		add(name+".parametrizations.weight.0._u", first, out)
		add(name+".parametrizations.weight.0._v", first, in*size*size)
	}
	norm := func(name string, n int) {
		add(name+".weight", constant(1), n)
		add(name+".bias", wave, n)
		add(name+".running_mean", wave, n)
		add(name+".running_var", constant(0.5), n)
	}
	net := "ema_ebm."
	add(net+"stem.0.mean", constant(0.5), 1)
	add(net+"stem.0.std", constant(0.25), 1)
	conv(net+"stem.1", 1, width, 3, true)
	conv(net+"stages.0.0.conv1", width, width, 3, true)
	conv(net+"stages.0.0.conv2", width, width, 3, true)
	add(net+"head.0.weight", wave, width, width)
	add(net+"head.0.bias", wave, width)
	add(net+"head.2.weight", wave, latent, width)
	add(net+"head.2.bias", wave, latent)
	add(net+"projection.0.weight", wave, latent, latent)

	enc := "ema_encoder."
	add(enc+"conv1.0.mean", constant(0.5), 1)
	add(enc+"conv1.0.std", constant(0.25), 1)
	add(enc+"conv1.1.weight", wave, width, 1, 3, 3)
	norm(enc+"bn1", width)
	for _, layer := range []string{"layer1", "layer2"} {
		add(enc+layer+".0.conv1.weight", wave, width, width, 3, 3)
		norm(enc+layer+".0.bn1", width)
		add(enc+layer+".0.conv2.weight", wave, width, width, 3, 3)
		norm(enc+layer+".0.bn2", width)
		if layer == "layer2" {
			add(enc+layer+".0.downsample.0.weight", wave, width, width, 1, 1)
			norm(enc+layer+".0.downsample.1", width)
		}
	}
	add(enc+"fc.0.weight", wave, width, width)
	norm(enc+"fc.1", width)
	add(enc+"fc.3.weight", wave, latent, width)
	add(enc+"fc.3.bias", wave, latent)
	return list
}

// writeTiny is the script command "tiny FILE [without=NAME] [nan=NAME]".
func writeTiny(ts *testscript.TestScript, _ bool, args []string) {
	list := tinyTensors()
	for _, arg := range args[1:] {
		what, name, _ := strings.Cut(arg, "=")
		i := 0
		for i < len(list) && list[i].Name != name {
			i++
		}
		if i == len(list) {
			ts.Fatalf("tiny: no tensor %q", name)
		}
		switch what {
		case "without":
			list = append(list[:i], list[i+1:]...)
		case "nan":
			binary.LittleEndian.PutUint32(list[i].Data, math.Float32bits(float32(math.NaN())))
		default:
			ts.Fatalf("tiny: unknown argument %q", arg)
		}
	}
	meta := map[string]string{"family": "clel", "name": "tiny", "size": "8,8", "channels": "1", "step_size": "1", "step_noise": "0.01", "steps": "4"}
	ts.Check(checkpoint.Write(ts.MkAbs(args[0]), list, meta))
}

// writeArrays is the script command "arrays FILE NAME=DIMS[:int64|:nan]...", numbers
// between 0 and 1.
func writeArrays(ts *testscript.TestScript, _ bool, args []string) {
	var list []checkpoint.Named
	for _, arg := range args[1:] {
		name, text, _ := strings.Cut(arg, "=")
		text, integers := strings.CutSuffix(text, ":int64")
		text, broken := strings.CutSuffix(text, ":nan")
		var shape []int
		n := 1
		for _, d := range strings.Split(text, "x") {
			size, err := strconv.Atoi(d)
			ts.Check(err)
			shape = append(shape, size)
			n *= size
		}
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(0.5 + 0.5*math.Sin(float64(i)))
		}
		if broken {
			v[n-1] = float32(math.NaN())
		}
		t := checkpoint.Float32Tensor(shape, v)
		if integers {
			t = checkpoint.Int64Tensor(shape, make([]int64, n))
		}
		list = append(list, checkpoint.Named{Name: name, Tensor: t})
	}
	ts.Check(checkpoint.Write(ts.MkAbs(args[0]), list, nil))
}

// writePicture is the script command "picture FILE WIDTH HEIGHT".
func writePicture(ts *testscript.TestScript, _ bool, args []string) {
	w, err := strconv.Atoi(args[1])
	ts.Check(err)
	h, err := strconv.Atoi(args[2])
	ts.Check(err)
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = color.Gray{Y: uint8(i * 37)}.Y
	}
	var b bytes.Buffer
	ts.Check(png.Encode(&b, m))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o644))
}

// writeHostile is the script command "hostile KIND FILE [FROM]": files that mean
// harm or met some.
func writeHostile(ts *testscript.TestScript, _ bool, args []string) {
	var data []byte
	var err error
	switch kind := args[0]; kind {
	case "truncated", "flipped":
		data, err = os.ReadFile(ts.MkAbs(args[2]))
		ts.Check(err)
		if kind == "truncated" {
			data = data[:len(data)*2/3]
		} else {
			data[20] ^= 0x40 // a letter of the header
		}
	case "system":
		// What pickle.dumps makes of an object whose __reduce__ is (os.system, ("touch pwned",)).
		data = []byte("\x80\x02cposix\nsystem\nq\x00X\x0b\x00\x00\x00touch pwnedq\x01\x85q\x02Rq\x03.")
	case "bomb":
		data, err = zipBomb()
		ts.Check(err)
	default:
		err = fmt.Errorf("hostile: unknown kind %q", kind)
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o644))
}

// writeDigits is the script command "digits DIR": see digits.
func writeDigits(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(digits(ts.MkAbs(args[0])))
}

// digits makes a folder in MNIST's layout of 8x8 pictures, 30 to train on and 40 to test
// with, each class brighter than the one before.
func digits(dir string) error {
	const classes, side = 10, 8
	err := os.MkdirAll(dir, 0o755)
	for part, count := range map[string]int{"train": 3 * classes, "t10k": 4 * classes} {
		images := []byte{0, 0, 8, 3, 0, 0, 0, byte(count), 0, 0, 0, side, 0, 0, 0, side}
		labels := []byte{0, 0, 8, 1, 0, 0, 0, byte(count)}
		for i := range count {
			for j := range side * side {
				images = append(images, byte(i%classes*25+(i+j)%16))
			}
			labels = append(labels, byte(i%classes))
		}
		err = errors.Join(err,
			os.WriteFile(filepath.Join(dir, part+"-images-idx3-ubyte"), images, 0o644),
			os.WriteFile(filepath.Join(dir, part+"-labels-idx1-ubyte"), labels, 0o644))
	}
	return err
}

// writeChanged is the script command "change FROM TO [KEY=VALUE]... [without=PREFIX]...":
// a checkpoint with other metadata, or without some tensors.
func writeChanged(ts *testscript.TestScript, _ bool, args []string) {
	f, err := checkpoint.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	var without []string
	for _, arg := range args[2:] {
		key, value, _ := strings.Cut(arg, "=")
		if key == "without" {
			without = append(without, value)
			continue
		}
		f.Metadata[key] = value
	}
	var list []checkpoint.Named
	for _, name := range f.Names {
		begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if !slices.ContainsFunc(without, begins) {
			list = append(list, checkpoint.Named{Name: name, Tensor: f.Tensors[name]})
		}
	}
	ts.Check(checkpoint.Write(ts.MkAbs(args[1]), list, f.Metadata))
}

// writeMask is the script command "mask FILE WIDTH HEIGHT [grey]": the middle is
// white, the rest black or, with grey, nearly so.
func writeMask(ts *testscript.TestScript, _ bool, args []string) {
	w, err := strconv.Atoi(args[1])
	ts.Check(err)
	h, err := strconv.Atoi(args[2])
	ts.Check(err)
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		x, y := i%w, i/w
		switch {
		case x >= w/4 && x < w-w/4 && y >= h/4 && y < h-h/4:
			m.Pix[i] = 255
		case len(args) > 3:
			m.Pix[i] = 40
		}
	}
	var b bytes.Buffer
	ts.Check(png.Encode(&b, m))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o644))
}

// compareOutside is the script command "kept PICTURE OF MASK": the picture has the
// other's pixels, byte for byte, where the mask is black.
func compareOutside(ts *testscript.TestScript, neg bool, args []string) {
	var all [3]image.Image
	for i, name := range args {
		f, err := os.Open(ts.MkAbs(name))
		ts.Check(err)
		all[i], err = png.Decode(f)
		ts.Check(err)
		ts.Check(f.Close())
	}
	b := all[0].Bounds()
	same := true
	for y := range b.Dy() {
		for x := range b.Dx() {
			grey := func(k int) uint8 { return color.GrayModel.Convert(all[k].At(x, y)).(color.Gray).Y }
			same = same && (grey(2) != 0 || grey(0) == grey(1))
		}
	}
	if same == neg {
		ts.Fatalf("kept %s: the known pixels agree: %v", args[0], same)
	}
}
