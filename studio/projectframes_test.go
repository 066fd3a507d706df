package studio

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
)

// revived is a run that went through a project's file.
func revived(t *testing.T, s *Studio, o *Opened, j *Job) *Job {
	t.Helper()
	f, err := j.FramesFile()
	if err != nil {
		t.Fatal(err)
	}
	p := someProject(t)
	p.Sessions[0].Forks[1].Recipe, p.Sessions[0].Forks[1].Frames = RecipeFile(j.Recipe()), f
	if p.FrameBytes() != int64(len(f.Data)) || p.WithoutFrames().FrameBytes() != 0 || p.FrameBytes() == 0 || p.Sum() != p.WithoutFrames().Sum() {
		t.Error("frames are not counted, cannot be left out, or count as a change")
	}
	data, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseProject(data)
	if err != nil {
		t.Fatal(err)
	}
	fork := again.Sessions[0].Forks[1]
	r, err := fork.Recipe.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.Revive(o, r, fork.Frames)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestFramesInAProject(t *testing.T) {
	for name, of := range map[string]*fake{"pictures": {}, "points": {c: 2, h: 1, w: 1}} {
		t.Run(name, func(t *testing.T) {
			s, o := of.open(t, 0)
			j := run(t, s, o, recipe(o, 3, map[string]float64{"steps": 30}))
			back := revived(t, s, o, j)
			sameFrames(t, back.Recording(), j.Recording())
			counted(t, back.Recording())
			for _, curve := range []string{"energy", "gradient", "step"} {
				steps, values := j.Recording().Curve(curve, 2)
				steps2, values2 := back.Recording().Curve(curve, 2)
				if !reflect.DeepEqual(steps, steps2) || !reflect.DeepEqual(values, values2) || len(steps) == 0 {
					t.Errorf("the curve %s is another", curve)
				}
			}
			if a, b := j.Progress(), back.Progress(); a.Phase != b.Phase || a.Step != b.Step || a.Steps != b.Steps {
				t.Errorf("found %+v, want %+v", b, a)
			}
			a, err := j.Result()
			b, err2 := back.Result()
			if err != nil || err2 != nil || !reflect.DeepEqual(a.Pictures, b.Pictures) || !reflect.DeepEqual(a.hashes, b.hashes) || !bytes.Equal(a.Recipe.JSON(), b.Recipe.JSON()) {
				t.Errorf("what is saved of it differs: %v, %v", err, err2)
			}
			// It is over: nothing done to it moves it, and it can be forked.
			back.Pause()
			back.Stop()
			if err := back.Wait(deadline(t)); err != nil || back.Progress().Phase != Done {
				t.Errorf("found %v, %s", err, back.Progress().Phase)
			}
			f, err := s.Fork(o, back.Recipe(), back, 12, EveryChain, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Wait(deadline(t)); err != nil {
				t.Fatal(err)
			}
			last, _ := f.Recording().Last()
			if !reflect.DeepEqual(last, a.Pictures) {
				t.Error("a fork of it that changes nothing ends otherwise")
			}
		})
	}
}

func TestARunThatWasStoppedComesBackStopped(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	var j *Job
	j = s.sampling(o, recipe(o, 2, map[string]float64{"steps": 100}), start{limit: allSteps}, func() {
		if j.Progress().Step == 5 {
			j.Stop()
		}
	})
	j.start()
	if err := j.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if back := revived(t, s, o, j); back.Progress().Phase != Stopped || back.Progress().Step != j.Progress().Step || back.Progress().Steps != 100 {
		t.Errorf("found %+v", back.Progress())
	}
	empty := s.sampling(o, recipe(o, 2, nil), start{limit: allSteps}, nil)
	if f, err := empty.FramesFile(); err != nil || len(f.Data) != 0 {
		t.Errorf("a run without a picture: %d bytes, %v", len(f.Data), err)
	}
}

func TestFramesThatDoNotFit(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	j := run(t, s, o, recipe(o, 3, nil))
	f, err := j.FramesFile()
	if err != nil {
		t.Fatal(err)
	}
	other, plane := recipe(o, 2, nil), recipe(o, 3, nil)
	_, points := (&fake{c: 2, h: 1, w: 1}).open(t, 0)
	lacking, err := checkpoint.EncodeSafeTensors([]checkpoint.Named{{Name: "steps", Tensor: checkpoint.Int64Tensor([]int{0}, nil)}}, map[string]string{factsKey: `{"phase":"done","stride":1,"hash_stride":1}`})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		of   *Opened
		r    Recipe
		data []byte
		want string
	}{
		"chains":   {o, other, f.Data, "array pixels"},
		"size":     {points, plane, f.Data, "array pixels"},
		"cut off":  {o, j.Recipe(), f.Data[:len(f.Data)/2], "open"},
		"strange":  {o, j.Recipe(), []byte("hello"), "open"},
		"lacking":  {o, j.Recipe(), lacking, "array pixels"},
		"factless": {o, j.Recipe(), PictureFile(j.recording.last.Slice(0, 1)).Data, "what is known of the run"},
	} {
		if _, err := s.Revive(c.of, c.r, ProjectFile{Name: "frames/0.safetensors", Data: c.data}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "frames/0.safetensors") {
			t.Errorf("%s: found %v, want %q", name, err, c.want)
		}
	}
}
