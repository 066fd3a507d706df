package studio

import (
	"fmt"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// TestPictures are the first n pictures that data holds back from training, in 0..1,
// each with its classes as numbers; data by the names of [TrainRequest].
func TestPictures(data string, n int) (x sampling.Images, classes [][]int, err error) {
	d, err := openLearningData(data, 0, 0)
	if err != nil {
		return x, nil, err
	}
	if d.Test == nil {
		return x, nil, fmt.Errorf("test pictures of %q: it holds none back, want idx files t10k-... beside train-..., or pixel faces", d.Name)
	}
	return d.Test(n)
}

// InRange takes pictures in 0..1 into the model's range.
func (o *Opened) InRange(x sampling.Images) sampling.Images { return toRange(o.Model, x) }

// AsSaved brings pictures of the model to 0..1 as a file stores them, in 256 levels;
// numbers that are not finite become 0.
func (o *Opened) AsSaved(x sampling.Images) sampling.Images {
	saved, _ := asSaved(x, o.Model.Lo, o.Model.Hi)
	return saved
}

// Finds reports whether a judge's row of probabilities names a label.
func (o *Opened) Finds(probabilities []float32, label int) bool {
	return models.Judged(probabilities, label, o.Model.Attributes)
}
