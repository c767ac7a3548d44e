package sigv4

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

func scoped(region string) *Signature {
	s := &Signature{timestamp: "20150830T123600Z"}
	if err := s.setCredential("AKIDEXAMPLE/20150830/" + region + "/iam/aws4_request"); err != nil {
		panic(err)
	}
	return s
}

// TestSigningKey is the worked example of AWS's guide to Signature Version 4.
func TestSigningKey(t *testing.T) {
	key := newSigningKey(testSecret, scoped("us-east-1"))
	const text = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n" +
		"f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
	const want = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
	for range 3 { // the third time with a state that was restored
		if got := hex.EncodeToString(key.appendMAC(nil, []byte(text))); got != want {
			t.Fatal(got)
		}
	}
}

func TestKeysAreBounded(t *testing.T) {
	keys := NewKeys(testSecret)
	for i := range 3 * keySlots {
		key, kept := keys.find(scoped(fmt.Sprint("us-east-", i)))
		if kept {
			t.Fatalf("key %d was there before", i)
		}
		keys.keep(key)
	}
	for i := range 3 * keySlots {
		if _, kept := keys.find(scoped(fmt.Sprint("us-east-", i))); kept != (i >= 2*keySlots) {
			t.Errorf("key %d: kept %v", i, kept)
		}
	}
}

// TestStrangersKeepNoKeys has wrong signatures try to crowd out the key in use.
func TestStrangersKeepNoKeys(t *testing.T) {
	keys := NewKeys(testSecret)
	r, body := encryptRequest(t, 10)
	if err := accept(r, body, keys); err != nil {
		t.Fatal(err)
	}
	auth := r.Header.Get("Authorization")
	for i := range 2 * keySlots {
		r.Header.Set("Authorization", strings.Replace(auth, "us-east-1", fmt.Sprint("eu-west-", i), 1))
		if err := accept(r, body, keys); err == nil {
			t.Fatal("accepted")
		}
	}
	s, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	s.scope = "20150830/us-east-1/kms/aws4_request"
	if _, kept := keys.find(s); !kept {
		t.Error("the key is gone")
	}
}

func TestNothingSecretIsPrinted(t *testing.T) {
	r, _ := encryptRequest(t, 10)
	s, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	holder := struct{ Keys *Keys }{NewKeys(testSecret)}
	var log strings.Builder
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("", "keys", holder.Keys, "signature", s, "value", *s)
	printed := log.String() + holder.Keys.String() + s.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed += fmt.Sprintf(verb+verb+verb+verb, holder.Keys, holder, s, *s)
	}
	for _, secret := range []string{testSecret, hex.EncodeToString([]byte(testSecret)), "tttttttttt", s.signature} {
		if strings.Contains(printed, secret) {
			t.Errorf("%q is in\n%s", secret, printed)
		}
	}
}

func TestConcurrent(t *testing.T) {
	keys := NewKeys(testSecret)
	r, body := encryptRequest(t, 500)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				if err := accept(r, body, keys); err != nil {
					t.Error(err)
					return
				}
				other := body[1:]
				if err := accept(r, other, keys); err == nil {
					t.Error("another body is accepted")
					return
				}
			}
		})
	}
	group.Wait()
}
