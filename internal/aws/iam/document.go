package iam

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/keyhold/keyhold/policy"
)

const (
	trustQuota   = 2048 // characters of a trust policy
	managedQuota = 6144 // characters of a managed policy
)

// checkDocument refuses what is not a policy of the kind.
func checkDocument(k policy.Kind, document string) error {
	_, err := policy.Parse(k, document)
	return malformed(err)
}

// checkTrust refuses what is not a trust policy or is too large.
func checkTrust(document string) error {
	if err := checkDocument(policy.Trust, document); err != nil {
		return err
	}
	if size(document) > trustQuota {
		return quotaExceeded("ACLSizePerRole", trustQuota)
	}
	return nil
}

// size is a document's size as AWS counts it: its characters without white space.
func size(document string) int {
	n := utf8.RuneCountInString(document)
	for i := range len(document) {
		switch document[i] {
		case ' ', '\t', '\n', '\r':
			n--
		}
	}
	return n
}

// escape writes a document as IAM's answers do: percent-encoded after RFC 3986.
func escape(document string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(document) * 3 / 2)
	for i := range len(document) {
		if d := document[i]; unreserved(d) {
			b.WriteByte(d)
		} else {
			b.Write([]byte{'%', hex[d>>4], hex[d&15]})
		}
	}
	return b.String()
}

func unreserved(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("-._~", b) >= 0
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// compareFolded orders names without regard to case.
func compareFolded(a, b string) int { return strings.Compare(fold(a), fold(b)) }
