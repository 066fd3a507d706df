package studio

import "testing"

func TestQuotedForAShell(t *testing.T) {
	for word, want := range map[string]string{"a/b.c": "a/b.c", "a b": "'a b'", "": "''", "it's": `'it'\''s'`, "--compose=x AND $y": "'--compose=x AND $y'"} {
		if got := quoted(word); got != want {
			t.Errorf("%q: found %s, want %s", word, got, want)
		}
	}
}

func TestARecipeAsACommand(t *testing.T) {
	_, o := (&fake{}).open(t, 0)
	r := recipe(o, 3, map[string]float64{"step_size": 0.25, "steps": 4})
	r.Engine, r.Seed = "go 1.2", 9
	want := "ebm sample --engine go /models/bowl.safetensors --seed 9 --chains 3 --set step_size=0.25 --set steps=4 --out out\n"
	if got := Command(o, r); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	if err := r.Ask(o.Model, "low AND NOT high"); err != nil {
		t.Fatal(err)
	}
	want = "ebm sample --engine go /models/bowl.safetensors --seed 9 --chains 3 --set step_size=0.25 --set steps=4 '--compose=" + r.Expression + "' --out out\n"
	if got := Command(o, r); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	r.Terms[0].Weight = 0.125 // what no flag says
	r.Expression = ""
	want = "ebm sample --engine go /models/bowl.safetensors --recipe - --out out <<'RECIPE'\n" + string(r.JSON()) + "RECIPE\n"
	if got := Command(o, r); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}
