package studio

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	projectFormat   = "ebm-project"
	projectManifest = "manifest.json"
	attachedFolder  = "attached/"
	// Limits of what is read, beyond any honest project.
	maxProjectBytes = 2 << 30
	maxProjectFiles = 200_000
	maxManifest     = 256 << 20
)

// manifest is the first file of a project: what it is, and the project itself without
// the parts that are files of their own.
type manifest struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Files   int    `json:"files"` // beside the manifest
	*Project
}

// Bytes is the project as a file: a ZIP with a manifest. Equal projects give equal bytes.
func (p Project) Bytes() ([]byte, error) {
	files := map[string][]byte{}
	p = p.apart()
	p.parts(func(f *ProjectFile, _, name string) {
		if f.Name = ""; len(f.Data) > 0 {
			f.Name, files[name] = name, f.Data
		}
	})
	for name, data := range p.Attached {
		files[attachedFolder+name] = data
	}
	head, err := json.MarshalIndent(manifest{projectFormat, ProjectVersion, len(files), &p}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write project: %w", err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, data []byte) {
		method := zip.Deflate
		if slices.Contains([]string{".png", arraysExtension, ProjectExtension}, path.Ext(name)) || strings.HasPrefix(name, attachedFolder) {
			method = zip.Store
		}
		w, wrong := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if wrong == nil {
			_, wrong = w.Write(data)
		}
		err = errors.Join(err, wrong)
	}
	add(projectManifest, head)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		add(name, files[name])
	}
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, fmt.Errorf("write project: %w", err)
	}
	return b.Bytes(), nil
}

// apart copies what Bytes gives names to, so that the caller's project stays as it is.
func (p Project) apart() Project {
	p.Sessions = slices.Clone(p.Sessions)
	for i := range p.Sessions {
		s := &p.Sessions[i]
		s.Forks = slices.Clone(s.Forks)
		s.Landscape = s.Landscape.apart()
		if s.Walk != nil {
			w := *s.Walk
			w.Anchors = slices.Clone(w.Anchors)
			s.Walk = &w
		}
	}
	p.Queue, p.Snapshots = slices.Clone(p.Queue), slices.Clone(p.Snapshots)
	return p
}

// WithoutFrames is the project without what its runs have recorded.
func (p Project) WithoutFrames() Project {
	p = p.apart()
	for i := range p.Sessions {
		for k := range p.Sessions[i].Forks {
			p.Sessions[i].Forks[k].Frames = ProjectFile{}
		}
	}
	return p
}

// FrameBytes is what the recorded frames of the project occupy.
func (p Project) FrameBytes() (n int64) {
	for _, s := range p.Sessions {
		for _, f := range s.Forks {
			n += int64(len(f.Frames.Data))
		}
	}
	return n
}

// ParseProject reads a project. A file of a newer program is a *ProjectVersionError;
// one that is cut off, damaged or no project is an error that says so.
func ParseProject(data []byte) (*Project, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	switch {
	case err != nil && len(data) == 0:
		return nil, errors.New("not a project: the file is empty")
	case err != nil && bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return nil, fmt.Errorf("half-written or cut off: found %d bytes without the list of files that ends a project", len(data))
	case err != nil:
		return nil, fmt.Errorf("not a project: begins with %q, want a ZIP with a %s", data[:min(len(data), 8)], projectManifest)
	case len(z.File) > maxProjectFiles:
		return nil, fmt.Errorf("found %d files, want at most %d", len(z.File), maxProjectFiles)
	}
	files := make(map[string]*zip.File, len(z.File))
	total := uint64(0)
	for _, f := range z.File {
		if _, twice := files[f.Name]; twice {
			return nil, fmt.Errorf("damaged: found the file %q twice", f.Name)
		}
		files[f.Name] = f
		if total += f.UncompressedSize64; total > maxProjectBytes || f.UncompressedSize64 > maxProjectBytes {
			return nil, fmt.Errorf("found more than %d bytes of content, want less", maxProjectBytes)
		}
	}
	p, err := readManifest(files[projectManifest], len(files)-1)
	if err != nil {
		return nil, err
	}
	if err := p.fill(files); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	return p, nil
}

func readManifest(f *zip.File, files int) (*Project, error) {
	if f == nil {
		return nil, fmt.Errorf("not a project: a ZIP without a %s", projectManifest)
	}
	if f.UncompressedSize64 > maxManifest {
		return nil, fmt.Errorf("%s: found %d bytes, want at most %d", projectManifest, f.UncompressedSize64, maxManifest)
	}
	text, err := unpack(f)
	if err != nil {
		return nil, err
	}
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
		Program string `json:"program"`
		Files   int    `json:"files"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("damaged: %s: %w", projectManifest, err)
	}
	switch {
	case head.Format != projectFormat:
		return nil, fmt.Errorf("not a project: the %s is of the format %q, want %q", projectManifest, head.Format, projectFormat)
	case head.Version > ProjectVersion:
		return nil, &ProjectVersionError{head.Version, head.Program}
	case head.Version < 1:
		return nil, fmt.Errorf("damaged: found version %d, want 1 to %d", head.Version, ProjectVersion)
	case head.Files != files:
		return nil, fmt.Errorf("damaged: found %d files beside the %s, which speaks of %d", files, projectManifest, head.Files)
	}
	m := manifest{Project: &Project{}}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("damaged: %s: %w", projectManifest, err)
	}
	return m.Project, nil
}

// fill reads the parts that are files of their own.
func (p *Project) fill(files map[string]*zip.File) error {
	var wrong error
	p.parts(func(part *ProjectFile, kind, _ string) {
		switch f := files[part.Name]; {
		case wrong != nil:
		case part.Name == "" && (kind == partPicture || kind == partArrays):
		case part.Name == projectManifest || f == nil:
			wrong = fmt.Errorf("damaged: found no file %q, which the %s speaks of as a %s", part.Name, projectManifest, kind)
		default:
			part.Data, wrong = unpack(f)
		}
	})
	for name, f := range files {
		if inner, ok := strings.CutPrefix(name, attachedFolder); ok && wrong == nil {
			if p.Attached == nil {
				p.Attached = map[string][]byte{}
			}
			p.Attached[inner], wrong = unpack(f)
		}
	}
	return wrong
}

// unpack reads a file of a project whole; its checksum is compared on the way.
func unpack(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("damaged: %s: %w", f.Name, err)
	}
	defer r.Close()
	// What the list says of the size may be a lie; memory is taken as the bytes come.
	data := bytes.NewBuffer(make([]byte, 0, min(f.UncompressedSize64, f.CompressedSize64*4)+bytes.MinRead))
	if _, err := io.Copy(data, io.LimitReader(r, int64(f.UncompressedSize64)+1)); err != nil {
		return nil, fmt.Errorf("damaged: %s: %w", f.Name, err)
	}
	if data.Len() == 0 {
		return nil, nil
	}
	return data.Bytes(), nil
}
