package evaluation

import "fmt"

// inceptionFeatures names the features that FID is of.
const inceptionFeatures = "InceptionV3 pool3"

// Inception is what is said of the network that FID is measured on.
type Inception struct {
	Sum       string `json:"sha256"`    // of the file of its weights, which the user gave
	Published bool   `json:"published"` // it is the file that pytorch-fid published
	Features  int    `json:"features"`  // their number
}

// about is what its figures depend on.
func (n Inception) about() string {
	return fmt.Sprintf("%s, %d numbers (file sha256 %s; pictures resized bilinearly to 299x299, grey ones repeated to three channels)",
		inceptionFeatures, n.Features, short(n.Sum))
}

// markdown is the table of what is measured with its features, and what must be known of
// them.
func (n Inception) markdown(cells []Cell, line func(string, ...any)) {
	line("")
	line("| asked | column | N, real | FID | of real | KID, %s (x 1000) | of real | precision | of real | recall | of real | density | of real | coverage | of real |", inceptionFeatures)
	line("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, c := range cells {
		if d := c.Inception; d != nil {
			line("| %s | %s | %d, %d | %s | %s | %s | %s | %s", c.Row, c.Column, c.Samples, c.Matched, optional(d.FD), optional(d.RealFD), thousandth(d.KID), thousandth(d.RealKID), d.places())
		}
	}
	line("")
	line("FID and the measures beside it: %s. FID falls with N, by an amount that depends on the model: it compares with that of the same N, data and resizing alone, not with a paper's of 50,000.", n.about())
	if !n.Published {
		line("The file of the weights is not the one that pytorch-fid published: this compares only with figures of the same weights.")
	}
}
