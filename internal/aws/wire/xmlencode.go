package wire

import (
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// xmlWriter writes values as XML elements. Members that are nil are left out.
type xmlWriter struct{ out []byte }

func (w *xmlWriter) open(name string) {
	w.out = append(w.out, '<')
	w.out = append(w.out, name...)
	w.out = append(w.out, '>')
}

func (w *xmlWriter) close(name string) {
	w.out = append(w.out, '<', '/')
	w.out = append(w.out, name...)
	w.out = append(w.out, '>')
}

// element writes a text as an element.
func (w *xmlWriter) element(name, text string) {
	w.open(name)
	w.out = appendXML(w.out, text)
	w.close(name)
}

// members writes a structure's members, without an element around them.
func (w *xmlWriter) members(p *plan, v reflect.Value) {
	for i := range p.fields {
		f := &p.fields[i]
		if fv := v.Field(f.index); !fv.IsNil() {
			w.value(f.nameOr(f.name), f.plan, &f.use, fv)
		}
	}
}

// value writes a value as an element, or a flattened list or map as several.
func (w *xmlWriter) value(name string, p *plan, u *use, v reflect.Value) {
	switch {
	case p.kind == kindList && flat(p, u):
		w.list(p.shape.element.nameOr(name), p, v)
		return
	case p.kind == kindMap && flat(p, u):
		w.mapping(name, p, v)
		return
	}
	w.open(name)
	switch p.kind {
	case kindStructure:
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		w.members(p, v)
	case kindList:
		w.list(p.shape.element.nameOr("member"), p, v)
	case kindMap:
		w.mapping("entry", p, v)
	default:
		w.scalar(p, u, v)
	}
	w.close(name)
}

func (w *xmlWriter) list(name string, p *plan, v reflect.Value) {
	for i := range v.Len() {
		w.value(name, p.element, &p.shape.element, v.Index(i))
	}
}

// mapping writes a map in the order of its keys.
func (w *xmlWriter) mapping(name string, p *plan, v reflect.Value) {
	for _, key := range sortedValues(v) {
		w.open(name)
		w.element(p.shape.key.nameOr("key"), key.String())
		w.value(p.shape.element.nameOr("value"), p.element, &p.shape.element, addressable(v.MapIndex(key)))
		w.close(name)
	}
}

func (w *xmlWriter) scalar(p *plan, u *use, v reflect.Value) {
	switch p.kind {
	case kindString:
		w.out = appendXML(w.out, get(v).String())
	case kindInteger:
		w.out = strconv.AppendInt(w.out, get(v).Int(), 10)
	case kindLong:
		w.out = strconv.AppendInt(w.out, get(v).Int(), 10)
	case kindDouble:
		w.out = appendXMLFloat(w.out, get(v).Float())
	case kindBoolean:
		w.out = strconv.AppendBool(w.out, get(v).Bool())
	case kindBlob:
		w.out = base64.StdEncoding.AppendEncode(w.out, get(v).Bytes())
	case kindTimestamp:
		w.out = appendTime(w.out, get(v).Interface().(time.Time), u.format(formatISO))
	}
}

func appendXMLFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// appendXML escapes text for an element. Line ends are written as references, so that readers do not normalise them; what
// XML has no way to write, such as other control characters, becomes U+FFFD.
func appendXML(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if escaped := escapeXML(r, size); escaped != "" {
			dst = append(append(dst, s[from:i]...), escaped...)
			from = i + size
		}
		i += size
	}
	return append(dst, s[from:]...)
}

func escapeXML(r rune, size int) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	case '\r':
		return "&#xD;"
	case '\n':
		return "&#xA;"
	case '\t':
		return "&#x9;"
	case utf8.RuneError:
		if size == 1 {
			return "\ufffd"
		}
	case 0xFFFE, 0xFFFF:
		return "\ufffd"
	}
	if r < ' ' {
		return "\ufffd"
	}
	return ""
}
