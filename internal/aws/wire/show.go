package wire

import (
	"reflect"
	"strconv"
	"strings"
	"time"
)

// show repeats a value in a validation message, as AWS does: "'x' ", "'[a, b]' ", "'{a=b}' ", "null ". A sensitive value is
// not repeated, nor is one that holds structures, which AWS prints in a form of no use.
func show(p *plan, v reflect.Value) string {
	if p.secret {
		return ""
	}
	if k := v.Kind(); (k == reflect.Pointer || k == reflect.Slice || k == reflect.Map) && v.IsNil() {
		return "null "
	}
	for q := p; q != nil; q = q.element {
		if q.kind == kindStructure {
			return ""
		}
	}
	var b strings.Builder
	b.WriteByte('\'')
	write(&b, p, v)
	b.WriteString("' ")
	return b.String()
}

func write(b *strings.Builder, p *plan, v reflect.Value) {
	switch p.kind {
	case kindString:
		b.WriteString(get(v).String())
	case kindInteger:
		b.WriteString(strconv.FormatInt(get(v).Int(), 10))
	case kindLong:
		b.WriteString(strconv.FormatInt(get(v).Int(), 10))
	case kindDouble:
		b.WriteString(strconv.FormatFloat(get(v).Float(), 'g', -1, 64))
	case kindBoolean:
		b.WriteString(strconv.FormatBool(get(v).Bool()))
	case kindTimestamp:
		b.Write(appendTime(nil, get(v).Interface().(time.Time), formatISO))
	case kindBlob:
		n := strconv.Itoa(v.Len())
		b.WriteString("java.nio.HeapByteBuffer[pos=0 lim=" + n + " cap=" + n + "]")
	case kindList:
		writeList(b, p, v)
	case kindMap:
		writeMap(b, p, v)
	}
}

func writeList(b *strings.Builder, p *plan, v reflect.Value) {
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		write(b, p.element, v.Index(i))
	}
	b.WriteByte(']')
}

func writeMap(b *strings.Builder, p *plan, v reflect.Value) {
	b.WriteByte('{')
	for i, key := range sortedValues(v) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(key.String() + "=")
		write(b, p.element, addressable(v.MapIndex(key)))
	}
	b.WriteByte('}')
}
