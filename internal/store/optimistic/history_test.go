package optimistic

import "testing"

func TestHistoryForgetsOldWritesOnly(t *testing.T) {
	var h history
	h.init(2)
	for i, key := range []string{"k", "a", "b", "k", "c"} {
		h.add(uint64(i+1), []Change{{Key: key}})
	}
	if h.floor != 3 || len(h.writes) != 2 || len(h.last) != 2 {
		t.Fatalf("floor %d, %d writes of %d keys; want 3, 2, 2", h.floor, len(h.writes), len(h.last))
	}
	tests := []struct {
		start uint64
		reads reads
		want  bool
	}{
		{3, reads{keys: []string{"k"}}, false},
		{4, reads{keys: []string{"k"}}, true},
		{4, reads{keys: []string{"k", "c"}}, false},
		{5, reads{keys: []string{"k", "c"}}, true},
		{3, reads{keys: []string{"a"}}, true},
		{2, reads{keys: []string{"z"}}, false},
		{2, reads{spans: []span{{"z", ""}}}, false},
		{2, reads{}, true},
		{3, reads{spans: []span{{"d", "l"}}}, false},
		{4, reads{spans: []span{{"d", "l"}}}, true},
	}
	for _, tt := range tests {
		if got := h.unchanged(tt.start, &tt.reads); got != tt.want {
			t.Errorf("unchanged since %d of %v: %t, want %t", tt.start, tt.reads, got, tt.want)
		}
	}
}
