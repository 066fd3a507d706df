package cdrl

import (
	"fmt"
	"math"
)

// The published schedule (appendix B.3): six noise levels whose log-SNR runs from
// 9.8 to -5.1.
const (
	defaultLevels = 6
	defaultMin    = -5.1
	defaultMax    = 9.8
)

// trainedSteps is the number of Langevin steps a level that the networks were
// trained with; fewer take longer steps.
const trainedSteps = 15

// Level is what sampling needs to know of noise level I, counted from 1, the
// cleanest: how pictures of level I become pictures of level I-1. All of it is
// computed in float64.
type Level struct {
	I int
	// LogSNR is that of level I, at which the initializer is asked; Below is that of
	// level I-1, at which the energy is.
	LogSNR, Below float64
	// AlphaBar and AlphaBarBelow are the squared signal scales sigmoid(LogSNR) and
	// sigmoid(Below).
	AlphaBar, AlphaBarBelow float64
	Alpha                   float64 // AlphaBar / AlphaBarBelow
	// Shrink is Alpha, or 1 at the noisiest level: within the level pictures are those
	// of level I-1 times sqrt(Shrink).
	Shrink   float64
	SigmaCum float64 // sqrt(1 - AlphaBarBelow): the noise in pictures of level I-1
	InitStd  float64 // deviation of the noise added to the initializer's output
	CtSquare float64
	// S2 is the squared step size s^2 of Eq. 16: a Langevin step has noise of
	// deviation sqrt(S2), and the energy is -F / S2.
	S2 float64
	// Pull is the coefficient of -|x - x_t|^2 beside F; 0 at the noisiest level. In
	// units of the energy it is 1 / (2 (1 - Alpha)).
	Pull float64
}

// FinalS2 divides F in the authors' final denoising step: half of S2, which is
// the paper's factor 2.
func (l Level) FinalS2() float64 { return l.S2 / 2 }

// Tether is the pull in units of the energy, K of K|x - x_t|^2.
func (l Level) Tether() float64 { return l.Pull / l.S2 }

// Schedule is the ladder of noise levels.
type Schedule struct {
	Min, Max float64 // log-SNR of the noise end and of the clean end
	LogSNR   []float64
	Levels   []Level // Levels[i-1] is level i
}

// NewSchedule builds the cosine schedule of appendix B.3 (Eq. 19 and 20),
//
//	logsnr(i/n) = -2 log tan(a i/n + b), b = atan(exp(-max/2)), a = atan(exp(-min/2)) - b,
//
// of n levels. Points have a step size of their own.
func NewSchedule(n int, lo, hi float64, points bool) (*Schedule, error) {
	switch {
	case n < 1 || n > 1000:
		return nil, fmt.Errorf("schedule: found %d levels, want 1 to 1000", n)
	case !(lo < hi) || !(lo >= -20 && hi <= 20):
		return nil, fmt.Errorf("schedule: found log-SNR from %v to %v, want the lower number first, both within -20 to 20", lo, hi)
	}
	s := &Schedule{Min: lo, Max: hi}
	b := math.Atan(math.Exp(-hi / 2))
	a := math.Atan(math.Exp(-lo/2)) - b
	for i := range n + 1 {
		s.LogSNR = append(s.LogSNR, -2*math.Log(math.Tan(a*float64(i)/float64(n)+b)))
	}
	for i := 1; i <= n; i++ {
		s.Levels = append(s.Levels, s.level(i, points))
	}
	return s, nil
}

func (s *Schedule) level(i int, points bool) Level {
	l := Level{I: i, LogSNR: s.LogSNR[i], Below: s.LogSNR[i-1]}
	l.AlphaBar, l.AlphaBarBelow = sigmoid(l.LogSNR), sigmoid(l.Below)
	l.Alpha = l.AlphaBar / l.AlphaBarBelow
	noisiest := i == len(s.LogSNR)-1
	l.Shrink = l.Alpha
	if noisiest {
		l.Shrink = 1
	}
	noise, noiseBelow := sigmoid(-l.LogSNR), sigmoid(-l.Below) // 1 - alpha bar, without cancellation
	l.SigmaCum = math.Sqrt(noiseBelow)
	l.InitStd = math.Sqrt(noiseBelow / noise * (1 - l.Alpha) * l.Shrink)
	l.CtSquare = 1 / math.Sqrt(sigmoid(-s.Max))
	size := 1e-3
	if !points {
		l.CtSquare *= l.SigmaCum
		size = 2e-4
	}
	l.S2 = 2 * size * l.CtSquare * (1 - l.Alpha)
	if !noisiest {
		l.Pull = size * l.CtSquare
	}
	return l
}

func sigmoid(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

// embedded is the number by which both networks are told a noise level (appendix
// B.3): atan(exp(-logsnr/2)) / (pi/2), between 0 and 1. They embed 1000 times it.
func embedded(logSNR float64) float64 {
	return math.Atan(math.Exp(-math.Max(-20, math.Min(20, logSNR))/2)) / (math.Pi / 2)
}
