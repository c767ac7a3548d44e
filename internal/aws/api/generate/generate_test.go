package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sample = `{
 "metadata": {"apiVersion": "2020-01-01", "protocol": "json", "uid": "x"},
 "operations": {
  "Put": {"name": "Put", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "PutRequest"}, "output": {"shape": "Answer"},
   "errors": [{"shape": "Gone"}], "documentation": "prose"},
  "Read": {"name": "Read", "http": {"method": "POST", "requestUri": "/"}, "output": {"shape": "Answer", "resultWrapper": "ReadResult"}}
 },
 "shapes": {
  "PutRequest": {"type": "structure", "required": ["zed"], "members": {
    "zed": {"shape": "Name", "documentation": "prose"}, "Alpha": {"shape": "Names"}, "At": {"shape": "When"}, "Raw": {"shape": "Raw"},
    "Inner": {"shape": "inner"}, "Counts": {"shape": "Counts"}, "Kind": {"shape": "Kind"}}},
  "Answer": {"type": "structure", "members": {"Inners": {"shape": "Inners"}}},
  "Inners": {"type": "list", "member": {"shape": "inner"}},
  "inner": {"type": "structure", "members": {"Size": {"shape": "Size"}, "Ok": {"shape": "Ok"}}},
  "Name": {"type": "string", "min": 1, "pattern": "[a-z]+", "documentation": "prose"},
  "Names": {"type": "list", "member": {"shape": "Name"}},
  "Counts": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Size"}},
  "Kind": {"type": "string", "enum": ["ONE_TWO", "three.four"]},
  "Size": {"type": "long"}, "Ok": {"type": "boolean"}, "When": {"type": "timestamp"}, "Raw": {"type": "blob", "sensitive": true},
  "Gone": {"type": "structure", "members": {"message": {"shape": "Name"}}, "exception": true, "error": {"httpStatusCode": 404}},
  "Unused": {"type": "string"}
 }
}`

// write puts a model where botocore would have it.
func write(t *testing.T, text string) string {
	t.Helper()
	data := t.TempDir()
	dir := filepath.Join(data, "thing", "2020-01-01")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "service-2.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGenerate(t *testing.T) {
	out := t.TempDir()
	if err := run(write(t, sample), "9.9", out, []string{"thing"}); err != nil {
		t.Fatal(err)
	}
	types, err := os.ReadFile(filepath.Join(out, "thing", "types.go"))
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(string(types)), " ")
	for _, want := range []string{
		"type PutInput struct { Zed *string // required Alpha []string At *time.Time Raw []byte Inner *Inner Counts map[string]int64 Kind *string }",
		"type PutOutput struct { Inners []Inner }",
		"type ReadInput struct { }",
		"type ReadOutput = PutOutput",
		"type Inner struct { Size *int64 Ok *bool }",
		`KindOneTwo = "ONE_TWO"`, `KindThreeFour = "three.four"`,
		"DO NOT EDIT.", "botocore 9.9",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("types.go lacks %q:\n%s", want, types)
		}
	}
	if strings.Contains(flat, "Gone struct") {
		t.Error("an error shape became a struct")
	}
	checkTrimmed(t, filepath.Join(out, "thing", "model.json"))
}

func checkTrimmed(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Operations map[string]struct {
			Errors []string
			Output struct{ ResultWrapper string }
		}
		Shapes map[string]struct {
			Members []struct {
				Name     string
				Required bool
			}
			Sensitive bool
		}
	}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	put := m.Shapes["PutRequest"].Members
	if len(put) != 7 || put[0].Name != "zed" || !put[0].Required || put[1].Name != "Alpha" || put[1].Required {
		t.Errorf("members of PutRequest are %+v", put)
	}
	if !m.Shapes["Raw"].Sensitive || m.Operations["Read"].Output.ResultWrapper != "ReadResult" || m.Operations["Put"].Errors[0] != "Gone" {
		t.Errorf("facts are missing: %s", b)
	}
	if _, ok := m.Shapes["Unused"]; ok || strings.Contains(string(b), "prose") {
		t.Errorf("not trimmed: %s", b)
	}
}

func TestGenerateRefuses(t *testing.T) {
	for name, change := range map[string][2]string{
		"unknown word of a shape":     {`"sensitive": true`, `"surprise": true`},
		"unknown word of a member":    {`"zed": {`, `"zed": {"surprise": 1, `},
		"unknown word of the service": {`"uid"`, `"surprise"`},
		"unknown type":                {`"type": "long"`, `"type": "surprise"`},
		"undefined shape":             {`"Size": {"type": "long"}, `, ``},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(sample, change[0], change[1], 1)
			if changed == sample {
				t.Fatal("nothing changed")
			}
			if err := run(write(t, changed), "9.9", t.TempDir(), []string{"thing"}); err == nil {
				t.Error("generated all the same")
			}
		})
	}
}
