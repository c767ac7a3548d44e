package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/keyhold/keyhold/internal/store"
)

// localFile is the name, in the data directory, of the file that tells client commands where the server is and who its
// local administrator is. The server holds a lock on it while it runs. Mode 0600.
const localFile = "local.json"

// Local is what client commands on the same machine need to know of a server.
type Local struct {
	Endpoint       string    `json:"endpoint"` // URL of the AWS endpoint
	API            string    `json:"api"`      // URL of the /v1 API
	Region         string    `json:"region"`
	CentralAccount string    `json:"centralAccount"`
	ServiceAccount string    `json:"serviceAccount"`
	PID            int       `json:"pid"`
	Started        time.Time `json:"started"`
	Admin          AdminKey  `json:"admin"`
}

// AdminKey is the long-term access key of the local administrator.
type AdminKey struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

// Format implements fmt.Formatter, so that no verb prints the secret.
func (k AdminKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.AccessKeyID+":[redacted]") }

// ReadLocal reads what the server that runs, or last ran, on a data directory left for client commands.
func ReadLocal(data string) (*Local, error) {
	b, err := os.ReadFile(filepath.Join(data, localFile))
	if errors.Is(err, os.ErrNotExist) || err == nil && len(b) == 0 { // made by a start that came to nothing
		return nil, fmt.Errorf("no Keyhold server has run on %s: start one with 'keyhold serve', or name its directory with --data", data)
	}
	if err != nil {
		return nil, err
	}
	l := new(Local)
	if err := json.Unmarshal(b, l); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", filepath.Join(data, localFile), err)
	}
	return l, nil
}

// localLock is the held lock on a data directory.
type localLock struct {
	f      *os.File
	remove bool
}

// lockLocal takes the data directory for this process. The error names who holds it (store.ErrLocked).
func lockLocal(data string, memory bool) (*localLock, error) {
	if err := makeData(data); err != nil {
		return nil, err
	}
	for {
		// A link could have the credentials written over another file.
		f, err := os.OpenFile(filepath.Join(data, localFile), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			return nil, errors.Join(held(data), f.Close())
		}
		if !current(f) {
			_ = f.Close() // its last holder took it away before it was locked here
			continue
		}
		if err := f.Chmod(0o600); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return &localLock{f: f, remove: memory}, nil
	}
}

// makeData makes the data directory. One where every user of the machine may put files is refused: they could have left a
// store there of their own.
func makeData(data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(data)
	if err != nil {
		return err
	}
	if perm := info.Mode().Perm(); perm&0o002 != 0 {
		return fmt.Errorf("the data directory %s has mode %#o: every user of this machine may write to it; name a directory of its own, such as %s",
			data, perm, filepath.Join(data, "keyhold"))
	}
	return nil
}

// held says who holds a data directory.
func held(data string) error {
	l, err := ReadLocal(data)
	if err != nil {
		return fmt.Errorf("%w: %s", store.ErrLocked, data)
	}
	return fmt.Errorf("%w: process %d has served %s since %s (AWS endpoint %s)",
		store.ErrLocked, l.PID, data, l.Started.Local().Format(time.DateTime), l.Endpoint)
}

// current tells whether the file is still the one of its name.
func current(f *os.File) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(f.Name())
	return err == nil && os.SameFile(open, named)
}

// write replaces the file's contents. It writes in place, because the lock is on this very file.
func (l *localLock) write(local *Local) error {
	b, err := json.MarshalIndent(local, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if _, err := l.f.WriteAt(b, 0); err != nil {
		return err
	}
	return l.f.Truncate(int64(len(b)))
}

// release gives the directory free. The file of a server in memory goes with it: what it tells is true no more.
func (l *localLock) release() error {
	if l.remove {
		if err := os.Remove(l.f.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
			return errors.Join(err, l.f.Close())
		}
	}
	return l.f.Close()
}
