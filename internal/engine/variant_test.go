package engine

import (
	"strings"
	"testing"
)

// What cannot be had is an error that says what was found and what is wanted.
func TestVariantsRefuse(t *testing.T) {
	for want, o := range map[string]Options{
		"want xla:cpu or xla:cuda":  {Name: Go, Precision: BFloat16},
		`found "half"`:              {Name: Go, Precision: "half"},
		`found "2", want a number`:  {Name: Go, Devices: "2"},
		`found "-1", want a number`: {Name: Go, Devices: "-1"},
		`found "many", want`:        {Name: Go, Devices: "many"},
	} {
		if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: found error %v, want %q in it", o, err, want)
		}
	}
	e, err := Open(t.Context(), Options{Name: Go, Devices: "all", Precision: Float32})
	if err != nil {
		t.Fatal(err)
	}
	if _, varied := e.Backend.(*variant); varied {
		t.Error("one device and float32: found a variant, want the backend itself")
	}
	e.Close()
}
