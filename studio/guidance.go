package studio

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Schedules of guidance over noise levels that have a name.
const (
	ScheduleConstant = "constant"
	ScheduleRising   = "rising"  // from 0 on the noisiest level to 1 on the cleanest
	ScheduleFalling  = "falling" // from 1 on the noisiest level to 0 on the cleanest
)

// guidanceOn is the knob of the guidance's factor on a level, counted from 1.
func guidanceOn(level int) string { return "guidance_" + strconv.Itoa(level) }

// Schedulable reports whether a model's guidance can differ from level to level.
func Schedulable(m *models.Model) bool {
	return len(m.Levels) > 0 && slices.ContainsFunc(m.Knobs, func(k sampling.Knob) bool { return k.Name == guidanceOn(1) })
}

// GuidanceSchedule reads the factors by which guidance is multiplied on each noise level,
// the cleanest first:
//
//	constant          1 on all
//	rising, falling   in even steps from the noisiest level to the cleanest
//	-1..5             1 on the levels whose log-SNR lies between the two, 0 on the others
//	0, 0.5, 1, 1.5    one a level, the noisiest first, as a chain walks
func GuidanceSchedule(m *models.Model, text string) ([]float64, error) {
	if !Schedulable(m) {
		return nil, fmt.Errorf("guidance schedule %q: %s has no guidance on noise levels", text, m.Name)
	}
	factors, err := schedule(m.Levels, strings.ToLower(strings.TrimSpace(text)))
	if err != nil {
		return nil, fmt.Errorf("guidance schedule %q: %w", text, err)
	}
	return factors, nil
}

func schedule(logSNR []float64, text string) ([]float64, error) {
	n := len(logSNR)
	factors := make([]float64, n)
	for i := range factors {
		clean := 1.0 // how far up a level is on the way from the noisiest to the cleanest
		if n > 1 {
			clean = float64(n-1-i) / float64(n-1)
		}
		switch text {
		case ScheduleConstant:
			factors[i] = 1
		case ScheduleRising:
			factors[i] = math.Round(clean*1000) / 1000
		case ScheduleFalling:
			factors[i] = math.Round((1-clean)*1000) / 1000
		}
	}
	if text == ScheduleConstant || text == ScheduleRising || text == ScheduleFalling {
		return factors, nil
	}
	if from, to, ok := strings.Cut(text, ".."); ok {
		return within(logSNR, from, to)
	}
	words := strings.Split(text, ",")
	if len(words) != n {
		return nil, fmt.Errorf("found %d numbers, want constant, rising, falling, an interval of log-SNR such as 0..5, or %d factors, the noisiest level first", len(words), n)
	}
	for i, word := range words {
		v, err := axisNumber(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		factors[n-1-i] = v
	}
	return factors, nil
}

// within is 1 on the levels of an interval of log-SNR.
func within(logSNR []float64, from, to string) ([]float64, error) {
	lo, err := axisNumber(strings.TrimSpace(from))
	if err != nil {
		return nil, err
	}
	hi, err := axisNumber(strings.TrimSpace(to))
	if err != nil {
		return nil, err
	}
	if lo > hi {
		return nil, errors.New("found the upper end first, want LOW..HIGH")
	}
	factors, any := make([]float64, len(logSNR)), false
	for i, v := range logSNR {
		if v >= lo && v <= hi {
			factors[i], any = 1, true
		}
	}
	if !any {
		list := make([]string, len(logSNR))
		for i, v := range logSNR {
			list[i] = strconv.FormatFloat(v, 'f', 1, 64)
		}
		return nil, fmt.Errorf("found no level in between, the levels' log-SNR are %s", strings.Join(list, ", "))
	}
	return factors, nil
}

// SetGuidance makes factors of each noise level, the cleanest first, the recipe's; those
// of 1, the default, are not written down.
func (r *Recipe) SetGuidance(m *models.Model, factors []float64) error {
	if len(factors) != len(m.Levels) {
		return fmt.Errorf("guidance: found %d factors, want one for each of %d levels", len(factors), len(m.Levels))
	}
	for i, v := range factors {
		if v = math.Round(v*1000) / 1000; v == 1 {
			delete(r.Settings, guidanceOn(i+1))
			continue
		}
		if err := r.Turn(m, guidanceOn(i+1), v); err != nil {
			return err
		}
	}
	return nil
}

// Guidance are the factors of each noise level, the cleanest first; nil where the model
// has none.
func (r Recipe) Guidance(m *models.Model) []float64 {
	if !Schedulable(m) {
		return nil
	}
	factors := make([]float64, len(m.Levels))
	for i := range factors {
		factors[i] = 1
		if v, turned := r.Settings[guidanceOn(i+1)]; turned {
			factors[i] = v
		}
	}
	return factors
}
