package optimistic

import (
	"context"
	"sync"

	"github.com/keyhold/keyhold/internal/store"
)

// commit is a change set on its way to the disk. Commits become durable in the order in which they are applied.
type commit struct {
	durable func() error  // waits for the disk; called by who made the commit
	done    chan struct{} // closed once the outcome is known
	err     error         // why it is not durable; read after done
}

// finish waits until the commit is durable and tells those that saw it.
func (c *commit) finish() error {
	c.err = c.durable()
	close(c.done)
	return c.err
}

// settle returns err, the outcome of a transaction that may have seen c, as soon as c is durable. The outcome counts
// even if it is an error: "exists already" must not be said of what a power cut takes away. A nil commit was not seen.
func (c *commit) settle(ctx context.Context, err error) error {
	if c == nil {
		return err
	}
	select {
	case <-c.done:
	default:
		select {
		case <-c.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if c.err != nil {
		return c.err
	}
	return err
}

// gate lets transactions in until it is closed, and waits for those inside.
type gate struct {
	mu     sync.Mutex
	closed bool // guarded by mu
	inside sync.WaitGroup
}

func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return store.ErrClosed
	}
	g.inside.Add(1)
	return nil
}

func (g *gate) leave() { g.inside.Done() }

func (g *gate) close() error {
	g.mu.Lock()
	closed := g.closed
	g.closed = true
	g.mu.Unlock()
	if closed {
		return store.ErrClosed
	}
	g.inside.Wait()
	return nil
}
