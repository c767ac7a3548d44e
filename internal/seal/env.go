package seal

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
)

// Env takes the root key from an environment variable: 32 bytes in hexadecimal or base64. It never makes one.
func Env(name string) Source { return env{name: name} }

type env struct {
	redacted
	name string
}

func (e env) Unlock(context.Context, bool) (*Root, error) {
	value := os.Getenv(e.name)
	if value == "" {
		return nil, fmt.Errorf("environment variable %s is not set", e.name)
	}
	key, err := hex.DecodeString(value)
	if err != nil {
		key, err = base64.StdEncoding.DecodeString(value)
	}
	if err != nil || len(key) != KeySize {
		return nil, fmt.Errorf("environment variable %s does not hold %d bytes in hexadecimal or base64", e.name, KeySize)
	}
	return NewRoot(key)
}
