package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"strings"
	"sync"
	"sync/atomic"
)

const keySlots = 8 // scopes that a credential uses at a time: services times regions, and two days around midnight

// Keys verifies with one secret access key. It remembers the signing keys derived for the last few scopes, each with its
// HMAC prepared, so that a request costs one HMAC of a short text. It is safe for concurrent use and takes no lock. It
// belongs in the credential, so that it goes when the credential goes.
type Keys struct {
	secret string
	slots  [keySlots]atomic.Pointer[signingKey]
	next   atomic.Uint32 // slot to overwrite
}

// NewKeys returns the keys of a secret access key.
func NewKeys(secret string) *Keys { return &Keys{secret: secret} }

// Format prints nothing of the secret.
func (k *Keys) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// String returns a fixed text.
func (k *Keys) String() string { return "sigv4.Keys(redacted)" }

// find returns the key of a scope. A key that was derived just now is not kept: see keep.
func (k *Keys) find(s *Signature) (key *signingKey, kept bool) {
	for i := range k.slots {
		if key := k.slots[i].Load(); key != nil && key.scope == s.scope {
			return key, true
		}
	}
	return newSigningKey(k.secret, s), false
}

// keep remembers a key. It is called once a signature was right, so that a stranger cannot crowd out the keys in use by
// claiming scopes.
func (k *Keys) keep(key *signingKey) {
	k.slots[(k.next.Add(1)-1)%keySlots].Store(key)
}

// signingKey signs for one date, region and service.
type signingKey struct {
	scope string
	macs  sync.Pool // of hash.Hash: HMACs whose state is that after the key
}

func newSigningKey(secret string, s *Signature) *signingKey {
	key := []byte("AWS4" + secret)
	for _, part := range [...]string{s.Date, s.Region, s.Service, terminator} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return &signingKey{
		scope: strings.Clone(s.scope), // the scope of a request would keep its headers alive
		macs: sync.Pool{New: func() any {
			mac := hmac.New(sha256.New, key)
			mac.Reset() // makes it remember the state after the key
			return mac
		}},
	}
}

// appendMAC appends the HMAC of text.
func (key *signingKey) appendMAC(dst, text []byte) []byte {
	mac := key.macs.Get().(hash.Hash)
	mac.Write(text)
	dst = mac.Sum(dst)
	mac.Reset()
	key.macs.Put(mac)
	return dst
}
