package studio

import (
	"fmt"
	"slices"
	"strings"

	"ebmstudio/internal/dataset/faces"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Rows of an evaluation: what is asked of the samples.
const (
	rowMarginal = "all"     // nothing
	rowClasses  = "classes" // each class
	rowSingles  = "singles" // each attribute, on and off
	rowSeen     = "seen"    // two attributes on that the data has together
	rowHeldOut  = "held-out"
	rowNot      = "not"     // A and the class of not B
	rowMinus    = "minus"   // A, and B with a negative weight
	rowWithout  = "without" // A alone, judged as A and not B
	rowPairs    = "pairs"   // two experts together
)

// Columns of an evaluation: who steers.
const (
	columnInitializer = "initializer" // no Langevin steps
	columnEnergy      = "energy"      // proposals know nothing of what is asked
	columnBoth        = "both"        // as the settings say
)

// EvalColumns lists the columns that an evaluation may have.
func EvalColumns() []string { return []string{columnInitializer, columnEnergy, columnBoth} }

// ask is one thing that a sample may be asked for.
type ask struct {
	labels []int // of the terms
	right  []int // labels that the judge must find
	// unwanted is the label of an attribute that was negated, in a list of one; empty:
	// none was.
	unwanted []int
}

// row is a kind of question; see which.
type row struct {
	name    string
	weights []float64 // of the terms
	asks    []ask
	heldOut bool // compared with real pictures that training leaves out, too
	// block is how many samples in turn are asked the same; 0: one. A mixture of
	// experts is the same for all pictures of a batch, and so are chains that are resampled.
	block   int
	experts bool // of one label each
}

// which of the asks sample i is for.
func (q row) which(i int) int { return i / max(q.block, 1) % len(q.asks) }

// rows of a model, in the order of their names above.
func (r EvalRequest) rows() ([]row, error) {
	m := r.Model.Model
	all := questions(m, r.NotWeight)
	if r.Settings["resample"] != 0 { // chains that are drawn from one another must be asked the same
		for i := range all {
			all[i].block = r.Batch
		}
	}
	if m.Experts {
		all = expertQuestions(m, r.Judge.Model, r.NotWeight, r.Batch)
	}
	if len(r.Rows) == 0 {
		return all, nil
	}
	if len(m.Labels) > 0 && !m.Experts { // may be left alone, too, but only where that is asked
		all = append(all, marginalRow())
	}
	var kept []row
	for _, name := range r.Rows {
		i := slices.IndexFunc(all, func(q row) bool { return q.name == name })
		if i < 0 {
			var names []string
			for _, q := range all {
				names = append(names, q.name)
			}
			return nil, fmt.Errorf("evaluate: row %q: want one of %s", name, strings.Join(names, ", "))
		}
		kept = append(kept, all[i])
	}
	return kept, nil
}

// questions are all rows that a model can be asked.
func questions(m *models.Model, notWeight float64) []row {
	switch {
	case len(m.Labels) == 0:
		return []row{marginalRow()}
	case len(m.Attributes) == 0:
		return []row{{name: rowClasses, weights: []float64{1}, asks: singles(m)}}
	}
	seen, heldOut := pairs(m)
	list := []row{{name: rowSingles, weights: []float64{1}, asks: singles(m)}}
	add := func(r row) {
		if len(r.asks) > 0 {
			list = append(list, r)
		}
	}
	add(row{name: rowSeen, weights: []float64{1, 1}, asks: seen})
	add(row{name: rowHeldOut, weights: []float64{1, 1}, asks: heldOut, heldOut: true})
	var not, minus, without []ask
	for _, q := range seen {
		for _, p := range [][2]int{{q.labels[0], q.labels[1]}, {q.labels[1], q.labels[0]}} {
			a, b := p[0], p[1]
			off := opposite(m, b)
			right := []int{a, off}
			not = append(not, ask{labels: []int{a, off}, right: right, unwanted: []int{b}})
			minus = append(minus, ask{labels: []int{a, b}, right: right, unwanted: []int{b}})
			without = append(without, ask{labels: []int{a}, right: right, unwanted: []int{b}})
		}
	}
	add(row{name: rowNot, weights: []float64{1, 1}, asks: not})
	add(row{name: rowMinus, weights: []float64{1, -notWeight}, asks: minus})
	add(row{name: rowWithout, weights: []float64{1}, asks: without})
	return list
}

// marginalRow asks for nothing.
func marginalRow() row { return row{name: rowMarginal, asks: []ask{{}}} }

func singles(m *models.Model) []ask {
	var asks []ask
	for label := range m.Labels {
		asks = append(asks, ask{labels: []int{label}, right: []int{label}})
	}
	return asks
}

// pairs are all pairs of attributes that are on, parted by whether training leaves them
// out.
func pairs(m *models.Model) (seen, heldOut []ask) {
	for i, p := range m.Attributes {
		for _, q := range m.Attributes[:i] {
			a := ask{labels: []int{q[0], p[0]}, right: []int{q[0], p[0]}}
			if leftOut(m.Labels, a.right) {
				heldOut = append(heldOut, a)
			} else {
				seen = append(seen, a)
			}
		}
	}
	return seen, heldOut
}

func opposite(m *models.Model, label int) int {
	for _, p := range m.Attributes {
		switch label {
		case p[0]:
			return p[1]
		case p[1]:
			return p[0]
		}
	}
	return label
}

// leftOut reports whether pictures with these classes are held out of training: known
// of the faces alone.
func leftOut(labels []string, classes []int) bool {
	if !slices.Equal(labels, faces.Names()) {
		return false
	}
	var a faces.Attributes
	for _, c := range classes {
		if c%2 == 0 {
			a[c/2] = true
		}
	}
	return a.HeldOut()
}

// name of what is asked, of the judge's labels: "hat, no glasses".
func (a ask) name(labels []string) string {
	var parts []string
	for _, label := range a.right {
		parts = append(parts, labels[label])
	}
	return strings.Join(parts, ", ")
}

// terms are those of samples from..to of a row.
func (q row) terms(from, to int) []Term {
	var conditions []Term
	for k, weight := range q.weights {
		t := Term{Weight: weight}
		for i := from; i < to && (q.block == 0 || i == from); i++ {
			t.Labels = append(t.Labels, q.asks[q.which(i)].labels[k])
		}
		conditions = append(conditions, t)
	}
	if conditions == nil || q.experts { // experts have no marginal to take off
		return conditions
	}
	return Compose(conditions)
}

// columns of the evaluation; a model without the knobs they need has the last alone.
func (r EvalRequest) columns() ([]string, error) {
	has := func(knob string) bool {
		return r.Sampler == SamplerFamily && slices.ContainsFunc(r.Model.Model.Knobs, func(k sampling.Knob) bool { return k.Name == knob })
	}
	apart := has("initializer") && has("steps") && has("denoise")
	generates := r.Model.Model.Decode != nil && has("steps") // whose pictures may stay unrefined
	if len(r.Columns) == 0 {
		if generates {
			return []string{columnInitializer, columnBoth}, nil
		}
		if apart && len(r.Model.Model.Attributes) > 0 {
			return EvalColumns(), nil
		}
		return []string{columnBoth}, nil
	}
	for _, c := range r.Columns {
		if !slices.Contains(EvalColumns(), c) {
			return nil, fmt.Errorf("evaluate: column %q: want one of %s", c, strings.Join(EvalColumns(), ", "))
		}
		if c != columnBoth && !apart && !(generates && c == columnInitializer) {
			return nil, fmt.Errorf("evaluate: column %q: %s has no initializer that steers apart from the energy, want %s", c, r.Model.Name, columnBoth)
		}
	}
	return r.Columns, nil
}

// settings of a column: the initializer's has no Langevin step and no denoising by the
// energy (a generator's pictures are left unrefined), the energy's an initializer that
// is told nothing.
func (r EvalRequest) settings(column string) sampling.Settings {
	s := sampling.Settings{}
	for name, v := range r.Settings {
		s[name] = v
	}
	switch column {
	case columnInitializer:
		for _, k := range r.Model.Model.Knobs {
			if strings.HasPrefix(k.Name, "steps_") {
				delete(s, k.Name)
			}
		}
		s["steps"] = 0
		if r.Model.Model.Decode == nil {
			s["denoise"] = 0
		}
	case columnEnergy:
		s["initializer"] = 0
	}
	return s
}
