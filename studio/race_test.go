//go:build race

package studio_test

// raceDetector says that the test is built with -race.
const raceDetector = true
