//go:build !race

package sigv4

import "testing"

// The race detector makes pools forget at random.
func TestAllocations(t *testing.T) {
	r, body := encryptRequest(t, 1500)
	keys := NewKeys(testSecret)
	got := testing.AllocsPerRun(100, func() {
		if err := accept(r, body, keys); err != nil {
			t.Fatal(err)
		}
	})
	if got > 2 { // the Signature, and what a garbage collection may have emptied
		t.Errorf("%v allocations", got)
	}
}
