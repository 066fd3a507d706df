package studio

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"

	"ebmstudio/internal/pngtext"
)

// pictureKeyword is the keyword of the iTXt chunk that holds a PictureInfo and
// the recipe.
const pictureKeyword = "ebmstudio"

// errNoRecipe is the error of a picture that this program did not make.
var errNoRecipe = errors.New("the picture has no recipe inside: want one saved by EBM Studio")

// maxPictureBytes is the largest picture file that is read.
const maxPictureBytes = 256 << 20

// PictureInfo is what a picture knows of its making beside the recipe.
type PictureInfo struct {
	Chain  int      `json:"chain"`            // which chain; -1 for a contact sheet of all
	Steps  int      `json:"steps"`            // steps that the chain had walked
	Energy *float32 `json:"energy,omitempty"` // of the picture, nil where it is not known
	Sheet  *Layout  `json:"sheet,omitempty"`  // how a contact sheet is laid out
	Pixels string   `json:"pixels"`           // SHA-256 of the pixels, hex
	Family string   `json:"family,omitempty"` // of the model; empty in files of earlier versions
	Labels []string `json:"labels,omitempty"` // names of the classes that the terms ask for
	// Edited says that the pixels are not those that were saved.
	Edited bool `json:"-"`

	Hashes packedHashes `json:"hashes"`
}

// packedHashes are the CRC-32 of the chain's frame after steps 0, Stride, 2
// Stride, ..., little endian in base64.
type packedHashes struct {
	Stride int    `json:"stride"`
	CRC32  string `json:"crc32"`
}

// record is the text of the chunk.
type record struct {
	PictureInfo
	Recipe json.RawMessage `json:"recipe"`
}

// SavePicture writes the picture of a chain as a PNG file with its recipe
// inside. The file appears whole or not at all.
func SavePicture(path string, res Result, chain int) error {
	if chain < 0 || chain >= res.Pictures.N {
		return fmt.Errorf("save %q: found chain %d, want 0 to %d", path, chain, res.Pictures.N-1)
	}
	data, err := encodePicture(res, chain, nil)
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	return writeFiles(outFile{path, data})
}

// SaveGallery makes the folder and writes into it one PNG file a chain, "000.png"
// and so on but for those that were killed, and the contact sheet "sheet.png", all with the recipe inside, or nothing. It returns
// the files, the sheet last.
func SaveGallery(dir string, res Result) (paths []string, err error) {
	return saveGallery(dir, res, nil)
}

// SaveRanked is SaveGallery with the pictures in the order of Ranking: "000.png" has
// the lowest energy.
func SaveRanked(dir string, res Result) (paths []string, err error) {
	return saveGallery(dir, res, res.Ranking())
}

func saveGallery(dir string, res Result, order []int) (paths []string, err error) {
	var files []outFile
	digits := max(3, len(strconv.Itoa(res.Pictures.N-1)))
	for i := range res.Pictures.N {
		chain := i
		if order != nil {
			chain = order[i]
		}
		if _, dead := res.Killed[chain]; dead {
			continue // the contact sheet shows it
		}
		data, err := encodePicture(res, chain, nil)
		if err != nil {
			return nil, fmt.Errorf("save gallery %q: %w", dir, err)
		}
		files = append(files, outFile{filepath.Join(dir, fmt.Sprintf("%0*d.png", digits, i)), data})
	}
	sheet, err := encodePicture(res, -1, order)
	if err != nil {
		return nil, fmt.Errorf("save gallery %q: %w", dir, err)
	}
	files = append(files, outFile{filepath.Join(dir, "sheet.png"), sheet})
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	if err := writeFiles(files...); err != nil {
		return nil, err
	}
	for _, f := range files {
		paths = append(paths, f.path)
	}
	return paths, nil
}

// encodePicture is the PNG of a chain, of the contact sheet in an order where chain
// is -1.
func encodePicture(res Result, chain int, order []int) ([]byte, error) {
	info := PictureInfo{Chain: chain, Steps: res.Steps, Family: res.Family, Labels: res.Labels}
	var m image.Image
	if chain < 0 {
		layout := layoutFor(res.Pictures.N, res.Pictures.W)
		layout.Order = order
		info.Sheet = &layout
		m = res.Sheet(layout)
	} else {
		m = res.Picture(chain)
		if chain < len(res.Energies) && finite(float64(res.Energies[chain])) {
			info.Energy = &res.Energies[chain]
		}
	}
	info.Pixels = pixelSum(m)
	info.Hashes = packHashes(res.hashes, chain)
	recipe := res.Recipe.JSON()
	if recipe == nil {
		return nil, errors.New("the recipe holds a number that is not finite")
	}
	text, err := json.Marshal(record{info, recipe})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, err
	}
	return pngtext.Set(b.Bytes(), pictureKeyword, string(text))
}

