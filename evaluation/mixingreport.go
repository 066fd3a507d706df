package evaluation

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Walks are what chains did over the steps that are counted, for Mixing. All chains
// have as many steps.
type Walks struct {
	From, To int         // the first and the last step counted, for people
	Of       string      // what the steps are of, such as "the second half of the run"
	Energy   [][]float64 // [chain][step]
	Features []Series    // other numbers of the pictures; may be thinned
	Accepted [][]float64 // 1 or 0 [chain][step]; nil for samplers that accept all
	// First and Last are the pictures at the two ends, flat, in 0..1.
	First, Last [][]float64
	Names       []int // numbers of the chains, counted from 0; nil: 0, 1, ...
}

// Series is a number of the pictures.
type Series struct {
	Name   string
	Values [][]float64 // [chain][step]
}

// Mixing says how well chains have explored what they walk in.
type Mixing struct {
	Chains, Steps   int
	From, To        int
	Of              string
	Energy          SeriesMixing
	Worst           *SeriesMixing // the feature of the largest R-hat; nil where there is none
	Autocorrelation []float64     // of the energy, mean of the chains, by lag
	Names           []int         // of the chains
	Distances       [][]float64   // root mean square difference of every two last pictures
	Typical         float64       // the median of those
	Nearest         [2]int        // the two chains that are nearest to each other
	Stuck           []StuckChain
	TooFew          bool // steps, to say anything
}

// SeriesMixing are the diagnostics of one number of the chains.
type SeriesMixing struct {
	Name                   string
	RHat, BulkESS, TailESS float64
	// Forgets is the number of steps after which a value is as good as independent: n m
	// / ESS.
	Forgets float64
}

// StuckChain is a chain that does not get anywhere.
type StuckChain struct {
	Chain    int
	Accepted float64 // share of its proposals, not a number where all are
	Moved    float64 // distance from its first to its last picture as a share of the typical distance between chains
}

// Limits of the report.
const (
	RHatLimit   = 1.01 // Vehtari et al. 2021, section 4.4
	ESSAChain   = 100  // as above: 400 for 4 chains
	fewestSteps = 8    // for 4 values in each half of a chain
	// A chain is stuck where fewer than 2 % of its proposals are accepted, or where it has
	// come less than a tenth as far as chains lie apart.
	stuckAccepted = 0.02
	stuckMoved    = 0.1
	largestMatrix = 64 // chains
)

// MixingOf measures how well chains have mixed. It is a pure function of what they did.
func MixingOf(w Walks) Mixing {
	m := Mixing{Chains: len(w.Energy), Steps: length(w.Energy), From: w.From, To: w.To, Of: w.Of, Names: w.Names}
	if m.Names == nil {
		for i := range w.Energy {
			m.Names = append(m.Names, i)
		}
	}
	if m.TooFew = m.Steps < fewestSteps; m.TooFew {
		return m
	}
	m.Energy = seriesMixing("energy", w.Energy)
	for _, f := range w.Features {
		s := seriesMixing(f.Name, f.Values)
		if m.Worst == nil || s.RHat > m.Worst.RHat {
			m.Worst = &s
		}
	}
	m.Autocorrelation = meanAutocorrelation(w.Energy)
	m.distances(w)
	m.stuck(w)
	return m
}

func seriesMixing(name string, chains [][]float64) SeriesMixing {
	s := SeriesMixing{Name: name, RHat: RHat(chains), BulkESS: BulkESS(chains), TailESS: TailESS(chains)}
	s.Forgets = float64(len(chains)*length(chains)) / s.BulkESS
	return s
}

func meanAutocorrelation(chains [][]float64) []float64 {
	mean := make([]float64, length(chains))
	n := 0.0
	for _, c := range chains {
		rho := Autocorrelation(c[:len(mean)])
		if math.IsNaN(rho[0]) {
			continue // a chain that stands still
		}
		n++
		for t, v := range rho {
			mean[t] += v
		}
	}
	for t := range mean {
		mean[t] /= n
	}
	return mean
}

func (m *Mixing) distances(w Walks) {
	n := min(len(w.Last), largestMatrix)
	m.Distances = make([][]float64, n)
	var all []float64
	least := math.Inf(1)
	for i := range n {
		m.Distances[i] = make([]float64, n)
		for k := range i {
			d := rootMeanSquare(w.Last[i], w.Last[k])
			m.Distances[i][k], m.Distances[k][i] = d, d
			all = append(all, d)
			if d < least {
				least, m.Nearest = d, [2]int{k, i}
			}
		}
	}
	m.Typical = median(all)
}

func (m *Mixing) stuck(w Walks) {
	for i := range w.Energy {
		s := StuckChain{Chain: i, Accepted: math.NaN(), Moved: math.NaN()}
		if i < len(w.Accepted) {
			s.Accepted, _ = meanAndVariance(w.Accepted[i])
		}
		if i < len(w.First) && i < len(w.Last) && m.Typical > 0 {
			s.Moved = rootMeanSquare(w.First[i], w.Last[i]) / m.Typical
		}
		if s.Accepted < stuckAccepted || s.Moved < stuckMoved {
			m.Stuck = append(m.Stuck, s)
		}
	}
}

func rootMeanSquare(a, b []float64) float64 {
	var sum float64
	for j, v := range a {
		sum += (v - b[j]) * (v - b[j])
	}
	return math.Sqrt(sum / float64(max(1, len(a))))
}

