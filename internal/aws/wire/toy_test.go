package wire

import (
	"reflect"
	"testing"
	"time"
)

// toyModel has what the models of kms, sts and iam lack: every scalar, every kind of list and map, every time format, and
// a shape that contains itself.
const toyModel = `{"metadata": {"apiVersion":"2020-01-01","protocol":"query","xmlNamespace":{"uri":"http://toy/"}},
"operations": {"Play": {"input":{"shape":"Toy"},"output":{"shape":"Toy","resultWrapper":"PlayResult"},"errors":["Broken"]}},
"shapes": {
"Toy": {"type":"structure","members":[
  {"name":"Text","shape":"Text"},{"name":"Int","shape":"Int"},{"name":"Long","shape":"Long"},{"name":"Double","shape":"Double"},
  {"name":"Bool","shape":"Bool"},{"name":"Blob","shape":"Blob"},{"name":"Time","shape":"Time"},
  {"name":"ISOTime","shape":"ISOTime"},{"name":"HTTPTime","shape":"Time","timestampFormat":"rfc822"},
  {"name":"List","shape":"List"},{"name":"Flat","shape":"List","flattened":true},{"name":"NamedFlat","shape":"NamedList","flattened":true},
  {"name":"NamedList","shape":"NamedList"},{"name":"Map","shape":"Map"},{"name":"FlatMap","shape":"FlatMap"},{"name":"Toys","shape":"Toys"},
  {"name":"inner","shape":"Toy","locationName":"Inner"},{"name":"Matrix","shape":"Matrix"},{"name":"Counts","shape":"Counts"},
  {"name":"Secret","shape":"Secret"},{"name":"Secrets","shape":"Secrets"},{"name":"Blobs","shape":"Blobs"},{"name":"ToyMap","shape":"ToyMap"}]},
"Text": {"type":"string"}, "Int": {"type":"integer","max":100,"min":-5}, "Long": {"type":"long"}, "Double": {"type":"double","max":1.5},
"Bool": {"type":"boolean"}, "Blob": {"type":"blob"}, "Time": {"type":"timestamp"}, "ISOTime": {"type":"timestamp","timestampFormat":"iso8601"},
"List": {"type":"list","member":{"shape":"Text"}}, "NamedList": {"type":"list","member":{"shape":"Text","locationName":"Item"}},
"Map": {"type":"map","key":{"shape":"Key"},"value":{"shape":"Short"},"max":3}, "Short": {"type":"string","max":3}, "Key": {"type":"string","min":1},
"FlatMap": {"type":"map","flattened":true,"key":{"shape":"Text","locationName":"Name"},"value":{"shape":"Text","locationName":"Value"}},
"Toys": {"type":"list","member":{"shape":"Toy"}}, "Matrix": {"type":"list","member":{"shape":"List"}},
"ToyMap": {"type":"map","key":{"shape":"Text"},"value":{"shape":"Toy"}},
"Counts": {"type":"map","key":{"shape":"Text"},"value":{"shape":"Int"}}, "Secret": {"type":"string","sensitive":true,"max":3},
"Secrets": {"type":"list","member":{"shape":"Secret"},"max":1}, "Blobs": {"type":"list","member":{"shape":"Blob"}},
"Broken": {"type":"structure","exception":true,"error":{"code":"ToyBroken","httpStatusCode":409,"senderFault":true},
  "members":[{"name":"Message","shape":"Text"},{"name":"Parts","shape":"List"}]},
"Worn": {"type":"structure","exception":true,"fault":true,"members":[]}
}}`

type toy struct {
	Text                             *string
	Int                              *int32
	Long                             *int64
	Double                           *float64
	Bool                             *bool
	Blob                             []byte
	Time, ISOTime, HTTPTime          *time.Time
	List, Flat, NamedFlat, NamedList []string
	Map, FlatMap                     map[string]string
	Toys                             []toy
	Inner                            *toy
	Matrix                           [][]string
	Counts                           map[string]int32
	Secret                           *string
	Secrets                          []string
	Blobs                            [][]byte
	ToyMap                           map[string]toy
}

func toyPlan(tb testing.TB) *plan {
	tb.Helper()
	m, err := parseModel([]byte(toyModel))
	if err != nil {
		tb.Fatal(err)
	}
	p, err := planner{}.plan(m.shapes["Toy"], reflect.TypeFor[toy]())
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 250e6, time.UTC)
var second = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// fullToy has every member, with texts that need escapes.
func fullToy() toy {
	return toy{
		Text: ptr("a<b>&\"'\\\u2028\n\r\té😀"), Int: ptr[int32](-5), Long: ptr[int64](1 << 62), Double: ptr(-1.25e-7), Bool: ptr(false),
		Blob: []byte{0, 255}, Time: &noon, ISOTime: &noon, HTTPTime: &second,
		List: []string{"x", ""}, Flat: []string{"y", "z"}, NamedFlat: []string{"n"}, NamedList: []string{"m", "o"},
		Map: map[string]string{"k": "v", "l": ""}, FlatMap: map[string]string{"a.b": "c"},
		Toys: []toy{{Text: ptr("1")}, {Int: ptr[int32](0)}}, Inner: &toy{Inner: &toy{Text: ptr("deep")}},
		Matrix: [][]string{{"a"}, {"b", "c"}}, Counts: map[string]int32{"one": 1, "two": 2}, Secret: ptr("s"), Secrets: []string{"t"},
		Blobs: [][]byte{{1}, {2, 3}}, ToyMap: map[string]toy{"t": {Bool: ptr(true)}},
	}
}
