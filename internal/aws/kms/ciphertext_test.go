package kms

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

func TestCiphertextHeader(t *testing.T) {
	for _, h := range []header{
		{"111122223333", "1234abcd-12ab-34cd-56ef-1234567890ab", 1},
		{"000000000000", "mrk-1234567812341234123412345678901a", 1<<32 - 1},
	} {
		head := h.append(nil)
		blob := append(slices.Clone(head), "body"...)
		got, gotHead, body, ok := parseCiphertext(blob)
		if !ok || got != h || !bytes.Equal(gotHead, head) || string(body) != "body" {
			t.Errorf("%v: got %v %x %q %v", h, got, gotHead, body, ok)
		}
	}
}

func TestCiphertextMalformed(t *testing.T) {
	good := header{"111122223333", "1234abcd-12ab-34cd-56ef-1234567890ab", 1}.append(nil)
	change := func(at int, b byte) []byte {
		blob := bytes.Clone(good)
		blob[at] = b
		return blob
	}
	for name, blob := range map[string][]byte{
		"empty":             nil,
		"other version":     change(0, 2),
		"other algorithm":   change(1, 2),
		"account":           change(5, 'a'),
		"id shorter":        change(14, 35),
		"id longer":         change(14, 200),
		"id of other form":  change(15, '/'),
		"material 0":        change(len(good)-1, 0),
		"another's format":  []byte("AQICAHhSomething that AWS made, which begins otherwise"),
		"cut in the header": good[:len(good)-1],
	} {
		if h, _, _, ok := parseCiphertext(blob); ok {
			t.Errorf("%s: taken for %v", name, h)
		}
	}
}

// No two encryption contexts have one form.
func TestContextIsUnambiguous(t *testing.T) {
	seen := map[string]map[string]string{}
	for _, c := range []map[string]string{
		nil, {"": ""}, {"a": ""}, {"": "a"}, {"a": "b"}, {"ab": ""}, {"": "ab"}, {"a": "b", "c": "d"}, {"a": "bcd"}, {"a": "b", "cd": ""},
		{"a": "d", "c": "b"}, {"A": "b"},
	} {
		form := string(appendContext(nil, c))
		if other, ok := seen[form]; ok {
			t.Errorf("%v and %v have one form", c, other)
		}
		seen[form] = c
	}
	many := map[string]string{}
	for i := range 20 {
		many[strings.Repeat("k", i)] = "v"
	}
	first := appendContext(nil, many)
	for range 20 {
		if !bytes.Equal(appendContext(nil, many), first) {
			t.Fatal("the form depends on the order of the map")
		}
	}
	want := "0000000200000007" + hex.EncodeToString([]byte("purpose")) + "00000007" + hex.EncodeToString([]byte("invoice")) +
		"00000006" + hex.EncodeToString([]byte("tenant")) + "00000004" + hex.EncodeToString([]byte("acme"))
	if got := hex.EncodeToString(appendContext(nil, map[string]string{"tenant": "acme", "purpose": "invoice"})); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzCiphertext(f *testing.F) {
	f.Add(header{"111122223333", "1234abcd-12ab-34cd-56ef-1234567890ab", 7}.append(nil))
	f.Add([]byte{1, 1})
	f.Fuzz(func(t *testing.T, blob []byte) {
		h, head, body, ok := parseCiphertext(blob)
		if !ok {
			return
		}
		if !bytes.Equal(h.append(nil), head) {
			t.Errorf("%v is not written as it was read: %x", h, head)
		}
		if !bytes.Equal(slices.Concat(head, body), blob) {
			t.Errorf("parts do not make the whole: %x", blob)
		}
	})
}
