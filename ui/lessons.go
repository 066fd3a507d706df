package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"ebmstudio/studio"
)

// lesson is a short tour of the classroom, a model of points of the plane, whose data are
// known: every stop points at a control or a picture and does what it speaks of.
type lesson struct {
	title string
	stops func(w *Window) []stop
}

// classroomModel is the bundled model that the lessons are given on.
const classroomModel = "checkerboard"

func lessons() []lesson {
	return []lesson{
		{tr("Lesson: what an energy is"), lessonEnergy},
		{tr("Lesson: how Langevin chains walk"), lessonLangevin},
		{tr("Lesson: how noise levels sharpen"), lessonLevels},
	}
}

func lessonEnergy(w *Window) []stop {
	l := w.landscape
	return []stop{
		{tr("An energy is a landscape"), tr("This model gives every point of the plane a number, its energy E(x). Bright is low, that is likely; the arrows point downhill, along minus the gradient. The data it learned from fill the squares of a chessboard."), taskLandscape, lit(l.heat), l.whole},
		{tr("From energy to density"), tr("exp(-E), divided by its sum over the square, is the density that the model has fitted. Only differences of energies count: a constant added to E changes nothing."), taskLandscape, lit(l.fitted), nil},
		{tr("The truth beside it"), tr("Here the data's own density is known. The overlap says how much the two have in common; for pictures nobody can draw this map, and a model is judged by its samples."), taskLandscape, lit(l.truth), nil},
		{tr("A cut through the squares"), tr("The energy along a line through the map: valleys where data lie, walls between them. A chain that is to change its square has to climb the wall."), taskLandscape, lit(l.cut), func() {
			g := l.ground()
			g.line = 0
			l.lookAt([2]float64{2, 2})
			l.askCut()
		}},
	}
}

func lessonLangevin(w *Window) []stop {
	run := w.classroomRun
	return []stop{
		{tr("Chains begin as noise"), tr("256 points start anywhere. Each Langevin step goes a little down the gradient and adds a little noise: x - s²/2 dE/dx + s times noise. Most of them end inside the squares."), taskSample, lit(w.stage.plane.box), run(func(*studio.Recipe) {})},
		{tr("Without noise: temperature 0"), tr("Now the sampler is Descent: the same walk, without the noise. All points end in the squares, yet crowded together in each of them. The lowest energy is not a sample: it is the noise that spreads the points as exp(-E) says."), taskSample, lit(w.stage.plane.box, w.controls.sampler), run(func(r *studio.Recipe) { r.Sampler = studio.SamplerDescent })},
		{tr("Steps that are too small"), tr("The step size is a tenth of what it was. The points hardly leave the places where each noise level begins, and more of them stay on the walls. More steps would make up for it, at a price."), taskSample, w.litKnob("step_scale"), run(func(r *studio.Recipe) { r.Settings = map[string]float64{"step_scale": 0.1} })},
		{tr("Steps that are too large"), tr("Three times as long a step: the noise grows with it, and throws points out of the squares and off the board. A step has to fit the steepest wall; MALA and HMC find such a step themselves and refuse what leads uphill too far."), taskSample, w.litKnob("step_scale"), run(func(r *studio.Recipe) { r.Settings = map[string]float64{"step_scale": 3} })},
	}
}

func lessonLevels(w *Window) []stop {
	l := w.landscape
	level := func(of func(n int) int) func() {
		return func() {
			l.whole()
			l.setLevel(of(len(w.now.opened.Model.Levels)))
		}
	}
	return []stop{
		{tr("A ladder of noise"), tr("A diffusion recovery model has an energy on each of several noise levels. On the noisiest the data are blurred to one wide hill of density: the landscape is smooth, and a chain gets anywhere."), taskLandscape, lit(l.heat), level(func(n int) int { return n })},
		{tr("Half way down"), tr("With less noise the first structure shows. Each level starts from what the level above has drawn, and is tied to it: it only has to recover the little noise between the two."), taskLandscape, lit(l.heat, l.side.level), level(func(n int) int { return (n + 1) / 2 })},
		{tr("The clean end"), tr("On the cleanest level the walls are steep: chains that began here from noise would stick where they fall. Coming down the ladder they are in the right squares already."), taskLandscape, lit(l.heat), level(func(int) int { return 1 })},
		{tr("Down the ladder, live"), tr("Chains walk through all levels now: on the left the model's density on the level they are on, on the right the data with as much noise."), taskSample, lit(w.stage.plane.box), func() {
			if d := w.now.density; d != nil {
				d.follow = true
				w.stage.plane.show(d)
			}
			w.classroomRun(func(*studio.Recipe) {})()
		}},
	}
}

// lit is the place of objects.
func lit(all ...fyne.CanvasObject) func() []fyne.CanvasObject {
	return func() []fyne.CanvasObject { return all }
}

// litKnob is the place of the chains' map and of a knob of the sampler, or of all of them where
// it has no such one.
func (w *Window) litKnob(name string) func() []fyne.CanvasObject {
	return func() []fyne.CanvasObject {
		if k := w.controls.knobs[name]; k != nil {
			return []fyne.CanvasObject{w.stage.plane.box, k}
		}
		return []fyne.CanvasObject{w.stage.plane.box, w.tasks.column}
	}
}

// classroomRun runs the classroom's model with one thing changed, always from one seed.
func (w *Window) classroomRun(change func(*studio.Recipe)) func() {
	return func() {
		h := w.now
		r := defaultRecipe(h.opened)
		r.Seed = 1
		change(&r)
		h.chains.recipe = r
		w.controls.show(h)
		w.runNow(h)
	}
}

// startLesson opens the classroom's model where it is not open and begins. Afterwards the
// controls and the model looked at are what they were.
func (w *Window) startLesson(of lesson) {
	if w.tour != nil {
		return
	}
	was := w.now
	begin := func(h *session) {
		if w.tour != nil || w.now != h {
			return // the person has gone elsewhere meanwhile
		}
		recipe, locked, from := h.chains.recipe.Clone(), h.chains.locked, w.tasks.now
		w.guide(of.stops(w), func() {
			h.chains.recipe, h.chains.locked = recipe, locked
			if was != nil && was != h && slices.Contains(w.sessions, was) {
				w.switchTo(was)
			} else if w.now == h {
				w.controls.show(h)
				w.showRun()
			}
			w.tasks.to(from)
		})
	}
	for _, h := range w.sessions {
		if h.opened.Plane() && strings.TrimSuffix(h.opened.Name, ".safetensors") == classroomModel {
			w.switchTo(h)
			begin(h)
			return
		}
	}
	for _, b := range w.options.Bundled {
		if b.Name == classroomModel {
			w.open(source{name: b.Name + ".safetensors", data: b.Data, then: begin})
		}
	}
}
