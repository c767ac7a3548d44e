package wire

import (
	"reflect"
	"strconv"
)

// setText reads a scalar from its text.
func setText(text string, p *plan, u *use, dst reflect.Value) error {
	switch p.kind {
	case kindString:
		set(dst, text)
	case kindBlob:
		if err := setBlob(dst, []byte(text)); err != nil {
			return malformed("blob must be Base64")
		}
	case kindBoolean:
		if text != "true" && text != "false" && text != "1" && text != "0" {
			return errBoolean
		}
		set(dst, text == "true" || text == "1")
	case kindTimestamp:
		t, ok := parseTime(text, u.format(formatISO))
		if !ok {
			return errTime
		}
		set(dst, t)
	default:
		return setNumber(text, p.kind, dst)
	}
	return nil
}

func setNumber(text string, k kind, dst reflect.Value) error {
	if k == kindDouble {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return errNumber
		}
		set(dst, f)
		return nil
	}
	n, ok := parseInteger(text, true, k)
	switch {
	case !ok:
		return errNumber
	case k == kindInteger:
		set(dst, int32(n))
	default:
		set(dst, n)
	}
	return nil
}
