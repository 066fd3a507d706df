package sampling

// Knob is a number a person may turn: its name in recipes and on the command
// line, and all a slider needs.
type Knob struct {
	Name, Title, Help, Unit string
	Min, Max, Default       float64
	Log, Integer            bool
}

// Settings are knob values by name; a knob that is absent has its default.
type Settings map[string]float64

// Of returns the value of a knob: the one set, or its default.
func (s Settings) Of(k Knob) float64 {
	if v, ok := s[k.Name]; ok {
		return v
	}
	return k.Default
}
