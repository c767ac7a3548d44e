package wire

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/keyhold/keyhold/internal/aws"
)

// decodeToy reads a Query request's text.
func decodeToy(p *plan, text string) (toy, error) {
	var v toy
	f, err := parseForm(text)
	if err == nil {
		err = decodeQuery(f, p, reflect.ValueOf(&v).Elem())
	}
	return v, err
}

func TestQueryDecode(t *testing.T) {
	p := toyPlan(t)
	for _, test := range []struct{ text, want string }{
		{``, `{}`},
		{`Action=Play&Version=2020-01-01&Text=a%20b+c%26`, `{"Text":"a b c\u0026"}`},
		{`&&Text=a&`, `{"Text":"a"}`},
		{`Text`, `{"Text":""}`},
		{`text=other+case&Texts=unknown&Unknown.member.1.x=1`, `{}`},
		{`Int=-5&Long=9&Double=1.5&Bool=true&Blob=AP8%3D`, `{"Int":-5,"Long":9,"Double":1.5,"Bool":true,"Blob":"AP8="}`},
		{`Bool=0`, `{"Bool":false}`},
		{`Time=2026-11-21T12:00:00.250Z&HTTPTime=Sat,+21+Nov+2026+12:00:00+GMT`, `{"Time":1795262400.25,"HTTPTime":"Sat, 21 Nov 2026 12:00:00 GMT"}`},
		{`List.member.2=b&List.member.10=c&List.member.1=a`, `{"List":["a","b","c"]}`},
		{`List.member.1000000000=z`, `{"List":["z"]}`},
		{`List=`, `{"List":[]}`},
		{`Flat.1=a&Flat.2=b`, `{"Flat":["a","b"]}`},
		{`NamedList.Item.1=a`, `{"NamedList":["a"]}`},
		{`Item.1=a`, `{"NamedFlat":["a"]}`},
		{`Map.entry.1.key=a&Map.entry.1.value=b&Map.entry.2.key=c&Map.entry.2.value=`, `{"Map":{"a":"b","c":""}}`},
		{`FlatMap.1.Name=a&FlatMap.1.Value=b`, `{"FlatMap":{"a":"b"}}`},
		{`Counts.entry.3.key=a&Counts.entry.3.value=7`, `{"Counts":{"a":7}}`},
		{`Inner.Inner.Text=a`, `{"inner":{"inner":{"Text":"a"}}}`},
		{`Toys.member.1.Text=a&Toys.member.2.List.member.1=b`, `{"Toys":[{"Text":"a"},{"List":["b"]}]}`},
		{`Matrix.member.1.member.1=a&Matrix.member.2.member.2=b`, `{"Matrix":[["a"],["b"]]}`},
		{`ToyMap.entry.1.key=k&ToyMap.entry.1.value.Int=1`, `{"ToyMap":{"k":{"Int":1}}}`},
	} {
		got, err := decodeToy(p, test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if s := strings.ReplaceAll(encodeToy(p, got), "&", `\u0026`); s != test.want {
			t.Errorf("%s: got %s, want %s", test.text, s, test.want)
		}
	}
}

func TestQueryRefused(t *testing.T) {
	p := toyPlan(t)
	for _, test := range []struct{ text, message string }{
		{`Text=%zz`, errEncoding.Error()}, {`Text=%ff`, errEncoding.Error()}, {`%ff=a`, errEncoding.Error()}, {`Text=a;b`, ""},
		{`Text=a&Text=b`, errDuplicate.Error()}, {`Text=a&%54ext=b`, errDuplicate.Error()},
		{strings.Repeat("a=b&", maxParams), errParams.Error()},
		{`Int=`, errNumber.Error()}, {`Int=a`, errNumber.Error()}, {`Int=1.5`, errNumber.Error()}, {`Int=2147483648`, errNumber.Error()},
		{`Double=one`, errNumber.Error()}, {`Bool=yes`, errBoolean.Error()}, {`Bool=TRUE`, errBoolean.Error()},
		{`Time=1`, errTime.Error()}, {`Time=2026-13-01T00:00:00Z`, errTime.Error()},
		{`Blob=A`, malformed("blob must be Base64").Error()},
		{`Text.x=a`, errScalar.Error()}, {`List=a`, errListText.Error()}, {`List=&List.member.1=a`, errListText.Error()}, {`Inner=a`, errText.Error()},
		{`List.member.0=a`, errIndex.Error()}, {`List.member.-1=a`, errIndex.Error()}, {`List.member.01=a`, errIndex.Error()}, {`List.member.x=a`, errIndex.Error()},
		{`List.member.=a`, errIndex.Error()}, {`List.member.99999999999999999999=a`, errIndex.Error()}, {`List.member.%2B1=a`, errIndex.Error()},
		{`Map.entry.1.value=a`, errMapKey.Error()},
		{`Map.entry.1.key=a&Map.entry.1.value=b&Map.entry.2.key=a&Map.entry.2.value=c`, errMapTwice.Error()},
		{strings.Repeat("Inner.", 70) + `Text=a`, errDeep.Error()},
	} {
		got, err := decodeToy(p, test.text)
		if test.message == "" {
			if err != nil || *got.Text != "a;b" {
				t.Errorf("%s: %v", test.text, err)
			}
			continue
		}
		if e, ok := errors.AsType[*aws.Error](err); !ok || e.Error() != test.message {
			t.Errorf("%.80s: %v, want %s", test.text, err, test.message)
		}
	}
}

// xmlToy encodes a toy as an answer of the Query protocol has it.
func xmlToy(p *plan, v toy) string {
	var w xmlWriter
	w.open("R")
	w.members(p, reflect.ValueOf(&v).Elem())
	w.close("R")
	return string(w.out)
}

func TestXMLEncode(t *testing.T) {
	p := toyPlan(t)
	for _, test := range []struct {
		in   toy
		want string
	}{
		{toy{}, ``},
		{toy{Text: ptr("a<b>&\"'\r\n\t\x00\x0b\xffé😀\uffff")},
			"<Text>a&lt;b&gt;&amp;&quot;'&#xD;&#xA;&#x9;\ufffd\ufffd\ufffdé😀\ufffd</Text>"},
		{toy{Int: ptr[int32](1), Long: ptr[int64](2), Double: ptr(0.5), Bool: ptr(false), Blob: []byte("x")},
			`<Int>1</Int><Long>2</Long><Double>0.5</Double><Bool>false</Bool><Blob>eA==</Blob>`},
		{toy{Time: &noon, ISOTime: &second, HTTPTime: &second},
			`<Time>2026-11-21T12:00:00.250Z</Time><ISOTime>2026-11-21T12:00:00Z</ISOTime><HTTPTime>Sat, 21 Nov 2026 12:00:00 GMT</HTTPTime>`},
		{toy{List: []string{"a", "b"}, Flat: []string{"c", "d"}, NamedFlat: []string{"e"}, NamedList: []string{"f"}},
			`<List><member>a</member><member>b</member></List><Flat>c</Flat><Flat>d</Flat><Item>e</Item><NamedList><Item>f</Item></NamedList>`},
		{toy{List: []string{}}, `<List></List>`},
		{toy{Map: map[string]string{"b": "2", "a": "1"}, FlatMap: map[string]string{"c": "3"}},
			`<Map><entry><key>a</key><value>1</value></entry><entry><key>b</key><value>2</value></entry></Map>` +
				`<FlatMap><Name>c</Name><Value>3</Value></FlatMap>`},
		{toy{Inner: &toy{Toys: []toy{{Text: ptr("a")}, {}}}}, `<Inner><Toys><member><Text>a</Text></member><member></member></Toys></Inner>`},
	} {
		got := xmlToy(p, test.in)
		if got != "<R>"+test.want+"</R>" {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
		if err := xml.Unmarshal([]byte(got), new(struct{})); err != nil {
			t.Errorf("%v: %s", err, got)
		}
	}
}

// FuzzQuery checks that no form makes trouble, and that what was decoded can be written as XML.
func FuzzQuery(f *testing.F) {
	p := toyPlan(f)
	for _, seed := range []string{
		`Action=Play&Text=a`, `List.member.2=b&List.member.1=a`, `Map.entry.1.key=a&Map.entry.1.value=b`, `Toys.member.999999999.Inner.Text=a`,
		`Item.1=a&FlatMap.1.Name=x&FlatMap.1.Value=y`, `Matrix.member.1.member.1=a`, `Text=%ff`, `Inner.Inner.=`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := decodeToy(p, text)
		if err != nil {
			if _, ok := errors.AsType[*aws.Error](err); !ok {
				t.Fatalf("%v is not an error of the wire", err)
			}
			return
		}
		if std, err := url.ParseQuery(text); err == nil && len(std["Text"]) == 1 && *v.Text != std.Get("Text") {
			t.Fatalf("Text is %q, net/url says %q", *v.Text, std.Get("Text"))
		}
		d := xml.NewDecoder(strings.NewReader(xmlToy(p, v)))
		for err = nil; err == nil; _, err = d.Token() {
		}
		if !errors.Is(err, io.EOF) {
			t.Fatalf("%v: %s", err, xmlToy(p, v))
		}
	})
}
