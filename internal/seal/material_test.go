package seal

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

func testMaterial(t testing.TB) (*Material, []byte) {
	t.Helper()
	m, wrapped, err := testRoot(t).NewMaterial([]byte("key 1"))
	if err != nil {
		t.Fatal(err)
	}
	return m, wrapped
}

func TestMaterialOpensWhatItsWrappedFormSealed(t *testing.T) {
	m, wrapped := testMaterial(t)
	sealed, err := m.Encrypt([]byte("head"), []byte("plaintext"), []byte("aad"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(sealed, []byte("head")) || len(sealed) != 4+9+Overhead {
		t.Errorf("not appended: %x", sealed)
	}
	again, err := testRoot(t).OpenMaterial(wrapped, []byte("key 1"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := again.Decrypt([]byte("dst"), sealed[4:], []byte("aad"))
	if err != nil || string(got) != "dstplaintext" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestMaterialTampered(t *testing.T) {
	m, wrapped := testMaterial(t)
	sealed, err := m.Encrypt(nil, []byte("plaintext"), []byte("aad"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 0x80
		if _, err := m.Decrypt(nil, altered, []byte("aad")); !errors.Is(err, ErrAuthentication) {
			t.Errorf("byte %d altered: %v", i, err)
		}
		if _, err := m.Decrypt(nil, sealed[:i], []byte("aad")); !errors.Is(err, ErrAuthentication) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
	other, _ := testMaterial(t)
	if _, err := other.Decrypt(nil, sealed, []byte("aad")); !errors.Is(err, ErrAuthentication) {
		t.Errorf("other material: %v", err)
	}
	if _, err := testRoot(t).OpenMaterial(wrapped, []byte("key 2")); !errors.Is(err, ErrAuthentication) {
		t.Errorf("material of another key: %v", err)
	}
	if _, err := Generate().OpenMaterial(wrapped, []byte("key 1")); !errors.Is(err, ErrAuthentication) {
		t.Errorf("material under another root key: %v", err)
	}
}

// A secret of the right length, sealed for something else, must not become material.
func TestMaterialIsNotASealedSecret(t *testing.T) {
	r := testRoot(t)
	sealed, err := r.Seal("iam secret", sequence(0, KeySize), []byte("key 1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.OpenMaterial(sealed, []byte("key 1")); !errors.Is(err, ErrAuthentication) {
		t.Errorf("got %v", err)
	}
}

// Wiping while others encrypt: each call either works under the real key or says that the key was wiped.
func TestMaterialWipeWhileInUse(t *testing.T) {
	m, wrapped := testMaterial(t)
	reference, err := testRoot(t).OpenMaterial(wrapped, []byte("key 1"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	started := make(chan struct{}, 4)
	for range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				sealed, err := m.Encrypt(nil, []byte("plaintext"), nil)
				if i == 0 {
					started <- struct{}{}
				}
				if errors.Is(err, ErrWiped) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := reference.Decrypt(nil, sealed, nil); err != nil {
					t.Errorf("sealed under a wiped key: %v", err)
					return
				}
			}
		})
	}
	for range 4 {
		<-started
	}
	m.Wipe()
	wg.Wait()
	if *m.secret.key != [KeySize]byte{} {
		t.Error("the key is still there")
	}
}

// A material that was dropped is wiped by the collector.
func TestMaterialDropped(t *testing.T) {
	s := func() *secret {
		m, _ := testMaterial(t)
		return m.secret
	}()
	for range 1000 {
		runtime.GC()
		s.mu.RLock()
		wiped := s.wiped
		s.mu.RUnlock()
		if wiped {
			return
		}
	}
	t.Error("never wiped")
}

func FuzzDecrypt(f *testing.F) {
	m, err := testRoot(f).OpenMaterial(unhex(f, goldenWrapped), []byte("key 1"))
	if err != nil {
		f.Fatal(err)
	}
	sealed := unhex(f, goldenMaterial)
	f.Add(sealed, []byte("aad"))
	f.Add(sealed[:Overhead-1], []byte{})
	f.Fuzz(func(t *testing.T, in, aad []byte) {
		got, err := m.Decrypt(nil, in, aad)
		genuine := bytes.Equal(in, sealed) && string(aad) == "aad"
		if genuine != (err == nil) || genuine && string(got) != "plaintext" {
			t.Errorf("%x with %x: %q, %v", in, aad, got, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	r := testRoot(f)
	sealed := unhex(f, goldenSealed)
	f.Add("purpose", sealed, []byte("aad"))
	f.Add("", []byte{version}, []byte{})
	f.Fuzz(func(t *testing.T, purpose string, in, aad []byte) {
		_, err := r.Open(purpose, in, aad)
		genuine := purpose == "purpose" && bytes.Equal(in, sealed) && string(aad) == "aad"
		if genuine != (err == nil) {
			t.Errorf("%q %x with %x: %v", purpose, in, aad, err)
		}
	})
}

func BenchmarkMaterial(b *testing.B) {
	m, _ := testMaterial(b)
	for _, n := range []int{32, 256, 1024, 4096} {
		plain := make([]byte, n)
		sealed, err := m.Encrypt(nil, plain, nil)
		if err != nil {
			b.Fatal(err)
		}
		dst := make([]byte, 0, len(sealed))
		b.Run(fmt.Sprintf("Encrypt/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(n))
			for b.Loop() {
				if _, err := m.Encrypt(dst, plain, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("Decrypt/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(n))
			for b.Loop() {
				if _, err := m.Decrypt(dst, sealed, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
