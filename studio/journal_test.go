package studio

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAKilledProgramLosesAlmostNothing runs this test's program as one that works and
// keeps a journal, kills it without warning at an arbitrary moment, and reads what is
// left.
func TestAKilledProgramLosesAlmostNothing(t *testing.T) {
	if folder := os.Getenv("EBMSTUDIO_TEST_JOURNAL"); folder != "" {
		work(t, folder)
		return
	}
	folder := t.TempDir()
	for _, wait := range []time.Duration{5, 113, 240} {
		c := exec.Command(os.Args[0], "-test.run", "^TestAKilledProgramLosesAlmostNothing$")
		c.Env = append(os.Environ(), "EBMSTUDIO_TEST_JOURNAL="+folder)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		done, told := 0, make(chan int)
		go func() {
			n := 0
			for s := bufio.NewScanner(out); s.Scan(); {
				if _, err := fmt.Sscanf(s.Text(), "kept %d", &n); err == nil && n == 1 {
					told <- n
				}
			}
			told <- n
		}()
		<-told // it keeps its first
		if len(Recoveries(folder)) != 0 {
			t.Error("the recovery file of a program that runs is offered")
		}
		time.Sleep(wait * time.Millisecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		done = <-told
		_ = c.Wait() // it was killed
		found := Recoveries(folder)
		if len(found) != 1 || found[0].Err != nil {
			t.Fatalf("found %+v, want one recovery file", found)
		}
		var n int
		if _, err := fmt.Sscanf(found[0].Project.Program, "work %d", &n); err != nil || n < done {
			t.Errorf("found %q, want at least the work %d that it had kept", found[0].Project.Program, done)
		}
		if err := found[0].Discard(); err != nil {
			t.Fatal(err)
		}
		if left, _ := filepath.Glob(filepath.Join(folder, "*")); len(left) > 0 {
			t.Errorf("after recovering, %q are left", left)
		}
	}
}

// work is the program that is killed.
func work(t *testing.T, folder string) {
	j, err := OpenJournal(folder)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 100_000; i++ {
		if _, err := j.Keep(Project{Program: fmt.Sprintf("work %d %s", i, strings.Repeat("x", i%50))}); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("kept %d\n", i)
	}
}

func TestAJournalWritesWhatHasChanged(t *testing.T) {
	folder := t.TempDir()
	j, err := OpenJournal(folder)
	if err != nil {
		t.Fatal(err)
	}
	p := Project{Program: "a", Saved: time.Now()}
	for i, want := range []bool{true, false, true} {
		if i == 2 {
			p.Favourites = []string{"x.png"}
		}
		p.Saved = p.Saved.Add(time.Second)
		if wrote, err := j.Keep(p); err != nil || wrote != want {
			t.Errorf("time %d: wrote %v, %v; want %v", i, wrote, err, want)
		}
	}
	second, err := OpenJournal(folder)
	if err != nil || second.Path() == j.Path() {
		t.Fatalf("a second window: %v", err)
	}
	for _, j := range []*Journal{j, second} {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
	if wrote, err := j.Keep(Project{Program: "late"}); wrote || err != nil {
		t.Errorf("after its end it writes: %v, %v", wrote, err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*")); len(left) > 0 {
		t.Errorf("after a clean end, %q are left", left)
	}
}

func TestARecoveryFileOfAnotherVersion(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, recoveryName+"1-0"+ProjectExtension)
	data := zipOf(t, map[string]string{projectManifest: `{"format":"ebm-project","version":7,"program":"EBM Studio 7.0"}`})
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	found := Recoveries(folder)
	if len(found) != 1 || found[0].Err == nil || !strings.Contains(found[0].Err.Error(), "EBM Studio 7.0") {
		t.Fatalf("found %+v, want the version said", found)
	}
	aside, err := found[0].SetAside()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(aside); err != nil || len(Recoveries(folder)) != 0 {
		t.Errorf("set aside it is gone or offered again: %v", err)
	}
}

func TestTheQueueOfTheLastTime(t *testing.T) {
	folder, p := t.TempDir(), someProject(t)
	if none, err := TakeQueue(folder); none != nil || err != nil {
		t.Fatalf("found %v, %v in an empty folder", none, err)
	}
	if err := KeepQueue(folder, p); err != nil {
		t.Fatal(err)
	}
	again, err := TakeQueue(folder)
	if err != nil || len(again.Queue) != 4 {
		t.Fatalf("found %+v, %v", again, err)
	}
	if none, err := TakeQueue(folder); none != nil || err != nil {
		t.Errorf("it is there twice: %v, %v", none, err)
	}
}
