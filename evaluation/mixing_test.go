package evaluation

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// generated are the chains x <- phi x + u, u of a linear congruential generator that is
// seeded with the chain's number, chain i shifted by i times shift: easy to make in any
// language.
func generated(m, n int, phi, shift float64) [][]float64 {
	chains := make([][]float64, m)
	for i := range chains {
		s, x := i+1, 0.0
		for range n {
			s = (1103515245*s + 12345) % (1 << 31)
			x = phi*x + float64(s)/(1<<31) - 0.5
			chains[i] = append(chains[i], x+shift*float64(i))
		}
	}
	return chains
}

// What ArviZ 0.21.0 finds (az.rhat, az.rhat method split, az.ess methods mean, bulk and
// tail). Of a single chain it tells no R-hat.
func TestMixingAgainstArviZ(t *testing.T) {
	for _, c := range []struct {
		m, n                             int
		phi, shift                       float64
		rhat, splitRHat, ess, bulk, tail float64
	}{
		{4, 250, 0, 0, 0.9998686787370274, 0.997750914080451, 999.5267001938815, 973.5306484935026, 946.9164407029166},
		{4, 250, 0.9, 0, 1.0379275933915286, 1.0382253420414276, 76.82287250509893, 77.52362554184936, 241.37857399742958},
		{4, 251, -0.5, 0, 0.9994051306273332, 0.9965520597643361, 3000, 3000, 865.8299753933418},
		{3, 100, 0.5, 0.4, 1.3618751765864563, 1.3793055603184388, 7.4883129772507315, 7.719480041818228, 88.60635696821501},
		{1, 64, 0.3, 0, math.NaN(), math.NaN(), 38.32495202288839, 40.80346966572301, 44.195284945238534},
		{2, 10, 0.8, 1, 2.1356664834963985, 3.9089094899236554, 5.266964703894247, 6.036450810865888, 21.73913043478261},
	} {
		x := generated(c.m, c.n, c.phi, c.shift)
		for name, pair := range map[string][2]float64{
			"R-hat": {RHat(x), c.rhat}, "split R-hat": {SplitRHat(x), c.splitRHat},
			"ESS": {ESS(x), c.ess}, "bulk ESS": {BulkESS(x), c.bulk}, "tail ESS": {TailESS(x), c.tail},
		} {
			if found, want := pair[0], pair[1]; !math.IsNaN(want) && !(math.Abs(found-want) <= 1e-9*want) {
				t.Errorf("%d chains of %d, phi %g, shift %g: found %s %v, want %v", c.m, c.n, c.phi, c.shift, name, found, want)
			}
		}
	}
}

// The effective sample size of an autoregression x <- phi x + u is n (1-phi)/(1+phi).
func TestESSOfAutoregressions(t *testing.T) {
	for _, phi := range []float64{-0.3, 0, 0.3, 0.6, 0.9, 0.97} {
		t.Run(fmt.Sprint(phi), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(1000*(phi+1))))
			const m, n = 8, 20_000
			chains := make([][]float64, m)
			for i := range chains {
				x := r.NormFloat64() / math.Sqrt(1-phi*phi)
				for range n {
					x = phi*x + r.NormFloat64()
					chains[i] = append(chains[i], x)
				}
			}
			want := m * n * (1 - phi) / (1 + phi)
			// Geyer's estimate of tau errs by some sqrt(2 (2K+1) / mn) of it, K the lags that
			// it sums: 8 % at phi 0.97. Twice that is let through.
			for name, found := range map[string]float64{"ESS": ESS(chains), "bulk ESS": BulkESS(chains)} {
				if math.Abs(found/want-1) > 0.16 {
					t.Errorf("found %s %.0f, want %.0f", name, found, want)
				}
			}
			if rhat := RHat(chains); math.Abs(rhat-1) > 0.01 {
				t.Errorf("found R-hat %v of chains of one distribution, want 1", rhat)
			}
			for lag, rho := range Autocorrelation(chains[0])[:20] {
				if want := math.Pow(phi, float64(lag)); math.Abs(rho-want) > 0.08 {
					t.Errorf("found autocorrelation %v at lag %d, want %v", rho, lag, want)
				}
			}
		})
	}
}

// Chains of one width and far apart: R-hat tells of it at any number of steps.
func TestRHatOfChainsApart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	chains := make([][]float64, 4)
	wide := make([][]float64, 4)
	for i := range chains {
		for range 500 {
			chains[i] = append(chains[i], float64(3*i)+r.NormFloat64())
			wide[i] = append(wide[i], math.Pow(5, float64(i))*r.NormFloat64())
		}
	}
	// Means 0, 3, 6, 9 have variance 15 and each half a chain is one of 8: var+ = 1 + 15*6/7.
	if found, want := SplitRHat(chains), math.Sqrt(1+90.0/7); math.Abs(found/want-1) > 0.05 {
		t.Errorf("found split R-hat %v, want %v", found, want)
	}
	if RHat(chains) < 1.5 {
		t.Errorf("found R-hat %v of chains apart, want far above 1", RHat(chains))
	}
	if SplitRHat(wide) > 1.05 || RHat(wide) < 1.1 {
		t.Errorf("chains of one mean and different widths: found split R-hat %v and R-hat %v, want 1 and more", SplitRHat(wide), RHat(wide))
	}
	still := [][]float64{{1, 1, 1, 1}, {1, 1, 1, 1}}
	if !math.IsNaN(RHat(still)) || !math.IsNaN(ESS(still)) || !math.IsNaN(RHat(nil)) || !math.IsNaN(ESS([][]float64{{1, 2}})) {
		t.Error("of values that are equal, or none, something is told")
	}
}

func TestRobustZ(t *testing.T) {
	// Median 5, MAD 1: 0.6745 (15-5)/1.
	z := RobustZ([]float64{4, 5, 6, 3, 5, 7, 15, math.NaN()})
	if math.Abs(z[6]-6.745) > 1e-9 || !math.IsNaN(z[7]) || math.Abs(z[3]+1.349) > 1e-9 {
		t.Errorf("found %v, want 6.745 at 15 and -1.349 at 3", z)
	}
	// More than half are equal: the mean distance from 1 is 9/10.
	z = RobustZ([]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 10})
	if math.Abs(z[9]-9/(1.2533*0.9)) > 1e-9 || z[0] != 0 {
		t.Errorf("found %v, want %v at 10", z, 9/(1.2533*0.9))
	}
	if z := RobustZ([]float64{2, 2}); slices.Contains(z, math.NaN()) || z[0] != 0 {
		t.Errorf("found %v of equal values, want 0", z)
	}
	if len(RobustZ(nil)) != 0 {
		t.Error("of nothing something is told")
	}
}
