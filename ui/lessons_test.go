package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"ebmstudio/resources"
	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// TestLessonsDoWhatTheySpeakOf walks through all three lessons: the energy, chains under
// other samplers and steps, the noise levels; afterwards all is as it was.
func TestLessonsDoWhatTheySpeakOf(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("patterns.safetensors")
	before := r.now
	r.openModel(classroomModel + ".safetensors")
	room := r.now
	studiotest.Plane(room.opened)
	studiotest.Levels(room.opened)
	room.chains.recipe = defaultRecipe(room.opened)
	room.chains.recipe.Seed = 77
	r.switchTo(before)
	r.tasks.to(taskInpaint)
	var samplers []string
	levels := map[int]bool{}
	for _, l := range lessons() {
		r.startLesson(l)
		if r.tour == nil || r.now != room {
			t.Fatalf("%s: it does not begin", l.title)
		}
		for i := range r.tour.stops {
			if _, size := r.tour.around(r.tour.stops[i].place()); size.Width < 20 || size.Height < 20 {
				t.Errorf("%s: stop %d lights a place of %v", l.title, i+1, size)
			}
			switch r.tasks.now {
			case taskSample:
				r.until("the chains have walked", func() bool { return r.now.progress.Phase.Final() && r.stage.last.job == r.now.job })
				samplers = append(samplers, r.now.recipe.Sampler)
			case taskLandscape:
				r.mapped()
				levels[r.now.terrain.level] = true
			}
			r.key(fyne.KeySpace)
		}
		if r.tour != nil || r.now != before || r.tasks.now != taskInpaint || room.chains.recipe.Seed != 77 || room.chains.recipe.Sampler != studio.SamplerFamily {
			t.Fatalf("%s: it ends at task %d, the recipe is %+v", l.title, r.tasks.now, room.chains.recipe)
		}
	}
	if len(samplers) != 5 || samplers[1] != studio.SamplerDescent || !levels[3] || !levels[2] || !levels[1] {
		t.Errorf("the lessons ran %v and showed the levels %v", samplers, levels)
	}
}

// TestALessonOpensItsModel: where the classroom is not open, the program's own is.
func TestALessonOpensItsModel(t *testing.T) {
	data, err := studiotest.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, studiotest.Options{}, resources.Bundled{Name: classroomModel, Data: data})
	r.startLesson(lessons()[0])
	r.until("it begins", func() bool { return r.tour != nil })
	r.key(fyne.KeyEscape)
	if r.tour != nil || len(r.sessions) != 1 {
		t.Error("it cannot be left")
	}
}
