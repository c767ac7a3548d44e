package iam

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
)

// Prefixes of the unique ids that AWS gives to principals, policies and keys.
const (
	roleID      = "AROA"
	userID      = "AIDA"
	groupID     = "AGPA"
	policyID    = "ANPA"
	accessKeyID = "AKIA"
)

// newID makes a unique id of n characters, all of them random after the prefix. An id is never given twice: 16
// characters hold 80 bits.
func newID(prefix string, n int) string {
	b := make([]byte, n) // more than enough: 5 bits a character
	_, _ = rand.Read(b)  // never fails
	return prefix + base32.StdEncoding.EncodeToString(b)[:n-len(prefix)]
}

// newSecretKey makes a secret access key: 40 characters, 240 random bits.
func newSecretKey() string {
	var b [30]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.StdEncoding.EncodeToString(b[:])
}
