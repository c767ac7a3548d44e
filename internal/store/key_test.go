package store

import (
	"slices"
	"strings"
	"testing"
)

func TestKey(t *testing.T) {
	tests := []struct {
		parts []string
		want  string
	}{
		{nil, ""},
		{[]string{""}, "\x00\x01"},
		{[]string{"", ""}, "\x00\x01\x00\x01"},
		{[]string{"iam", "user", "ann"}, "iam\x00\x01user\x00\x01ann\x00\x01"},
		{[]string{"a\x00"}, "a\x00\xff\x00\x01"},
		{[]string{"a\x00\x01b"}, "a\x00\xff\x01b\x00\x01"},
	}
	for _, tt := range tests {
		if got := Key(tt.parts...); got != tt.want {
			t.Errorf("Key(%q) = %q, want %q", tt.parts, got, tt.want)
		}
		back, err := Split(tt.want)
		if err != nil || !slices.Equal(back, tt.parts) {
			t.Errorf("Split(%q) = %q, %v, want %q", tt.want, back, err, tt.parts)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, key := range []string{"a", "\x00", "\x00\x00", "a\x00", "a\x00\x02", "a\x00\xff", "a\x00\x01b", "a\x00\x01b\x00"} {
		if parts, err := Split(key); err == nil {
			t.Errorf("Split(%q) = %q, want an error", key, parts)
		}
	}
}

func TestPrefixHoldsWhatIsBelow(t *testing.T) {
	from, to := Prefix("iam", "user")
	tests := []struct {
		parts []string
		in    bool
	}{
		{[]string{"iam", "user", "ann"}, true},
		{[]string{"iam", "user", ""}, true},
		{[]string{"iam", "user", "\x00"}, true},
		{[]string{"iam", "user", "\xff\xff"}, true},
		{[]string{"iam", "user", "ann", "policy"}, true},
		{[]string{"iam", "user"}, false},
		{[]string{"iam", "user\x00", "ann"}, false},
		{[]string{"iam", "users", "ann"}, false},
		{[]string{"iam", "use", "r"}, false},
		{[]string{"iam"}, false},
		{[]string{"kms", "user", "ann"}, false},
	}
	for _, tt := range tests {
		if got := within(Key(tt.parts...), from, to); got != tt.in {
			t.Errorf("%q below iam, user: %t, want %t", tt.parts, got, tt.in)
		}
	}
}

func within(key, from, to string) bool { return from <= key && (to == "" || key < to) }

// FuzzKey takes two lists of parts (cut at '/', so that every other byte can occur in a part).
func FuzzKey(f *testing.F) {
	for _, seed := range [][2]string{
		{"a/b", "a/b/c"}, {"a\x00/b", "a/\x00b"}, {"", "/"}, {"a\x00\x01b", "a/b"}, {"\xff", "\xff\xff/\x00"}, {"a\x01", "a\x00"},
	} {
		f.Add(seed[0], seed[1], true)
	}
	f.Fuzz(func(t *testing.T, x, y string, whole bool) {
		a, b := strings.Split(x, "/"), strings.Split(y, "/")
		if !whole {
			a = nil
		}
		ka, kb := Key(a...), Key(b...)
		if got, want := strings.Compare(ka, kb), slices.Compare(a, b); got != want {
			t.Errorf("keys of %q and %q compare as %d, the lists as %d", a, b, got, want)
		}
		if back, err := Split(ka); err != nil || !slices.Equal(back, a) {
			t.Errorf("Split(Key(%q)) = %q, %v", a, back, err)
		}
		from, to := Prefix(a...)
		below := len(b) > len(a) && slices.Equal(a, b[:len(a)])
		if got := within(kb, from, to); got != below {
			t.Errorf("%q within Prefix(%q): %t, want %t", b, a, got, below)
		}
		if parts, err := Split(x); err == nil && Key(parts...) != x {
			t.Errorf("Split(%q) = %q, whose key is another", x, parts)
		}
	})
}
