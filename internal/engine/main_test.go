package engine_test

import (
	"os"
	"testing"

	"ebmstudio/internal/engine"
)

func TestMain(m *testing.M) {
	engine.ProbeMain()
	os.Exit(m.Run())
}
