package main

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"ebmstudio/internal/engine"
)

var update = flag.Bool("update", false, "rewrite the expected texts in testdata")

func TestMain(m *testing.M) {
	engine.ProbeMain() // a plugin is tried in a child process, which is this program
	testscript.Main(m, map[string]func(){"ebm": main})
}

// TestScripts runs the scripts of testdata: commands as a person types them, with
// the expected output beside them. They use the pure-Go engine, which is the same
// everywhere, on a model of a few hundred numbers.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("EBMSTUDIO_ENGINE", "go")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Getuid() == 0, nil
			}
			return false, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"tiny":    writeTiny,
			"arrays":  writeArrays,
			"picture": writePicture,
			"hostile": writeHostile,
			"change":  writeChanged,
			"mask":    writeMask,
			"kept":    compareOutside,
			"digits":  writeDigits,
		},
	})
}
