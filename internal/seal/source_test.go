package seal

import (
	"bytes"
	"context"
	"crypto/fips140"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestFile(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "root.key")
	if _, err := File(path).Unlock(ctx, false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("lost file: %v", err)
	}
	first, check, err := Unlock(ctx, File(path), nil)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	second, _, err := Unlock(ctx, File(path), check)
	if err != nil || *second.key != *first.key {
		t.Errorf("second start: %v", err)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestFileRefused(t *testing.T) {
	good := filePrefix + base64.StdEncoding.EncodeToString(sequence(0, KeySize)) + "\n"
	for _, c := range []struct {
		name, content string
		mode          fs.FileMode
		want          string
	}{
		{"good", good, 0o600, ""},
		{"read only", good, 0o400, ""},
		{"no newline", strings.TrimSpace(good), 0o600, ""},
		{"group may read", good, 0o640, "mode 0640"},
		{"all may read", good, 0o604, "mode 0604"},
		{"group may write", good, 0o620, "mode 0620"},
		{"empty", "", 0o600, "not a root key file"},
		{"cut", good[:40], 0o600, "not a root key file"},
		{"longer", good + "x", 0o600, "not a root key file"},
		{"other version", strings.Replace(good, ":1:", ":2:", 1), 0o600, "not a root key file"},
		{"raw", string(sequence(0, KeySize)), 0o600, "not a root key file"},
		{"huge", strings.Repeat("x", maxPrivate+1), 0o600, "larger than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "root.key")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := File(path).Unlock(context.Background(), true)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "AAECAw") {
				t.Errorf("the key is in the error: %v", err)
			}
		})
	}
	if _, err := File(t.TempDir()).Unlock(context.Background(), true); err == nil {
		t.Error("a directory was taken")
	}
}

// Of processes that start at once, all get the one key.
func TestFileRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	var wg sync.WaitGroup
	keys := make([][KeySize]byte, 8)
	for i := range keys {
		wg.Go(func() {
			r, err := File(path).Unlock(context.Background(), true)
			if err != nil {
				t.Error(err)
				return
			}
			keys[i] = *r.key
		})
	}
	wg.Wait()
	for _, k := range keys {
		if k != keys[0] {
			t.Error("two keys")
		}
	}
}

func TestUnlockWrongKey(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	_, check, err := Unlock(ctx, File(filepath.Join(dir, "a")), nil)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "b")
	if _, _, err := Unlock(ctx, File(other), nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Unlock(ctx, File(other), check); !errors.Is(err, ErrWrongKey) {
		t.Errorf("got %v", err)
	}
}

func TestEnv(t *testing.T) {
	key := sequence(0, KeySize)
	for _, c := range []struct {
		name, value string
		ok          bool
	}{
		{"hex", hex.EncodeToString(key), true},
		{"base64", base64.StdEncoding.EncodeToString(key), true},
		{"unset", "", false},
		{"short", hex.EncodeToString(key[1:]), false},
		{"text", "correct horse battery staple", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("KEYHOLD_TEST_ROOT_KEY", c.value)
			r, err := Env("KEYHOLD_TEST_ROOT_KEY").Unlock(context.Background(), true)
			if (err == nil) != c.ok {
				t.Fatalf("got %v", err)
			}
			if c.ok && !bytes.Equal(r.key[:], key) {
				t.Error("other key")
			}
			if err != nil && c.value != "" && strings.Contains(err.Error(), c.value) {
				t.Errorf("the value is in the error: %v", err)
			}
		})
	}
}

func TestPassphrase(t *testing.T) {
	if fips140.Enforced() {
		_, err := Passphrase([]byte("x"), "path").Unlock(context.Background(), true)
		if !errors.Is(err, errArgonFIPS) {
			t.Errorf("got %v", err)
		}
		return
	}
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "root.json")
	first, check, err := Unlock(ctx, Passphrase([]byte("correct horse"), path), nil)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := Unlock(ctx, Passphrase([]byte("correct horse"), path), check)
	if err != nil || *second.key != *first.key {
		t.Errorf("second start: %v", err)
	}
	if _, err := Passphrase([]byte("battery"), path).Unlock(ctx, true); !errors.Is(err, ErrWrongKey) {
		t.Errorf("other passphrase: %v", err)
	}
	if _, err := Passphrase(nil, path).Unlock(ctx, true); err == nil {
		t.Error("an empty passphrase was taken")
	}
	for _, content := range []string{"", "{}", `{"version":1,"salt":"AAAAAAAAAAAAAAAAAAAAAA==","time":1,"memoryKiB":99999999,"threads":1}`} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Passphrase([]byte("x"), path).Unlock(ctx, false); err == nil || !strings.Contains(err.Error(), "not a passphrase file") {
			t.Errorf("%q: %v", content, err)
		}
	}
}
