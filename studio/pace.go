package studio

import (
	"cmp"
	"slices"
	"time"
)

// Pace is how long a step takes: a running mean for a model, a number of chains and a
// device, without compiling, waiting and pauses.
type Pace struct {
	Model   string        `json:"model"` // SHA-256 of the checkpoint
	Chains  int           `json:"chains"`
	Device  string        `json:"device"` // engine and version
	PerStep time.Duration `json:"per_step"`
}

type paceKey struct {
	model  string
	chains int
	device string
}

// Paces are what is known of the speed of models, sorted; SetPaces takes them back at
// another start.
func (s *Studio) Paces() []Pace {
	s.lock.Lock()
	defer s.lock.Unlock()
	all := make([]Pace, 0, len(s.paces))
	for k, d := range s.paces {
		all = append(all, Pace{k.model, k.chains, k.device, d})
	}
	slices.SortFunc(all, func(a, b Pace) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Chains, b.Chains), cmp.Compare(a.Device, b.Device))
	})
	return all
}

// SetPaces adds what is known of the speed of models; what was measured since the start
// stays.
func (s *Studio) SetPaces(all []Pace) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, p := range all {
		k := paceKey{p.Model, p.Chains, p.Device}
		if _, known := s.paces[k]; !known && p.PerStep > 0 {
			s.setPace(k, p.PerStep)
		}
	}
}

func (s *Studio) setPace(k paceKey, d time.Duration) {
	if s.paces == nil {
		s.paces = map[paceKey]time.Duration{}
	}
	s.paces[k] = d
}

// pace is how long a step of a model takes with so many chains, 0 where that is not
// known. On a device that was not met, or with another number of chains, it is guessed
// from the nearest number of chains, as if the time were in proportion.
func (s *Studio) pace(model string, chains int, device string) time.Duration {
	s.lock.Lock()
	defer s.lock.Unlock()
	if d := s.paces[paceKey{model, chains, device}]; d > 0 {
		return d
	}
	nearest, guess := 0, time.Duration(0)
	for k, d := range s.paces {
		if k.model == model && k.device == device && k.chains > 0 && (nearest == 0 || max(k.chains-chains, chains-k.chains) < max(nearest-chains, chains-nearest)) {
			nearest, guess = k.chains, time.Duration(float64(d)*float64(chains)/float64(k.chains))
		}
	}
	return guess
}

// measured takes the time of a step into the mean.
func (s *Studio) measured(k paceKey, took time.Duration) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if mean := s.paces[k]; mean > 0 {
		took = mean + (took-mean)/8
	}
	s.setPace(k, took)
}

// device names the engine without opening it, "" before it is open.
func (s *Studio) device() string {
	if !s.engineLock.TryLock() {
		return "" // it is being opened
	}
	defer s.engineLock.Unlock()
	if s.engine == nil {
		return ""
	}
	return s.engine.String()
}
