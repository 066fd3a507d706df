package main

import "ebmstudio/studio"

// mixingOut is the mixing report as a script reads it.
type mixingOut struct {
	From    int         `json:"from"` // steps that are counted
	To      int         `json:"to"`
	Mixed   bool        `json:"mixed"`
	RHat    number      `json:"rhat"` // of the energy
	BulkESS number      `json:"bulk_ess"`
	TailESS number      `json:"tail_ess"`
	Forgets number      `json:"forgets"` // steps
	Worst   *featureOut `json:"worst,omitempty"`
	Typical number      `json:"typical_distance"`
	Stuck   []int       `json:"stuck"` // chains, counted from 0
	Words   []string    `json:"words"`
}

// featureOut is the number of the pictures that differs most from chain to chain.
type featureOut struct {
	Name string `json:"name"`
	RHat number `json:"rhat"`
}

func mixingForm(m studio.Mixing) *mixingOut {
	out := &mixingOut{
		From: m.From, To: m.To, Mixed: m.Mixed(), RHat: number(m.Energy.RHat), BulkESS: number(m.Energy.BulkESS),
		TailESS: number(m.Energy.TailESS), Forgets: number(m.Energy.Forgets), Typical: number(m.Typical), Stuck: []int{}, Words: m.Words(),
	}
	if m.Worst != nil {
		out.Worst = &featureOut{m.Worst.Name, number(m.Worst.RHat)}
	}
	for _, s := range m.Stuck {
		out.Stuck = append(out.Stuck, m.Names[s.Chain])
	}
	return out
}
