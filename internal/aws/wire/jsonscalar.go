package wire

import (
	"reflect"
	"strconv"
	"time"
)

// text reads what JSON writes as a string: strings, blobs, and timestamps in two of the formats.
func (d *jsonDecoder) text(p *plan, u *use, dst reflect.Value) error {
	switch p.kind {
	case kindString, kindBlob:
	case kindTimestamp:
		if u.format(formatEpoch) == formatEpoch {
			return conversion("STRING_VALUE", p)
		}
	default:
		return conversion("STRING_VALUE", p)
	}
	text, err := d.string()
	if err != nil {
		return err
	}
	switch p.kind {
	case kindBlob:
		return setBlob(dst, text)
	case kindTimestamp:
		t, ok := parseTime(string(text), u.format(formatEpoch))
		if !ok {
			return conversion("STRING_VALUE", p)
		}
		set(dst, t)
		return nil
	}
	set(dst, string(text))
	return nil
}

func (d *jsonDecoder) boolean(p *plan, dst reflect.Value, word string, v bool) error {
	if err := d.literal(word); err != nil {
		return err
	}
	if p.kind != kindBoolean {
		return conversion(map[bool]string{true: "TRUE_VALUE", false: "FALSE_VALUE"}[v], p)
	}
	set(dst, v)
	return nil
}

func (d *jsonDecoder) numeric(p *plan, u *use, dst reflect.Value) error {
	text, whole, err := d.number()
	if err != nil {
		return err
	}
	ok := false
	switch p.kind {
	case kindInteger, kindLong:
		var n int64
		if n, ok = parseInteger(string(text), whole, p.kind); ok && p.kind == kindLong {
			set(dst, n)
		} else if ok {
			set(dst, int32(n))
		}
	case kindDouble:
		var f float64
		f, err = strconv.ParseFloat(string(text), 64)
		if ok = err == nil; ok {
			set(dst, f)
		}
	case kindTimestamp:
		var t time.Time
		t, ok = parseTime(string(text), formatEpoch)
		if ok = ok && u.format(formatEpoch) == formatEpoch; ok {
			set(dst, t)
		}
	}
	if !ok {
		return conversion("NUMBER_VALUE", p)
	}
	return nil
}

// wrongType names the mismatch of the next value, which is not a string, with a string.
func (d *jsonDecoder) wrongType(p *plan) error {
	var s string
	return d.value(p, &use{shape: p.shape}, reflect.ValueOf(&s).Elem())
}
