package sampling

import (
	"runtime"
	"sync"
)

// parallelValues is the size of a batch, in values, from which its images are
// shared among processors; below it starting goroutines costs more than it saves.
const parallelValues = 1 << 15

// eachImage calls f for every image of x, in any order and on several processors
// where the batch is large. f writes to its own image only. The error returned is
// that of the lowest image.
func eachImage(x Images, f func(i int) error) error {
	workers := min(runtime.GOMAXPROCS(0), x.N)
	if x.N*x.Size() < parallelValues || workers < 2 {
		for i := range x.N {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	var group sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		group.Go(func() {
			for i := w * x.N / workers; i < (w+1)*x.N/workers; i++ {
				if errs[w] = f(i); errs[w] != nil {
					return
				}
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
