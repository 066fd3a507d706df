package models

import (
	"maps"
	"strings"
	"testing"
)

func TestTrainingSettings(t *testing.T) {
	seed, steps, rate, kind, on, widths := uint64(1), 2, 0.5, "mlp", true, []int{4, 8}
	all := TrainingSettings{
		"seed": SeedSetting(&seed), "steps": WholeSetting(&steps), "rate": RealSetting(&rate),
		"kind": TextSetting(&kind), "on": TruthSetting(&on), "widths": WholesSetting(&widths),
	}
	before := map[string]string{"seed": "1", "steps": "2", "rate": "0.5", "kind": "mlp", "on": "true", "widths": "4,8"}
	if got := all.Values(); !maps.Equal(got, before) {
		t.Errorf("found %v, want %v", got, before)
	}
	after := map[string]string{"seed": "7", "steps": "3", "rate": "0.25", "kind": "none", "on": "false", "widths": "none"}
	if err := all.Parse(after); err != nil {
		t.Fatal(err)
	}
	if got := all.Values(); !maps.Equal(got, after) || widths != nil || rate != 0.25 {
		t.Errorf("found %v, want %v", got, after)
	}
	for _, c := range [][3]string{
		{"speed", "1", "want one of kind, on, rate"},
		{"rate", "NaN", `found "NaN", want a value such as 0.25`},
		{"rate", "Inf", "0.25"},
		{"steps", "1.5", "such as 3"},
		{"widths", "4,x", "such as none"},
		{"on", "perhaps", "such as false"},
		{"seed", "-1", "such as 7"},
	} {
		err := all.Parse(map[string]string{c[0]: c[1]})
		if err == nil || !strings.Contains(err.Error(), `"`+c[0]+`"`) || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s=%s: found %v, want an error with %q", c[0], c[1], err, c[2])
		}
	}
	if got := all.Values(); !maps.Equal(got, after) {
		t.Errorf("refused values were taken: %v", got)
	}
}
