package studio

import (
	"testing"
	"time"
)

// TestHolesOf: every way of filling is compared with the generator alone, picture by
// picture.
func TestHolesOf(t *testing.T) {
	h := holesOf([]Completion{
		{VAE: Fidelity{PSNR: 10}, Chains: Fidelity{PSNR: 11}, Mean: Fidelity{PSNR: 5}, Spread: 0.2},
		{VAE: Fidelity{PSNR: 20}, Chains: Fidelity{PSNR: 23}, Mean: Fidelity{PSNR: 5}, Spread: 0.4},
	}, time.Second)
	if h.Pictures != 2 || h.Seconds != 1 || h.Spread < 0.299 || h.Spread > 0.301 {
		t.Errorf("found %+v, want 2 pictures, 1 s and the mean spread 0.3", h)
	}
	if above := h.Rows[0].Above; above.Value != 0 || above.Half != 0 {
		t.Errorf("the generator above itself: found %v, want 0", above)
	}
	if above := h.Rows[1].Above.Value; above != 2 {
		t.Errorf("chains above the generator: found %v, want 2", above)
	}
	if psnr := h.Rows[3].PSNR.Value; psnr != 5 {
		t.Errorf("mean fill: found %v, want 5", psnr)
	}
	if holesOf(nil, 0) != nil {
		t.Error("of no picture: found a table, want none")
	}
}
