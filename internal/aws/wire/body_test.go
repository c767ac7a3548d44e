package wire

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/sync/semaphore"
)

// TestLargeBodiesAreBounded shows that small bodies need nothing, that large ones together hold no more than there is, and
// that what they held is given back.
func TestLargeBodiesAreBounded(t *testing.T) {
	large := semaphore.NewWeighted(1 << 20)
	fill := func(n int) (*buffer, error) {
		b := newBuffer(large)
		return b, b.fill(bytes.NewReader(make([]byte, n)))
	}
	var held []*buffer
	for {
		b, err := fill(200 << 10)
		held = append(held, b)
		if errors.Is(err, errBusy) {
			break
		}
		if err != nil || len(held) > 10 {
			t.Fatalf("%d bodies: %v", len(held), err)
		}
	}
	if len(held) < 3 {
		t.Errorf("only %d bodies had room", len(held))
	}
	if small, err := fill(smallBody - 1); err != nil {
		t.Errorf("a small body: %v", err)
	} else {
		small.release()
	}
	for _, b := range held {
		b.release()
	}
	if !large.TryAcquire(1 << 20) {
		t.Error("something was not given back")
	}
}
