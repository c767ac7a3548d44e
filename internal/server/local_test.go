package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinkedLocalFile has another user's link stand where the credentials go. What it points to stays as it is.
func TestLinkedLocalFile(t *testing.T) {
	dir, victim := t.TempDir(), filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(victim, []byte("as it was"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, filepath.Join(dir, localFile)); err != nil {
		t.Fatal(err)
	}
	for _, memory := range []bool{false, true} {
		s, err := New(t.Context(), onAnyPort(Config{Data: dir, Memory: memory}))
		if err == nil {
			t.Errorf("memory %v: a start followed the link: %v", memory, s.Close())
		}
	}
	info, err := os.Stat(victim)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(victim); string(b) != "as it was" || info.Mode().Perm() != 0o644 {
		t.Errorf("the file behind the link is %q with mode %v, %v", b, info.Mode(), err)
	}
}

// TestDataOfAllUsers starts in a directory to which every user may write.
func TestDataOfAllUsers(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), onAnyPort(Config{Data: dir})); err == nil || !strings.Contains(err.Error(), "every user of this machine may write to it") {
		t.Errorf("got %v", err)
	}
	s, err := New(t.Context(), onAnyPort(Config{Data: filepath.Join(dir, "keyhold")}))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
