package studio

import (
	"encoding/binary"
	"hash/crc32"
)

// maxHashes is the number of steps whose frame hashes are kept before they are thinned.
const maxHashes = 1 << 12

// hashes are the CRC-32 of every chain's frame at steps that are multiples of
// Stride, counted from First, enough to find the step at which two runs part.
type hashes struct {
	First  int // step of the first frame, that of a fork
	Stride int
	Sums   [][]uint32 // [(step-First)/Stride][chain]
}

func (h *hashes) add(step int, pixels []uint8, chains int) {
	if len(h.Sums) == 0 {
		h.First = step
	}
	step -= h.First
	if step%h.Stride != 0 {
		return
	}
	sums := make([]uint32, chains)
	n := len(pixels) / chains
	for i := range sums {
		sums[i] = crc32.ChecksumIEEE(pixels[i*n : (i+1)*n])
	}
	if at := step / h.Stride; at < len(h.Sums) {
		h.Sums[at] = sums // a stage of no steps has made the frame anew
		return
	}
	h.Sums = append(h.Sums, sums)
	if len(h.Sums) <= maxHashes {
		return
	}
	h.Stride *= 2
	kept := h.Sums[:0]
	for i := 0; i < len(h.Sums); i += 2 {
		kept = append(kept, h.Sums[i])
	}
	h.Sums = kept
}

// until is the hashes up to a step.
func (h hashes) until(step int) hashes {
	h.Sums = h.Sums[:min(len(h.Sums), max(0, step-h.First)/h.Stride+1)]
	return h
}

// of is the hashes of one chain, or of all together where chain is negative.
func (h hashes) of(chain int) []uint32 {
	out := make([]uint32, len(h.Sums))
	for i, sums := range h.Sums {
		if chain >= 0 {
			out[i] = sums[chain]
			continue
		}
		all := make([]byte, 0, 4*len(sums))
		for _, s := range sums {
			all = binary.LittleEndian.AppendUint32(all, s)
		}
		out[i] = crc32.ChecksumIEEE(all)
	}
	return out
}
