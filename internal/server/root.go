package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/keyhold/keyhold/internal/seal"
)

// rootKeyEnv is the environment variable of RootKeyEnv.
const rootKeyEnv = "KEYHOLD_ROOT_KEY"

// rootSource is where the configured root key comes from.
func (c Config) rootSource() seal.Source {
	switch c.RootKey {
	case RootKeyEnv:
		return seal.Env(rootKeyEnv)
	case RootKeyPassphrase:
		return seal.Passphrase([]byte(c.Passphrase.Reveal()), filepath.Join(c.Data, "root.passphrase"))
	}
	return seal.File(filepath.Join(c.Data, "root.key"))
}

// unlock gets the root key and holds it against the sealed check value that the first start left in the store, so that a
// wrong key is refused before it can be used. State in memory has a key in memory.
func (s *Server) unlock(ctx context.Context) (*seal.Root, error) {
	if s.cfg.Memory {
		return seal.Generate(), nil
	}
	check, err := s.meta(ctx, "seal")
	if err != nil {
		return nil, err
	}
	var known []byte
	if check != "" {
		known = []byte(check)
	}
	root, made, err := seal.Unlock(ctx, s.cfg.rootSource(), known)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: the data in %s are sealed under this key; put it back, or name its source with --root-key", err, s.cfg.Data)
	}
	if err != nil {
		return nil, err
	}
	if check == "" {
		return root, s.setMeta(ctx, "seal", string(made))
	}
	return root, nil
}
