package control

import (
	"context"
	"sync"

	"github.com/keyhold/keyhold"
)

// locks lets the calls for one tenant take turns.
type locks struct {
	mu   sync.Mutex // guards held; not held while waiting
	held map[keyhold.TenantID]chan struct{}
}

// lock waits for its turn or the end of ctx.
func (l *locks) lock(ctx context.Context, id keyhold.TenantID) (unlock func(), err error) {
	for {
		l.mu.Lock()
		busy, ok := l.held[id]
		if !ok {
			l.held[id] = make(chan struct{})
			l.mu.Unlock()
			return func() { l.unlock(id) }, nil
		}
		l.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (l *locks) unlock(id keyhold.TenantID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.held[id])
	delete(l.held, id)
}
