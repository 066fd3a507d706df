package icd

import (
	"math"
	"strings"
	"testing"

	"ebmstudio/models"
)

// TestJoin compares the operations with their formulas, and their shares with
// differences.
func TestJoin(t *testing.T) {
	energies := []float64{0.3, -0.1, 0.25}
	for op, formula := range map[string]func(e []float64) float64{
		And: func(e []float64) float64 { return e[0] + e[1] + e[2] },
		Not: func(e []float64) float64 { return e[0] + e[1] - 0.001*e[2] },
		Or: func(e []float64) float64 {
			return -math.Log(math.Exp(-100*e[0])+math.Exp(-100*e[1])+math.Exp(-100*e[2])) / 100
		},
	} {
		value, share := join(op, energies)
		if want := formula(energies); math.Abs(value-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", op, value, want)
		}
		for k := range energies {
			const d = 1e-6
			up, down := append([]float64(nil), energies...), append([]float64(nil), energies...)
			up[k] += d
			down[k] -= d
			if want := (formula(up) - formula(down)) / (2 * d); math.Abs(share[k]-want) > 1e-6 {
				t.Errorf("%s: share of %d is %v, want %v", op, k, share[k], want)
			}
		}
	}
}

// TestSoftMinimumIsSafe: energies far apart, equal or infinite overflow nothing.
func TestSoftMinimumIsSafe(t *testing.T) {
	for _, c := range []struct {
		energies []float64
		want     float64
	}{
		{[]float64{1e6, -1e6}, -1e6},
		{[]float64{2, 2}, 2 - math.Log(2)/100},
		{[]float64{math.Inf(1), 1}, 1},
		{[]float64{math.Inf(-1), 1}, math.Inf(-1)},
	} {
		if value, _ := join(Or, c.energies); value != c.want && math.Abs(value-c.want) > 1e-12 {
			t.Errorf("or of %v: %v, want %v", c.energies, value, c.want)
		}
	}
}

// model is a network without weights: enough to be composed or refused.
func model(name string, channels, size int, columns ...string) *models.Model {
	n := &network{contents: contents{name: name, height: size, width: size, net: Net{Channels: channels}}}
	for _, c := range columns {
		n.net.Branches = append(n.net.Branches, Branch{Column: c})
	}
	return &models.Model{Family: Name, Name: name, C: channels, H: size, W: size, At: n.at}
}

// TestComposeRefuses: what cannot be joined is named with its place.
func TestComposeRefuses(t *testing.T) {
	male := model("male", 3, 128, "small", "mid", "large")
	for _, c := range []struct {
		name, op string
		parts    []*models.Model
		want     string
	}{
		{"operation", "xor", []*models.Model{male, male}, `operation "xor", want and, not or or`},
		{"nothing", And, nil, "found 0 models, want at least 2"},
		{"one", And, []*models.Model{male}, "found 1 models, want at least 2"},
		{"size", Or, []*models.Model{male, model("cat", 3, 32, "small", "mid", "large")}, "term 2 (cat): found pictures of 3x32x32 (channels, height, width), want 3x128x128 as of term 1 (male)"},
		{"channels", Or, []*models.Model{male, model("digit", 1, 128, "large")}, "term 2 (digit): found pictures of 1x128x128"},
		{"scales", Not, []*models.Model{male, model("flat", 3, 128, "large")}, "term 2 (flat): found energies large, want small, mid, large as of term 1 (male)"},
		{"family", And, []*models.Model{male, {Family: "clel", Name: "shirt"}}, "term 2 (shirt): found no model of the family icd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Compose(c.op, c.parts); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("found error %v, want %q in it", err, c.want)
			}
		})
	}
	m, err := Compose(Not, []*models.Model{male, male})
	if err != nil {
		t.Fatal(err)
	}
	if want := "male and not male"; m.Name != want {
		t.Errorf("name %q, want %q", m.Name, want)
	}
}
