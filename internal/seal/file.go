package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File keeps the root key in a file of its own, which only its owner may read. The file is made when nothing is sealed
// yet; later its absence is an error.
func File(path string) Source { return file{path: path} }

type file struct {
	redacted
	path string
}

// filePrefix begins the one line of a root key file; 32 bytes in base64 follow.
const filePrefix = "keyhold-root-key:1:"

func (f file) Unlock(_ context.Context, fresh bool) (*Root, error) {
	line, err := readPrivate(f.path)
	if errors.Is(err, fs.ErrNotExist) && fresh {
		if err := f.create(); err != nil {
			return nil, err
		}
		line, err = readPrivate(f.path)
	}
	if err != nil {
		return nil, err
	}
	defer clear(line)
	return f.parse(line)
}

func (f file) parse(line []byte) (*Root, error) {
	malformed := fmt.Errorf("%s is not a root key file", f.path)
	code, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\n")), []byte(filePrefix))
	if !ok {
		return nil, malformed
	}
	key, err := base64.StdEncoding.Strict().AppendDecode(nil, code)
	if err != nil || len(key) != KeySize {
		return nil, malformed
	}
	return NewRoot(key)
}

// create makes a new root key file. If another process is faster, its file stays.
func (f file) create() error {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails
	line := append(base64.StdEncoding.AppendEncode([]byte(filePrefix), key), '\n')
	defer clear(line)
	clear(key)
	err := writeNew(f.path, line)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// maxPrivate bounds the files that readPrivate reads, in bytes.
const maxPrivate = 4096

// readPrivate reads a small file that nobody but its owner may touch.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, fmt.Errorf("%s has mode %#o: others than its owner may use it; expected 0600", path, perm)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxPrivate+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxPrivate {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxPrivate)
	}
	return data, nil
}

// writeNew makes a file with mode 0600 that is complete and on disk from the moment it has its name. It fails with
// fs.ErrExist if there is a file of that name.
func writeNew(path string, data []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
