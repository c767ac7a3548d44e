package audit

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	kmsapi "github.com/keyhold/keyhold/internal/aws/api/kms"
)

// TestMemoryIsBounded keeps records as long as callers like to make them: the newest, as far as they fit.
func TestMemoryIsBounded(t *testing.T) {
	m := NewMemory(1000, encoder(t))
	long := strings.Repeat("a", 1<<20)
	const count = 100
	for i := range count {
		e := event(i)
		e.In.(*kmsapi.EncryptInput).EncryptionContext = map[string]string{"long": long}
		if err := m.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	size, kept := 0, m.Records()
	for i, r := range kept {
		size += len(r)
		if want := fmt.Sprintf(`"requestID":"r-%d"`, count-len(kept)+i); !bytes.Contains(r, []byte(want)) {
			t.Errorf("record %d is not %s", i, want)
		}
	}
	if size > maxMemory || len(kept) < 10 {
		t.Errorf("%d records of %d bytes are kept", len(kept), size)
	}
}
