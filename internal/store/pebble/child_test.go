package pebble

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/store"
)

// The test binary is also the program that the tests kill or lock out.
const (
	childEnv = "KEYHOLD_STORE_TEST_CHILD"
	dirEnv   = "KEYHOLD_STORE_TEST_DIR"
)

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "open":
		_, err = Open(os.Getenv(dirEnv))
	case "write":
		err = writeForever(os.Getenv(dirEnv))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+what, dirEnv+"="+dir)
	return cmd
}

// writeForever counts up in several goroutines, each in its own key, and prints each number once it is acknowledged.
func writeForever(dir string) error {
	s, err := Open(dir)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for worker := range 8 {
		go func() { failed <- countUp(s, fmt.Sprint("worker ", worker)) }()
	}
	return <-failed
}

func countUp(s store.Store, key string) error {
	for {
		var n int
		err := s.Update(context.Background(), func(txn store.Txn) error {
			v, err := txn.Get(key)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			n = len(v) + 1
			return txn.Set(key, append(v, '.'))
		})
		if err != nil {
			return err
		}
		if _, err := fmt.Printf("%s=%d\n", key, n); err != nil {
			return err
		}
	}
}

func TestKilled(t *testing.T) {
	dir := t.TempDir()
	acknowledged := make(map[string]int)
	for range 3 {
		cmd := child(t, "write", dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killAfter(t, cmd, out, 300, acknowledged)
		checkCounts(t, dir, acknowledged)
	}
}

// killAfter reads acknowledgements, kills the child without warning after so many, and reads what it still had said.
func killAfter(t *testing.T, cmd *exec.Cmd, out io.Reader, many int, acknowledged map[string]int) {
	t.Helper()
	read := 0
	for lines := bufio.NewScanner(out); lines.Scan(); read++ {
		if read == many {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		key, number, complete := strings.Cut(lines.Text(), "=")
		var n int
		if _, err := fmt.Sscan(number, &n); err == nil && complete {
			acknowledged[key] = max(acknowledged[key], n)
		}
	}
	if err := cmd.Wait(); err == nil || read < many {
		t.Fatalf("the child ended by itself after %d acknowledgements: %v", read, err)
	}
}

func checkCounts(t *testing.T, dir string, acknowledged map[string]int) {
	t.Helper()
	s := mustOpen(t, dir)
	err := s.View(t.Context(), func(r store.Reader) error {
		for key, n := range acknowledged {
			v, err := r.Get(key)
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			if len(v) < n {
				t.Errorf("%s is at %d, acknowledged was %d", key, len(v), n)
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Error(err)
	}
}
