package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ebmstudio/checkpoint"
)

// tensorSide: a file is made of square float32 tensors of 1 MiB.
const tensorSide = 512

// content makes the bytes of tensor i.
func content(i int) []byte {
	return bytes.Repeat([]byte{byte(i), 1, 2, 0x3f}, tensorSide*tensorSide)
}

// writeSafeTensors writes a file of that many MiB of tensors.
func writeSafeTensors(path string, count int) error {
	var tensors []checkpoint.Named
	for i := range count {
		t := checkpoint.Tensor{DType: "float32", Shape: []int{tensorSide, tensorSide}, Data: content(i)}
		tensors = append(tensors, checkpoint.Named{Name: fmt.Sprintf("layer.%d", i), Tensor: t})
	}
	return checkpoint.Write(path, tensors, nil)
}

// writeTorch writes the same as torch.save does: a zip of one pickle and a stored
// entry for each storage.
func writeTorch(path string, count int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	z := zip.NewWriter(file)
	add := func(name string, data []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: "model/" + name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	}
	if err := add("data.pkl", statePickle(count)); err != nil {
		return err
	}
	for i := range count {
		if err := add(fmt.Sprintf("data/%d", i), content(i)); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return file.Close()
}

// statePickle is the pickle, protocol 2, of a dict of tensors: for each
// _rebuild_tensor_v2(persistent ("storage", FloatStorage, key, "cpu", n), 0, shape, strides, False, {}).
func statePickle(count int) []byte {
	var b bytes.Buffer
	text := func(s string) {
		b.WriteByte('X')
		_ = binary.Write(&b, binary.LittleEndian, uint32(len(s))) // a buffer takes everything
		b.WriteString(s)
	}
	number := func(n int32) {
		b.WriteByte('J')
		_ = binary.Write(&b, binary.LittleEndian, n)
	}
	b.WriteString("\x80\x02}")
	for i := range count {
		text(fmt.Sprintf("layer.%d", i))
		b.WriteString("ctorch._utils\n_rebuild_tensor_v2\n((")
		text("storage")
		b.WriteString("ctorch\nFloatStorage\n")
		text(strconv.Itoa(i))
		text("cpu")
		number(tensorSide * tensorSide)
		b.WriteString("tQ")
		number(0)
		number(tensorSide)
		number(tensorSide)
		b.WriteString("\x86")
		number(tensorSide)
		number(1)
		b.WriteString("\x86\x89}tRs")
	}
	b.WriteByte('.')
	return b.Bytes()
}

// opening is what a child process measured while it opened a file.
type opening struct {
	Seconds float64
	Peak    int64 // bytes of memory above those before, 0 where the system does not tell
	Tensors int
}

// openInChild opens a file in a process of its own, whose memory is the file's alone.
func openInChild(ctx context.Context, path string) (o opening, size int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return o, 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return o, 0, err
	}
	cmd := exec.CommandContext(ctx, self, "-open", path)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return o, 0, fmt.Errorf("open %s in a child process: %w", filepath.Base(path), err)
	}
	return o, info.Size(), json.Unmarshal(out, &o)
}

// measureOpening is what the child does.
func measureOpening(path string, out io.Writer) error {
	before := memoryOf("VmRSS")
	began := time.Now()
	f, err := checkpoint.Open(path)
	if err != nil {
		return err
	}
	o := opening{Seconds: time.Since(began).Seconds(), Tensors: len(f.Names)}
	if peak := memoryOf("VmHWM"); before > 0 && peak > 0 {
		o.Peak = peak - before
	}
	return json.NewEncoder(out).Encode(o)
}

// memoryOf reads a line of this process's status, in bytes; 0 where there is none.
func memoryOf(field string) int64 {
	data, _ := os.ReadFile("/proc/self/status")
	return kibibytes(string(data), field)
}

// kibibytes finds "field:  123 kB" and returns bytes.
func kibibytes(text, field string) int64 {
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(line, ":")
		if words := strings.Fields(rest); name == field && len(words) > 0 {
			n, _ := strconv.ParseInt(words[0], 10, 64)
			return n << 10
		}
	}
	return 0
}