// ReadPicture reads a PNG file that SavePicture or SaveGallery wrote: its recipe,
// what else it knows of its making, and the picture itself.
func ReadPicture(path string) (Recipe, PictureInfo, image.Image, error) {
	r, info, m, err := readPicture(path)
	if err != nil {
		return Recipe{}, PictureInfo{}, nil, fmt.Errorf("read %q: %w", path, err)
	}
	return r, info, m, nil
}

func readPicture(path string) (Recipe, PictureInfo, image.Image, error) {
	fail := func(err error) (Recipe, PictureInfo, image.Image, error) { return Recipe{}, PictureInfo{}, nil, err }
	st, err := os.Stat(path)
	if err != nil {
		return fail(plain(err))
	}
	if !st.Mode().IsRegular() || st.Size() > maxPictureBytes {
		return fail(fmt.Errorf("found %d bytes (%s), want a file of at most %d", st.Size(), st.Mode(), maxPictureBytes))
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return fail(plain(err))
	}
	return parsePicture(file)
}

// parsePicture is readPicture of a file's content.
func parsePicture(file []byte) (Recipe, PictureInfo, image.Image, error) {
	fail := func(err error) (Recipe, PictureInfo, image.Image, error) { return Recipe{}, PictureInfo{}, nil, err }
	text, found, err := pngtext.Find(file, pictureKeyword)
	if err != nil {
		return fail(err)
	}
	if !found {
		return fail(errNoRecipe)
	}
	var rec record
	if err := json.Unmarshal([]byte(text), &rec); err != nil {
		return fail(fmt.Errorf("the recipe inside: %w", err))
	}
	recipe, err := ParseRecipe(rec.Recipe)
	if err != nil {
		return fail(err)
	}
	if err := rec.check(recipe); err != nil {
		return fail(err)
	}
	m, err := decodePNG(file)
	if err != nil {
		return fail(err)
	}
	rec.Edited = pixelSum(m) != rec.Pixels
	return recipe, rec.PictureInfo, m, nil
}

// check refuses a chunk that was tampered with before it leads to harm.
func (p PictureInfo) check(r Recipe) error {
	switch {
	case p.Chain < -1 || p.Chain >= r.Chains:
		return fmt.Errorf("found chain %d, want -1 to %d", p.Chain, r.Chains-1)
	case p.Steps < 0:
		return fmt.Errorf("found %d steps, want 0 or more", p.Steps)
	case p.Chain < 0 && (p.Sheet == nil || !p.Sheet.valid(r.Chains)):
		return errors.New("the contact sheet's layout is missing or out of range")
	}
	_, err := p.Hashes.unpack()
	return err
}

func decodePNG(file []byte) (image.Image, error) {
	head, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	if int64(head.Width)*int64(head.Height) > 1<<26 {
		return nil, fmt.Errorf("found %dx%d pixels, want at most %d together", head.Width, head.Height, 1<<26)
	}
	return png.Decode(bytes.NewReader(file))
}

func packHashes(h hashes, chain int) packedHashes {
	var b []byte
	for _, sum := range h.of(chain) {
		b = binary.LittleEndian.AppendUint32(b, sum)
	}
	return packedHashes{max(1, h.Stride), base64.StdEncoding.EncodeToString(b)}
}

func (p packedHashes) unpack() ([]uint32, error) {
	b, err := base64.StdEncoding.DecodeString(p.CRC32)
	if err != nil || len(b)%4 != 0 || p.Stride < 1 {
		return nil, errors.New("the frame hashes are damaged")
	}
	sums := make([]uint32, len(b)/4)
	for i := range sums {
		sums[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return sums, nil
}

// pixelSum is the SHA-256 of width, height and the pixels as 8-bit RGBA, so that
// it does not depend on how a file stores them.
func pixelSum(m image.Image) string {
	b := m.Bounds()
	h := sha256.New()
	fmt.Fprintf(h, "%d %d\n", b.Dx(), b.Dy())
	row := make([]byte, 4*b.Dx())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := range b.Dx() {
			c := color.NRGBAModel.Convert(m.At(b.Min.X+x, y)).(color.NRGBA)
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = c.R, c.G, c.B, c.A
		}
		h.Write(row)
	}
	return hex.EncodeToString(h.Sum(nil))
}
