package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestScriptAndProgramAgreeOnThePins(t *testing.T) {
	for name, pin := range pins() {
		for _, want := range []string{
			"package=" + pin.Package + " version=" + pin.Version + " ",
			"\tfile=" + pin.File + "\n", "\tfile_sha=" + pin.SHA256 + "\n",
		} {
			if !strings.Contains(installScript, want) {
				t.Errorf("install-plugin.sh does not have %q of %s", want, name)
			}
		}
	}
}

func TestInstallRefusesAnotherWheel(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GO_XLA_DIR", filepath.Join(dir, "lib"))
	wheel := filepath.Join(dir, "other.whl")
	if err := os.WriteFile(wheel, []byte("PK"), 0o644); err != nil {
		t.Fatal(err)
	}
	var lines []string
	err := install(t.Context(), func(s string) { lines = append(lines, s) }, "cpu", wheel)
	if err == nil || !strings.Contains(err.Error(), "was not installed: ") {
		t.Fatalf("error %v after %q, want a sentence", err, lines)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "lib", "*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, "lib", ".*"))
	if len(left)+len(hidden) > 0 {
		t.Errorf("left behind: %v %v", left, hidden)
	}
}
