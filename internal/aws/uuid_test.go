package aws

import (
	"regexp"
	"testing"
)

func TestAppendUUID(t *testing.T) {
	form := regexp.MustCompile(`^x[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := string(AppendUUID([]byte("x")))
		if !form.MatchString(id) || seen[id] {
			t.Fatal(id)
		}
		seen[id] = true
	}
}
