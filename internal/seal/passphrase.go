package seal

import (
	"bytes"
	"context"
	"crypto/fips140"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/crypto/argon2"
)

// Passphrase protects the root key with a passphrase. The file at path, which is made when nothing is sealed yet,
// holds the root key, sealed under a key that Argon2id makes of the passphrase, with the cost and the salt. The passphrase
// is copied.
func Passphrase(phrase []byte, path string) Source {
	own := bytes.Clone(phrase)
	return passphrase{phrase: func() []byte { return own }, path: path}
}

type passphrase struct {
	redacted
	phrase func() []byte // a function, since fmt shows no more of it than its address
	path   string
}

// passphraseFile is the content of the file beside the data.
type passphraseFile struct {
	Version int    `json:"version"` // 1
	Salt    []byte `json:"salt"`
	Time    uint32 `json:"time"`      // passes
	Memory  uint32 `json:"memoryKiB"` // KiB
	Threads uint8  `json:"threads"`
	Sealed  []byte `json:"sealed"` // the root key, as Root.Seal gives it
}

const (
	// The second recommended option of RFC 9106, section 4.
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 4
	// A file that asks for more is not ours.
	maxArgonTime   = 1 << 10
	maxArgonMemory = 4 << 20 // KiB

	passphrasePurpose = "root key under passphrase"
)

var errArgonFIPS = errors.New("a passphrase cannot unlock the root key in FIPS 140-3 only mode: Argon2id is not approved")

func (p passphrase) Unlock(_ context.Context, fresh bool) (*Root, error) {
	if fips140.Enforced() {
		return nil, errArgonFIPS
	}
	if len(p.phrase()) == 0 {
		return nil, errors.New("the passphrase is empty")
	}
	data, err := readPrivate(p.path)
	if errors.Is(err, fs.ErrNotExist) && fresh {
		if err := p.create(); err != nil {
			return nil, err
		}
		data, err = readPrivate(p.path)
	}
	if err != nil {
		return nil, err
	}
	var f passphraseFile
	if err := json.Unmarshal(data, &f); err != nil || !f.valid() {
		return nil, fmt.Errorf("%s is not a passphrase file", p.path)
	}
	return p.open(&f)
}

// open unseals the root key. A passphrase that does not is the wrong one, or the file was altered.
func (p passphrase) open(f *passphraseFile) (*Root, error) {
	kek, err := p.stretch(f)
	if err != nil {
		return nil, err
	}
	defer kek.Wipe()
	key, err := kek.Open(passphrasePurpose, f.Sealed, nil)
	if errors.Is(err, ErrAuthentication) {
		return nil, fmt.Errorf("the passphrase does not open %s: %w", p.path, ErrWrongKey)
	}
	if err != nil {
		return nil, err
	}
	return NewRoot(key)
}

// create makes a new root key and its file. If another process is faster, its file stays.
func (p passphrase) create() error {
	f := passphraseFile{Version: 1, Salt: make([]byte, saltSize), Time: argonTime, Memory: argonMemory, Threads: argonThreads}
	_, _ = rand.Read(f.Salt) // never fails
	kek, err := p.stretch(&f)
	if err != nil {
		return err
	}
	defer kek.Wipe()
	key := make([]byte, KeySize)
	_, _ = rand.Read(key)
	defer clear(key)
	if f.Sealed, err = kek.Seal(passphrasePurpose, key, nil); err != nil {
		return err
	}
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := writeNew(p.path, append(data, '\n')); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// stretch makes the key that the root key is sealed under.
func (p passphrase) stretch(f *passphraseFile) (*Root, error) {
	return NewRoot(argon2.IDKey(p.phrase(), f.Salt, f.Time, f.Memory, f.Threads, KeySize))
}

func (f *passphraseFile) valid() bool {
	return f.Version == 1 && len(f.Salt) == saltSize && f.Threads > 0 &&
		f.Time > 0 && f.Time <= maxArgonTime && f.Memory > 0 && f.Memory <= maxArgonMemory
}
