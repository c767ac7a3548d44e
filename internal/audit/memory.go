package audit

import (
	"context"
	"sync"

	"github.com/keyhold/keyhold/internal/aws"
)

// maxMemory bounds the records of a Memory, in bytes: callers choose how long theirs are.
const maxMemory = 32 << 20

// Memory is an audit trail that keeps its newest records in memory, of which it uses at most 32 MiB. It implements
// aws.Auditor.
type Memory struct {
	encode Encoder

	mu      sync.Mutex // guards what follows
	records [][]byte   // a ring
	next    int
	bytes   int // that the records take up
}

// NewMemory keeps the newest max records.
func NewMemory(max int, encode Encoder) *Memory {
	return &Memory{encode: encode, records: make([][]byte, max)}
}

// Record implements aws.Auditor.
func (m *Memory) Record(_ context.Context, e *aws.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bytes -= cap(m.records[m.next])
	m.records[m.next] = m.encode.Append(m.records[m.next][:0], e)
	m.bytes += cap(m.records[m.next])
	m.next = (m.next + 1) % len(m.records)
	for oldest := m.next; m.bytes > maxMemory; oldest = (oldest + 1) % len(m.records) {
		m.bytes -= cap(m.records[oldest])
		m.records[oldest] = nil
	}
	return nil
}

// Records are copies of the records that are kept, oldest first.
func (m *Memory) Records() [][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all [][]byte
	for i := range m.records {
		if r := m.records[(m.next+i)%len(m.records)]; len(r) > 0 {
			all = append(all, append([]byte(nil), r...))
		}
	}
	return all
}
