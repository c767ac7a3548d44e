package wire

import (
	"encoding/base64"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// jsonWriter writes values as JSON. Members that are nil are left out.
type jsonWriter struct {
	out []byte
	// audit writes for the audit trail: names in lowerCamel, times in ISO 8601, and neither blobs nor sensitive values.
	audit bool
}

func (w *jsonWriter) value(p *plan, u *use, v reflect.Value) {
	switch p.kind {
	case kindStructure:
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		w.structure(p, v)
	case kindList:
		w.list(p, v)
	case kindMap:
		w.mapping(p, v)
	case kindString:
		w.out = AppendString(w.out, get(v).String())
	case kindInteger:
		w.out = strconv.AppendInt(w.out, get(v).Int(), 10)
	case kindLong:
		w.out = strconv.AppendInt(w.out, get(v).Int(), 10)
	case kindDouble:
		w.out = appendFloat(w.out, get(v).Float())
	case kindBoolean:
		w.out = strconv.AppendBool(w.out, get(v).Bool())
	case kindBlob:
		w.out = append(w.out, '"')
		w.out = base64.StdEncoding.AppendEncode(w.out, get(v).Bytes())
		w.out = append(w.out, '"')
	case kindTimestamp:
		w.timestamp(u, get(v).Interface().(time.Time))
	}
}

func (w *jsonWriter) structure(p *plan, v reflect.Value) {
	w.out = append(w.out, '{')
	first := true
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(f.index)
		if fv.IsNil() || w.audit && f.plan.hidden() {
			continue
		}
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		name := f.name
		if w.audit {
			name = f.lower
		}
		w.out = append(w.out, '"')
		w.out = append(w.out, name...)
		w.out = append(w.out, '"', ':')
		w.value(f.plan, &f.use, fv)
	}
	w.out = append(w.out, '}')
}

// hidden tells whether values do not go into the audit trail.
func (p *plan) hidden() bool {
	if p.secret {
		return true
	}
	for p.kind == kindList || p.kind == kindMap {
		p = p.element
	}
	return p.kind == kindBlob
}

func (w *jsonWriter) list(p *plan, v reflect.Value) {
	w.out = append(w.out, '[')
	for i := range v.Len() {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.value(p.element, &p.shape.element, v.Index(i))
	}
	w.out = append(w.out, ']')
}

// mapping writes a map in the order of its keys.
func (w *jsonWriter) mapping(p *plan, v reflect.Value) {
	w.out = append(w.out, '{')
	if m, ok := v.Interface().(map[string]string); ok {
		var room [16]string
		for i, key := range sortedKeys(m, room[:0]) {
			w.key(i, key)
			w.out = AppendString(w.out, m[key])
		}
	} else {
		for i, key := range sortedValues(v) {
			w.key(i, key.String())
			w.value(p.element, &p.shape.element, addressable(v.MapIndex(key)))
		}
	}
	w.out = append(w.out, '}')
}

func (w *jsonWriter) key(i int, key string) {
	if i > 0 {
		w.out = append(w.out, ',')
	}
	w.out = AppendString(w.out, key)
	w.out = append(w.out, ':')
}

func sortedKeys(m map[string]string, keys []string) []string {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func sortedValues(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
	return keys
}

// addressable copies a map's value to where its address can be taken.
func addressable(v reflect.Value) reflect.Value {
	room := reflect.New(v.Type()).Elem()
	room.Set(v)
	return room
}

func (w *jsonWriter) timestamp(u *use, t time.Time) {
	format := u.format(formatEpoch)
	if w.audit {
		format = formatISO
	}
	if format == formatEpoch {
		w.out = appendTime(w.out, t, format)
		return
	}
	w.out = append(w.out, '"')
	w.out = appendTime(w.out, t, format)
	w.out = append(w.out, '"')
}
