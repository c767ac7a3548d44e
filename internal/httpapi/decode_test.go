package httpapi

import (
	"encoding/json"
	"testing"
)

func FuzzDecodeStrings(f *testing.F) {
	for _, seed := range []string{
		`{"name":"a"}`, `{"name":"a","id":"b"}`, `{"name":1}`, `{"name":"a","name":"b"}`, `{`, `[]`, `{"x":{"y":[1,2,{}]}}`, `null`, `{"name":"\ud800"}`, "\xff", ` {"name" : "a" } `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var id, name string
		wrong, err := decodeStrings(body, map[string]*string{"id": &id, "name": &name})
		if err != nil || wrong != nil {
			return
		}
		// What is accepted any other reader reads in the same way.
		var object map[string]string
		if err := json.Unmarshal(body, &object); err != nil {
			t.Fatalf("accepted %q: %v", body, err)
		}
		if object["id"] != id || object["name"] != name || len(object) > 2 {
			t.Errorf("%q was read as %q, %q", body, id, name)
		}
	})
}
