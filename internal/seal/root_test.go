package seal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func testRoot(t testing.TB) *Root {
	t.Helper()
	r, err := NewRoot(sequence(0, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Values made with Python's cryptography package after the format in the documentation: they must open for ever.
const (
	goldenSealed   = "01404142434445464748494a4b4c4d4e4f606162636465666768696a6b4cd3d705084db2d05e732d615b57e78fec8d701ec687d57862"
	goldenWrapped  = "01404142434445464748494a4b4c4d4e4f606162636465666768696a6b9ff0474b5cf2e7dc334e2483c78470a773ace5418d63ca2d47c3ea016ec85503d22a7c9cc000f4894b1abf5ce964522c"
	goldenMaterial = "404142434445464748494a4b4c4d4e4f606162636465666768696a6b3739d7c3122609c163389709e6e1b43390f85a090b2ba08bc6"
	goldenMAC      = "05590c2c5afe9209f7f3d99ccf69c2bb0189a2539f380eafcc689c005086c25d"
)

func TestGolden(t *testing.T) {
	r := testRoot(t)
	got, err := r.Open("purpose", unhex(t, goldenSealed), []byte("aad"))
	if err != nil || string(got) != "plaintext" {
		t.Errorf("Open: %q, %v", got, err)
	}
	m, err := r.OpenMaterial(unhex(t, goldenWrapped), []byte("key 1"))
	if err != nil {
		t.Fatal(err)
	}
	got, err = m.Decrypt(nil, unhex(t, goldenMaterial), []byte("aad"))
	if err != nil || string(got) != "plaintext" {
		t.Errorf("Decrypt: %q, %v", got, err)
	}
	sum, err := r.MAC("purpose", []byte("a"), nil, []byte("bc"))
	if err != nil || hex.EncodeToString(sum[:]) != goldenMAC {
		t.Errorf("MAC: %x, %v", sum, err)
	}
}

func TestSealOpens(t *testing.T) {
	r := testRoot(t)
	for _, n := range []int{0, 1, 15, 16, 17, 4096} {
		plain := sequence(3, n)
		sealed, err := r.Seal("p", plain, []byte("a"))
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != 1+n+Overhead {
			t.Errorf("%d bytes sealed to %d", n, len(sealed))
		}
		got, err := r.Open("p", sealed, []byte("a"))
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: got %x, %v", n, got, err)
		}
	}
}

func TestSealTampered(t *testing.T) {
	r := testRoot(t)
	sealed, err := r.Seal("purpose", []byte("plaintext"), []byte("aad"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if _, err := r.Open("purpose", altered, []byte("aad")); !errors.Is(err, ErrAuthentication) {
			t.Errorf("byte %d altered: %v", i, err)
		}
		if _, err := r.Open("purpose", sealed[:i], []byte("aad")); !errors.Is(err, ErrAuthentication) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
	other := Generate()
	for name, open := range map[string]func() ([]byte, error){
		"other purpose":  func() ([]byte, error) { return r.Open("purpos", sealed, []byte("aad")) },
		"other aad":      func() ([]byte, error) { return r.Open("purpose", sealed, []byte("aae")) },
		"no aad":         func() ([]byte, error) { return r.Open("purpose", sealed, nil) },
		"longer":         func() ([]byte, error) { return r.Open("purpose", append(bytes.Clone(sealed), 0), []byte("aad")) },
		"other root key": func() ([]byte, error) { return other.Open("purpose", sealed, []byte("aad")) },
	} {
		if _, err := open(); !errors.Is(err, ErrAuthentication) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSealIsRandom(t *testing.T) {
	r := testRoot(t)
	a, _ := r.Seal("p", []byte("x"), nil)
	b, _ := r.Seal("p", []byte("x"), nil)
	if bytes.Equal(a[1:1+saltSize], b[1:1+saltSize]) || bytes.Equal(a[1+saltSize:], b[1+saltSize:]) {
		t.Error("two messages share salt or nonce")
	}
}

func TestMACPartsAreUnambiguous(t *testing.T) {
	r := testRoot(t)
	seen := map[[32]byte]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}} {
		var raw [][]byte
		for _, p := range parts {
			raw = append(raw, []byte(p))
		}
		for _, purpose := range []string{"x", "y"} {
			sum, err := r.MAC(purpose, raw...)
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("%s %q", purpose, parts)
			if before, ok := seen[sum]; ok {
				t.Errorf("%s and %s give one MAC", before, name)
			}
			seen[sum] = name
		}
	}
}

func TestVerify(t *testing.T) {
	r := testRoot(t)
	check, err := r.Check()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(check); err != nil {
		t.Errorf("own check: %v", err)
	}
	if err := Generate().Verify(check); !errors.Is(err, ErrWrongKey) {
		t.Errorf("other key: %v", err)
	}
	if err := r.Verify(check[:20]); !errors.Is(err, ErrWrongKey) {
		t.Errorf("cut check: %v", err)
	}
}

func TestWipe(t *testing.T) {
	r := testRoot(t)
	sealed, _ := r.Seal("p", []byte("x"), nil)
	r.Wipe()
	r.Wipe()
	if *r.key != [KeySize]byte{} {
		t.Error("the key is still there")
	}
	if _, err := r.Seal("p", nil, nil); !errors.Is(err, ErrWiped) {
		t.Errorf("Seal: %v", err)
	}
	if _, err := r.Open("p", sealed, nil); !errors.Is(err, ErrWiped) {
		t.Errorf("Open: %v", err)
	}
	if _, err := r.MAC("p"); !errors.Is(err, ErrWiped) {
		t.Errorf("MAC: %v", err)
	}
	if err := r.Verify(sealed); !errors.Is(err, ErrWiped) {
		t.Errorf("Verify: %v", err)
	}
}

func TestNewRootTakesTheKey(t *testing.T) {
	key := sequence(1, KeySize)
	if _, err := NewRoot(key); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(key, make([]byte, KeySize)) {
		t.Error("the caller's copy is still there")
	}
	if _, err := NewRoot(make([]byte, 31)); err == nil {
		t.Error("a key of 31 bytes was taken")
	}
}

// Nothing that holds a secret may print it, nested or not, under any verb.
func TestRedacted(t *testing.T) {
	text := strings.Repeat("S", KeySize)
	root, err := NewRoot([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMaterial([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	source := Passphrase([]byte(text), "path")
	for _, v := range []any{
		root, m, source, *m, struct{ R *Root }{root}, struct{ m *Material }{m}, struct{ s Source }{source},
		struct{ r Root }{*root}, struct{ m Material }{*m}, struct{ s *secret }{root.secret}, []any{root, m, source},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			leaks(t, text, fmt.Sprintf(verb, v))
		}
		doc, err := json.Marshal(v)
		if err != nil {
			t.Errorf("%T: %v", v, err)
		}
		leaks(t, text, string(doc))
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		leaks(t, text, log.String())
	}
}

func leaks(t *testing.T, secret, text string) {
	t.Helper()
	for _, form := range []string{secret[:8], hex.EncodeToString([]byte(secret[:8])), "83 83 83", "U1NT", "0x53, 0x53"} {
		if strings.Contains(text, form) {
			t.Errorf("secret in %q", text)
		}
	}
}
