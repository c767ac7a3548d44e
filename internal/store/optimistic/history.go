package optimistic

// maxHistory is how many written keys a store remembers. A transaction that outlives them is taken for a conflict.
const maxHistory = 1 << 14

// history is what the recent commits wrote.
type history struct {
	max    int
	floor  uint64            // commits up to this number are forgotten
	last   map[string]uint64 // key → the last commit that wrote it
	writes []write           // in the order of commits
}

type write struct {
	key    string
	commit uint64
}

func (h *history) init(max int) {
	h.max = max
	h.last = make(map[string]uint64)
}

func (h *history) add(commit uint64, changes []Change) {
	for _, c := range changes {
		h.last[c.Key] = commit
		h.writes = append(h.writes, write{c.Key, commit})
	}
	if len(h.writes) > 2*h.max {
		h.forget(len(h.writes) - h.max)
	}
}

// forget drops the n oldest writes. Half a commit may stay, which does no harm: floor counts it as forgotten.
func (h *history) forget(n int) {
	for _, w := range h.writes[:n] {
		if h.last[w.key] == w.commit {
			delete(h.last, w.key)
		}
		h.floor = w.commit
	}
	h.writes = append(make([]write, 0, 2*h.max+1), h.writes[n:]...)
}

// unchanged says whether no commit after start is known, or possible, to have changed what r holds.
func (h *history) unchanged(start uint64, r *reads) bool {
	if start < h.floor {
		return r.empty()
	}
	for _, key := range r.keys {
		if h.last[key] > start {
			return false
		}
	}
	if len(r.spans) == 0 {
		return true
	}
	for i := len(h.writes) - 1; i >= 0 && h.writes[i].commit > start; i-- {
		if r.spanned(h.writes[i].key) {
			return false
		}
	}
	return true
}

// reads is what a transaction read: single keys and ranges.
type reads struct {
	keys  []string
	spans []span
}

// span is the keys with from <= key < to, or those from from on if to is empty.
type span struct{ from, to string }

func (r *reads) empty() bool { return len(r.keys) == 0 && len(r.spans) == 0 }

func (r *reads) spanned(key string) bool {
	for _, s := range r.spans {
		if s.from <= key && (s.to == "" || key < s.to) {
			return true
		}
	}
	return false
}
