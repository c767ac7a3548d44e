package wire

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
)

func encodeToy(p *plan, v toy) string {
	var w jsonWriter
	w.structure(p, reflect.ValueOf(&v).Elem())
	return string(w.out)
}

func TestJSONRoundTrip(t *testing.T) {
	p := toyPlan(t)
	for name, want := range map[string]toy{
		"full": fullToy(), "nothing": {},
		"empty": {Text: ptr(""), Blob: []byte{}, List: []string{}, Map: map[string]string{}, Inner: &toy{}},
	} {
		t.Run(name, func(t *testing.T) {
			text := encodeToy(p, want)
			if !json.Valid([]byte(text)) {
				t.Fatalf("not JSON: %s", text)
			}
			var got toy
			if err := decodeJSON([]byte(text), p, reflect.ValueOf(&got).Elem()); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %s\nwant %s", encodeToy(p, got), text)
			}
		})
	}
}

func TestJSONDecode(t *testing.T) {
	p := toyPlan(t)
	for _, test := range []struct{ text, want string }{
		{`{}`, `{}`},
		{` { "Text" : "a" } ` + "\r\n\t", `{"Text":"a"}`},
		{`{"Text":null,"Int":null,"List":null,"Map":null,"inner":null,"Blob":null}`, `{}`},
		{`{"Unknown":{"a":[1,-2.5e+3,"\u0041",true,false,null,{}]},"Text":"a"}`, `{"Text":"a"}`},
		{`{"text":"other case is another member"}`, `{}`},
		{`{"Text":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`, `{"Text":"\"\\/\u0008\u000c\n\r\té😀"}`},
		{`{"Int":1.9}`, `{"Int":1}`},
		{`{"Int":-1.9}`, `{"Int":-1}`},
		{`{"Int":1e2}`, `{"Int":100}`},
		{`{"Long":9223372036854775807}`, `{"Long":9223372036854775807}`},
		{`{"Time":0}`, `{"Time":0}`},
		{`{"Time":1763726400.25}`, `{"Time":1763726400.25}`},
		{`{"Time":-1.5}`, `{"Time":-1.5}`},
		{`{"ISOTime":"2026-11-21T13:00:00+01:00"}`, `{"ISOTime":"2026-11-21T12:00:00Z"}`},
		{`{"HTTPTime":"Sat, 21 Nov 2026 12:00:00 GMT"}`, `{"HTTPTime":"Sat, 21 Nov 2026 12:00:00 GMT"}`},
		{`{"Blob":"AP8="}`, `{"Blob":"AP8="}`},
		{`{"ToyMap":{"b":{"Int":1},"a":{}}}`, `{"ToyMap":{"a":{},"b":{"Int":1}}}`},
	} {
		var got toy
		if err := decodeJSON([]byte(test.text), p, reflect.ValueOf(&got).Elem()); err != nil {
			t.Errorf("%s: %v", test.text, err)
		} else if s := encodeToy(p, got); s != test.want {
			t.Errorf("%s: got %s, want %s", test.text, s, test.want)
		}
	}
}

