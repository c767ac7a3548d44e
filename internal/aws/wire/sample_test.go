package wire

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// texts are tried, repeated, for a string's constraint.
var texts = []string{
	"a", "A", "1", "111122223333", "/", "/a/", "v1", "us-east-1", "cluster-2a3b4c5d6e7", "https://example.com", "/a/kms/xks/v1",
	"com.amazonaws.vpce.us-east-1.vpce-svc-0a", "o-abcdefghij", "p-abcdefgh", "o-abcdefghij/r-abcd/", "a<b>&\"'\n\té€😀 z",
}

// sample makes a value of a plan's Go type that satisfies the model, with every member given.
func sample(tb testing.TB, p *plan, depth int) reflect.Value {
	tb.Helper()
	v := reflect.New(p.typ).Elem()
	switch p.kind {
	case kindStructure:
		for i := range p.fields {
			f := &p.fields[i]
			if depth > 12 {
				continue
			}
			inner := sample(tb, f.plan, depth+1)
			if to := v.Field(f.index); to.Kind() == reflect.Pointer {
				to.Set(reflect.New(f.plan.typ))
				to.Elem().Set(inner)
			} else {
				to.Set(inner)
			}
		}
	case kindList:
		n := 2
		if l := p.constraint.max; l != nil && l.integer < 2 {
			n = int(l.integer)
		}
		v.Set(reflect.MakeSlice(p.typ, 0, n))
		for range n {
			v.Set(reflect.Append(v, sample(tb, p.element, depth+1)))
		}
	case kindMap:
		v.Set(reflect.MakeMap(p.typ))
		v.SetMapIndex(sample(tb, p.key, depth+1), sample(tb, p.element, depth+1))
	case kindString:
		v.SetString(sampleText(tb, p))
	case kindInteger, kindLong:
		n := int64(7)
		if l := p.constraint.min; l != nil && l.integer > n {
			n = l.integer
		}
		v.SetInt(n)
	case kindDouble:
		v.SetFloat(1.5)
	case kindBoolean:
		v.SetBool(true)
	case kindBlob:
		v.SetBytes([]byte("\x00\xff blob of at least some length"))
	case kindTimestamp:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 21, 22, 3, 4, 0, time.UTC)))
	}
	return v
}

func sampleText(tb testing.TB, p *plan) string {
	c := &p.constraint
	if c.enum != nil {
		return c.enum[len(c.enum)-1]
	}
	if c.pattern == nil && c.max == nil {
		return texts[len(texts)-1]
	}
	for _, text := range texts {
		s := text
		for c.min != nil && int64(utf8.RuneCountInString(s)) < c.min.integer {
			s += text
		}
		if (c.pattern == nil || c.pattern.match(s)) && (c.max == nil || int64(utf8.RuneCountInString(s)) <= c.max.integer) {
			return s
		}
	}
	tb.Fatalf("no text satisfies %s: %s", p.name, strings.Join(c.texts(p.kind), ", "))
	return ""
}

// convert copies our structure into the SDK's of the same members, or one of the values inside.
func convert(tb testing.TB, dst, src reflect.Value) {
	tb.Helper()
	switch src.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if src.IsNil() {
			return
		}
	}
	if src.Kind() == reflect.Pointer {
		src = src.Elem()
	}
	if dst.Kind() == reflect.Pointer {
		dst.Set(reflect.New(dst.Type().Elem()))
		dst = dst.Elem()
	}
	switch {
	case src.Type() == reflect.TypeFor[time.Time]() || src.Type() == dst.Type():
		dst.Set(src)
	case src.Kind() == reflect.Struct:
		for i := range src.NumField() {
			name := src.Type().Field(i).Name
			to := dst.FieldByName(name)
			if !to.IsValid() {
				tb.Fatalf("%s has no field %s", dst.Type(), name)
			}
			convert(tb, to, src.Field(i))
		}
	case src.Kind() == reflect.Slice:
		dst.Set(reflect.MakeSlice(dst.Type(), src.Len(), src.Len()))
		for i := range src.Len() {
			convert(tb, dst.Index(i), src.Index(i))
		}
	case src.Kind() == reflect.Map:
		dst.Set(reflect.MakeMap(dst.Type()))
		for _, key := range src.MapKeys() {
			to := reflect.New(dst.Type().Elem()).Elem()
			convert(tb, to, src.MapIndex(key))
			dst.SetMapIndex(key.Convert(dst.Type().Key()), to)
		}
	default:
		dst.Set(src.Convert(dst.Type()))
	}
}
