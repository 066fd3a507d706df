package studio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ebmstudio/evaluation"
	"ebmstudio/sampling"
)

// inceptionAtOnce pictures are given to the network that FID is measured on, kept, and
// told of.
const inceptionAtOnce = 64

// publishedInception is how the SHA-256 of pytorch-fid's file of weights begins.
const publishedInception = "6726825d"

// checkInception is an error where the network cannot be used for what is asked.
func (r EvalRequest) checkInception() error {
	switch {
	case r.Inception == nil:
		return nil
	case r.Inception.Model.Features == nil:
		return fmt.Errorf("evaluate: %s is no InceptionV3, want pt_inception-2015-12-05-%s.pth as pytorch-fid uses it", r.Inception.Name, publishedInception)
	case r.Model.Plane() || r.Model.Model.Hole != nil:
		return fmt.Errorf("evaluate: found an InceptionV3 and %s, want a model of whole pictures: FID compares these", r.Model.Name)
	case !slices.Contains(r.Parts, partSamples):
		return errors.New("evaluate: found an InceptionV3 without the part samples, whose pictures it is for")
	}
	return nil
}

// inceptionOfReal gives the test pictures that the rows are compared with their features.
func (e *evalRun) inceptionOfReal(ctx context.Context, k *real, rows []row) error {
	if e.request.Inception == nil {
		return nil
	}
	labels, wanted := e.request.Judge.Model.Labels, map[int]bool{}
	for _, q := range rows {
		first, second := k.matching(q, labels, e.request.Count)
		for _, m := range slices.Concat(first, second) {
			wanted[m.picture] = true
		}
	}
	var order []int
	for i := range k.pictures.N {
		if wanted[i] {
			order = append(order, i)
		}
	}
	k.inception = make([][]float32, k.pictures.N)
	e.begin("InceptionV3 features of test pictures", "pictures", len(order))
	for some := range slices.Chunk(order, inceptionAtOnce) {
		features, took, err := e.inceptionOf(ctx, picked(k.pictures, some))
		if err != nil {
			return err
		}
		for i, f := range features {
			k.inception[some[i]] = f
			e.report.Inception = &evaluation.Inception{
				Sum: e.request.Inception.SHA256, Published: strings.HasPrefix(e.request.Inception.SHA256, publishedInception), Features: len(f),
			}
		}
		e.count(len(some), took, took == 0)
	}
	return nil
}

// inceptionOf are the features of pictures in 0..1; none where no network was given. Took
// is 0 where they were kept.
func (e *evalRun) inceptionOf(ctx context.Context, x sampling.Images) (features [][]float32, took time.Duration, err error) {
	o := e.request.Inception
	if o == nil {
		return nil, 0, nil
	}
	key := judgedKey(o, x, e.report.Engine)
	if f := e.kept.find(key); f != nil {
		if kept, ok := rowsOf(f.Tensors[keptFeatures]); ok {
			return kept, 0, ctx.Err()
		}
	}
	began := time.Now()
	features, err = inLane(ctx, e.studio, "features by "+o.Name, urgencyScore, func() ([][]float32, error) { return o.Model.Features(x) })
	if err != nil {
		return nil, 0, err
	}
	took = time.Since(began)
	return features, took, e.kept.keep(key, took, nil, table2D(keptFeatures, features))
}
