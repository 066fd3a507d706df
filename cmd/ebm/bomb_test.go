package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
)

// zipBomb is an .npz of a few kilobytes whose only array claims, and inflates to,
// 4 GB of zeros' beginning: the header asks for far more than the file can hold.
func zipBomb() ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("x.npy")
	if err != nil {
		return nil, err
	}
	header := []byte("{'descr': '<f4', 'fortran_order': False, 'shape': (1073741824,), }")
	for (10+len(header)+1)%64 != 0 {
		header = append(header, ' ')
	}
	header = append(header, '\n')
	head := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(head[8:], uint16(len(header)))
	if _, err := w.Write(append(head, header...)); err != nil {
		return nil, err
	}
	zeros := make([]byte, 1<<20)
	for range 32 {
		if _, err := w.Write(zeros); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