func TestJSONRefused(t *testing.T) {
	p := toyPlan(t)
	const malformed = ""
	deep := strings.Repeat(`{"inner":`, 70) + `{}` + strings.Repeat(`}`, 70)
	for _, test := range []struct{ text, message string }{
		// Not JSON: AWS sends no text.
		{``, malformed}, {`null`, malformed}, {`"x"`, malformed}, {`1`, malformed}, {`{`, malformed}, {`{"Text":"a",}`, malformed},
		{`{"Text" "a"}`, malformed}, {`{"Text":}`, malformed}, {`{'Text':"a"}`, malformed}, {`{"Text":"a"} {}`, malformed},
		{`{"Text":"a"}x`, malformed}, {"\ufeff{}", malformed}, {"{}\x00", malformed}, {`{"Text":"a`, malformed}, {`{"Text":"\x"}`, malformed},
		{"{\"Text\":\"a\nb\"}", malformed}, {"{\"Text\":\"\xff\"}", malformed}, {"{\"Text\":\"\xed\xa0\x80\"}", malformed},
		{`{"Text":"\ud800"}`, malformed}, {`{"Text":"\ud800\u0041"}`, malformed}, {`{"Text":"\udc00"}`, malformed}, {`{"Text":"\u00g0"}`, malformed},
		{`{"Int":01}`, malformed}, {`{"Int":+1}`, malformed}, {`{"Int":1.}`, malformed}, {`{"Int":.5}`, malformed}, {`{"Int":1e}`, malformed},
		{`{"Int":-}`, malformed}, {`{"Int":NaN}`, malformed}, {`{"Bool":tru}`, malformed}, {`{"Bool":trueish}`, malformed}, {`{"List":[1 2]}`, "NUMBER_VALUE can not be converted to a String"},
		{`{"List":["a",]}`, malformed}, {`{"List":["a"`, malformed}, {`{"Unknown":[1,]}`, malformed}, {`{"Unknown":{"a"}}`, malformed},
		// Wrong types: AWS's texts.
		{`[]`, "Start of list found where not expected"},
		{`{"Text":1}`, "NUMBER_VALUE can not be converted to a String"},
		{`{"Text":1.5}`, "NUMBER_VALUE can not be converted to a String"},
		{`{"Text":true}`, "TRUE_VALUE can not be converted to a String"},
		{`{"Text":[]}`, "Start of list found where not expected"},
		{`{"Text":{}}`, "Start of structure or map found where not expected."},
		{`{"Int":"1"}`, "STRING_VALUE can not be converted to an Integer"},
		{`{"Int":false}`, "FALSE_VALUE can not be converted to an Integer"},
		{`{"Long":"1"}`, "STRING_VALUE can not be converted to a Long"},
		{`{"Bool":"true"}`, "STRING_VALUE can not be converted to a Boolean"},
		{`{"Bool":1}`, "NUMBER_VALUE can not be converted to a Boolean"},
		{`{"Time":"2026-11-21T12:00:00Z"}`, "STRING_VALUE can not be converted to milliseconds since epoch"},
		{`{"ISOTime":1}`, "NUMBER_VALUE can not be converted to milliseconds since epoch"},
		{`{"ISOTime":"yesterday"}`, "STRING_VALUE can not be converted to milliseconds since epoch"},
		{`{"List":"a"}`, "Expected list or null"}, {`{"List":true}`, "Expected list or null"},
		{`{"List":{}}`, "Start of structure or map found where not expected."},
		{`{"Map":"a"}`, "Expected map or null"}, {`{"Map":[]}`, "Start of list found where not expected"},
		{`{"Map":{"k":1}}`, "NUMBER_VALUE can not be converted to a String"},
		{`{"Map":{"k":{}}}`, "Start of structure or map found where not expected."},
		{`{"inner":"a"}`, "Expected null"}, {`{"inner":[]}`, "Start of list found where not expected"},
		// Out of range.
		{`{"Int":2147483648}`, "NUMBER_VALUE can not be converted to an Integer"},
		{`{"Int":1e10}`, "NUMBER_VALUE can not be converted to an Integer"},
		{`{"Int":1e999}`, "NUMBER_VALUE can not be converted to an Integer"},
		{`{"Long":9223372036854775808}`, "NUMBER_VALUE can not be converted to a Long"},
		{`{"Long":9.3e18}`, "NUMBER_VALUE can not be converted to a Long"},
		{`{"Double":1e999}`, "NUMBER_VALUE can not be converted to a Double"},
		{`{"Time":1e30}`, "NUMBER_VALUE can not be converted to milliseconds since epoch"},
		// Base64.
		{`{"Blob":"A"}`, "Base64 encoded length is expected a multiple of 4 bytes but found: 1"},
		{`{"Blob":"AP9="}`, "Invalid Base64 character"}, {`{"Blob":"A_8="}`, "Invalid Base64 character"}, {`{"Blob":"A=8="}`, "Invalid Base64 character"},
		{`{"Blob":"AP8=\n\n\n\n"}`, "Invalid Base64 character"}, {`{"Blob":1}`, "NUMBER_VALUE can not be converted to a Blob"},
		// Ours.
		{`{"Text":"a","Text":"b"}`, "Duplicate member Text"}, {`{"Text":null,"Text":"b"}`, "Duplicate member Text"},
		{`{"Map":{"k":"a","\u006b":"b"}}`, "Duplicate map key"}, {`{"Counts":{"k":1,"k":1}}`, "Duplicate map key"},
		{`{"List":[null]}`, "Null found where not expected"}, {`{"Map":{"k":null}}`, "Null found where not expected"},
		{`{"Counts":{"k":null}}`, "Null found where not expected"},
		{deep, "The request is nested too deeply"},
		{`{"Unknown":` + strings.Repeat(`[`, 1000) + strings.Repeat(`]`, 1000) + `}`, "The request is nested too deeply"},
	} {
		var got toy
		err := decodeJSON([]byte(test.text), p, reflect.ValueOf(&got).Elem())
		e, ok := errors.AsType[*aws.Error](err)
		if !ok || e.Code != "SerializationException" || e.Message != test.message {
			t.Errorf("%.80s: %v, want %q", test.text, err, test.message)
		}
	}
}

func TestAppendString(t *testing.T) {
	for in, want := range map[string]string{
		"plain": `"plain"`, "": `""`, "\x00\x1f\"\\\n\r\t": `"\u0000\u001f\"\\\n\r\t"`, "é😀": `"é😀"`, "a\xffb\xc3": `"a` + "\ufffd" + `b` + "\ufffd" + `"`,
	} {
		if got := string(AppendString(nil, in)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// FuzzJSON checks that only JSON is accepted, and that encoding loses nothing.
func FuzzJSON(f *testing.F) {
	p := toyPlan(f)
	for _, seed := range []string{`{}`, encodeToy(p, fullToy()), `{"Text":"\ud83d\ude00","Int":1e1}`, `{"List":[["]]}`, `{"Map":{"a":"b","a":"c"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got, again toy
		if decodeJSON(text, p, reflect.ValueOf(&got).Elem()) != nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("accepted what is not JSON: %q", text)
		}
		encoded := encodeToy(p, got)
		if err := decodeJSON([]byte(encoded), p, reflect.ValueOf(&again).Elem()); err != nil {
			t.Fatalf("%v: %s", err, encoded)
		}
		if encodeToy(p, again) != encoded {
			t.Fatalf("not stable: %s", encoded)
		}
		_ = validate(p, reflect.ValueOf(&got).Elem())
	})
}