// Mixed reports whether nothing speaks against the chains having found one
// distribution: R-hat of the energy and the pictures, and enough independent values.
func (m Mixing) Mixed() bool {
	ok := func(s SeriesMixing) bool { return s.RHat < RHatLimit && s.BulkESS >= float64(ESSAChain*m.Chains) }
	return !m.TooFew && ok(m.Energy) && (m.Worst == nil || m.Worst.RHat < RHatLimit) && len(m.Stuck) == 0
}

// Words are the report for people, a sentence or two each, the verdict first.
func (m Mixing) Words() []string {
	if m.TooFew {
		return []string{fmt.Sprintf("Too few steps: %s has %d, from step %d to %d; want %d or more to tell how chains mix.", m.Of, m.Steps, m.From, m.To, fewestSteps)}
	}
	verdict := "Mixed, as far as these numbers tell: the chains agree, and have made enough independent pictures."
	if !m.Mixed() {
		verdict = "Not mixed: " + m.reason()
	}
	all := []string{
		verdict,
		fmt.Sprintf("Counted is %s: steps %d to %d of %s.", m.Of, m.From, m.To, plural(m.Chains, "chain")),
		m.rHatWords(),
		fmt.Sprintf("The %d energies are worth %s independent ones for means and %s for the tails (want %d). An energy is forgotten after some %s.",
			m.Chains*m.Steps, count(m.Energy.BulkESS), count(m.Energy.TailESS), ESSAChain*m.Chains, steps(m.Energy.Forgets)),
	}
	if m.Worst != nil {
		all = append(all, fmt.Sprintf("Of the pictures, the %s differs most from chain to chain: R-hat %s.", m.Worst.Name, number(m.Worst.RHat)))
	}
	all = append(all, m.stuckWords()...)
	if n := len(m.Distances); n > 1 {
		near := m.Distances[m.Nearest[0]][m.Nearest[1]]
		text := fmt.Sprintf("Two chains' last pictures are typically %s apart (root mean square, of a range of 1); the nearest two are %d and %d, %s.",
			number(m.Typical), m.Names[m.Nearest[0]]+1, m.Names[m.Nearest[1]]+1, number(near))
		if near < m.Typical/4 {
			text += " They show nearly the same picture."
		}
		all = append(all, text)
	}
	if !m.Mixed() {
		all = append(all, "Short chains of such models are often stopped long before they mix and still give good pictures; a mean over them is then one over their starts, not over exp(-E).")
	}
	return all
}

// reason is the first thing that speaks against mixing.
func (m Mixing) reason() string {
	switch {
	case !(m.Energy.RHat < RHatLimit):
		return "the chains' energies have not come to agree, so each still tells where it began."
	case m.Worst != nil && !(m.Worst.RHat < RHatLimit):
		return "the energies agree but the pictures do not: every chain stays in a region of its own."
	case len(m.Stuck) > 0:
		return plural(len(m.Stuck), "chain") + " do not get anywhere."
	}
	return "the chains agree, but they have made too few independent pictures; walk more steps."
}

func (m Mixing) rHatWords() string {
	if math.IsNaN(m.Energy.RHat) {
		return "R-hat cannot be told: the energies do not change."
	}
	wide := "as wide as"
	if m.Energy.RHat >= RHatLimit {
		wide = fmt.Sprintf("%s times as wide as", number(m.Energy.RHat))
	}
	return fmt.Sprintf("R-hat of the energy is %s (want below %v): all chains together are about %s each one alone.", number(m.Energy.RHat), RHatLimit, wide)
}

func (m Mixing) stuckWords() []string {
	if len(m.Stuck) == 0 {
		return []string{"No chain is stuck."}
	}
	var names []string
	refused := 0
	for _, s := range m.Stuck {
		names = append(names, strconv.Itoa(m.Names[s.Chain]+1))
		if s.Accepted < stuckAccepted {
			refused++
		}
	}
	if len(names) > 8 {
		names = append(names[:8], fmt.Sprintf("%d more", len(m.Stuck)-8))
	}
	text := fmt.Sprintf("Stuck: %s %s. ", word(len(m.Stuck), "chain"), list(names))
	if refused > 0 {
		return []string{text + fmt.Sprintf("Of %d of them fewer than 2 %% of the proposals are accepted: a smaller step helps.", refused)}
	}
	return []string{text + "Each has come less than a tenth as far as chains lie apart: it stays in one basin of the energy."}
}

// number is v in three digits.
func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "not known"
	case math.IsInf(v, 0):
		return "endless"
	case math.Abs(v-1) < 0.1:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

func count(v float64) string {
	if math.IsNaN(v) {
		return "an unknown number of"
	}
	return strconv.FormatFloat(math.Round(v), 'f', 0, 64)
}

func steps(v float64) string {
	if math.IsNaN(v) {
		return "unknown number of steps"
	}
	return plural(max(1, int(math.Round(v))), "step")
}

func plural(n int, what string) string { return fmt.Sprintf("%d %s", n, word(n, what)) }

func word(n int, what string) string {
	if n != 1 {
		return what + "s"
	}
	return what
}

// list is "1, 2 and 3".
func list(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(slices.Clone(names[:n-1]), ", ") + " and " + names[n-1]
	}
	return names[0]
}
