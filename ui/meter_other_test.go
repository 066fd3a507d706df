//go:build !linux

package ui

import "time"

var meterBegan = time.Now()

// threadTime is the time of the clock, where nothing tells that of a thread.
func threadTime() time.Duration { return time.Since(meterBegan) }
