package studio

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"strconv"
	"time"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// keptSamples is what an evaluation has made already: a folder of batches and of the
// judge's features, each under everything that it depends on. An evaluation that was
// interrupted finds its own there; one of another question finds what is the same. The
// folder may be deleted at any time.
type keptSamples struct{ dir string } // "": nothing is kept

// keptForm is part of every key: files of another form are as good as absent.
const keptForm = 1

// Metadata of the files: the whole key, and what is in them besides tensors.
const (
	keyKept    = "made of"
	keySeconds = "seconds"
	keyNumbers = "numbers"
)

// batchKey is what a batch of samples depends on.
func batchKey(o *Opened, r Recipe, engine string) (string, error) {
	r.Checkpoint, r.Engine = o.Ref(), engine
	r.Checkpoint.Name = "" // for people
	text, err := json.Marshal(struct {
		Form   int    `json:"form"`
		Recipe Recipe `json:"recipe"`
	}{keptForm, r})
	if err != nil {
		return "", fmt.Errorf("key of a batch: %w", err)
	}
	return string(text), nil
}

// judgedKey is what a judge's features of pictures depend on.
func judgedKey(judge *Opened, x sampling.Images, engine string) string {
	return fmt.Sprintf("form %d, judge %s, engine %s, %d pictures %s", keptForm, judge.SHA256, engine, x.N, picturesSum(x))
}

// picturesSum is a hash of pictures.
func picturesSum(x sampling.Images) string {
	sum := sha256.New()
	var four [4]byte
	for _, v := range x.Data {
		binary.LittleEndian.PutUint32(four[:], math.Float32bits(v))
		sum.Write(four[:]) // a hash takes everything
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (k keptSamples) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(k.dir, hex.EncodeToString(sum[:16])+".safetensors")
}

// find is what was kept under a key; nil where there is nothing, or a damaged file.
func (k keptSamples) find(key string) *checkpoint.File {
	if k.dir == "" {
		return nil
	}
	f, err := checkpoint.Open(k.path(key))
	if err != nil || f.Metadata[keyKept] != key {
		return nil
	}
	return f
}

// keep writes tensors and metadata under a key.
func (k keptSamples) keep(key string, took time.Duration, more map[string]string, tensors ...checkpoint.Named) error {
	if k.dir == "" {
		return nil
	}
	if err := makeDir(k.dir); err != nil {
		return err
	}
	metadata := map[string]string{keyKept: key, keySeconds: strconv.FormatFloat(took.Seconds(), 'g', -1, 64)}
	maps.Copy(metadata, more)
	return checkpoint.Write(k.path(key), tensors, metadata)
}

// Names of the tensors.
const (
	keptPictures      = "pictures"
	keptProbabilities = "probabilities"
	keptFeatures      = "features"
)

// pictures of a key, and how long they took; false where there are none.
func (k keptSamples) pictures(key string) (x sampling.Images, took time.Duration, ok bool) {
	f := k.find(key)
	if f == nil {
		return x, 0, false
	}
	t := f.Tensors[keptPictures]
	data, err := t.Float32s()
	if err != nil || len(t.Shape) != 4 {
		return x, 0, false
	}
	return sampling.Images{N: t.Shape[0], C: t.Shape[1], H: t.Shape[2], W: t.Shape[3], Data: data}, secondsOf(f), true
}

// secondsOf is how long a file's content took to make.
func secondsOf(f *checkpoint.File) time.Duration {
	seconds, _ := strconv.ParseFloat(f.Metadata[keySeconds], 64)
	return time.Duration(seconds * float64(time.Second))
}

// numbers of a key, and how long they took; false where there are none.
func (k keptSamples) numbers(key string) (values []float64, took time.Duration, ok bool) {
	f := k.find(key)
	if f == nil || json.Unmarshal([]byte(f.Metadata[keyNumbers]), &values) != nil {
		return nil, 0, false
	}
	return values, secondsOf(f), true
}

// keepNumbers keeps finite numbers.
func (k keptSamples) keepNumbers(key string, values []float64, took time.Duration) error {
	text, err := json.Marshal(values)
	if err != nil { // one is not finite, and is measured again
		return nil
	}
	return k.keep(key, took, map[string]string{keyNumbers: string(text)})
}

func (k keptSamples) keepPictures(key string, x sampling.Images, took time.Duration) error {
	return k.keep(key, took, nil, checkpoint.Named{Name: keptPictures, Tensor: checkpoint.Float32Tensor([]int{x.N, x.C, x.H, x.W}, x.Data)})
}

// judged are the probabilities and features of a key, a row a picture.
func (k keptSamples) judged(key string) (probabilities, features [][]float32, ok bool) {
	f := k.find(key)
	if f == nil {
		return nil, nil, false
	}
	probabilities, first := rowsOf(f.Tensors[keptProbabilities])
	features, second := rowsOf(f.Tensors[keptFeatures])
	return probabilities, features, first && second
}

func (k keptSamples) keepJudged(key string, probabilities, features [][]float32) error {
	return k.keep(key, 0, nil, table2D(keptProbabilities, probabilities), table2D(keptFeatures, features))
}

func rowsOf(t checkpoint.Tensor) (rows [][]float32, ok bool) {
	data, err := t.Float32s()
	if err != nil || len(t.Shape) != 2 {
		return nil, false
	}
	n := t.Shape[1]
	for i := range t.Shape[0] {
		rows = append(rows, data[i*n:(i+1)*n])
	}
	return rows, true
}

// table2D is rows of one length as a tensor.
func table2D(name string, rows [][]float32) checkpoint.Named {
	var data []float32
	for _, row := range rows {
		data = append(data, row...)
	}
	width := 0
	if len(rows) > 0 {
		width = len(rows[0])
	}
	return checkpoint.Named{Name: name, Tensor: checkpoint.Float32Tensor([]int{len(rows), width}, data)}
}
