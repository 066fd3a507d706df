package studio

import (
	"cmp"
	"time"
)

// QueueLine is a job of the queue as people see it.
type QueueLine struct {
	Work
	Progress Progress
	// Takes is how long it still runs, Begins when it begins, both without compiling;
	// 0 where the speed of its model, or of such a training, is not known yet.
	Takes, Begins time.Duration
}

// Items are the jobs with their progress and when they can be expected.
func (q *Queue) Items() []QueueLine {
	q.lock.Lock()
	defer q.lock.Unlock()
	all, ahead, known := make([]QueueLine, len(q.works)), time.Duration(0), true
	device := q.studio.device()
	for _, running := range []bool{true, false} { // what runs goes first wherever it stands
		for i, w := range q.works {
			if (w.State == QueueRunning) != running {
				continue
			}
			item := QueueLine{Work: w.Work}
			if w.job != nil {
				item.Progress = w.job.Progress()
				item.Steps = max(item.Steps, item.Progress.Steps)
			}
			left := max(0, item.Steps-item.Progress.Step)
			key := w.Task.pace(device)
			item.Takes = time.Duration(left) * cmp.Or(q.studio.pace(key.model, key.chains, key.device), item.Progress.PerStep)
			if item.State == QueueWaiting && known {
				item.Begins = ahead
			}
			if item.State == QueueWaiting || item.State == QueueRunning {
				known = known && item.Takes > 0
				ahead += item.Takes
			}
			all[i] = item
		}
	}
	return all
}

// Left is how long all of the queue still runs, without compiling; known says whether the
// speed of every model in it is known.
func Left(items []QueueLine) (left time.Duration, known bool) {
	known = true
	for _, i := range items {
		if i.State == QueueWaiting || i.State == QueueRunning {
			left += i.Takes
			known = known && i.Takes > 0
		}
	}
	return left, known
}
