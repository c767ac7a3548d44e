package wire

import (
	"bytes"
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
)

// set stores v in dst, which holds a T or a pointer to one.
func set[T any](dst reflect.Value, v T) {
	held := reflect.ValueOf(&v)
	if dst.Kind() != reflect.Pointer {
		held = held.Elem()
	}
	dst.Set(held)
}

// get is what src holds or points to; it must not be nil.
func get(src reflect.Value) reflect.Value {
	if src.Kind() == reflect.Pointer {
		return src.Elem()
	}
	return src
}

// article is the kind of a scalar as AWS's messages name it.
var article = map[kind]string{
	kindString: "a String", kindInteger: "an Integer", kindLong: "a Long", kindDouble: "a Double", kindBoolean: "a Boolean",
	kindBlob: "a Blob", kindTimestamp: "milliseconds since epoch",
}

// conversion says that a token cannot be read as the plan's shape.
func conversion(token string, p *plan) error {
	switch p.kind {
	case kindList:
		return errWantList
	case kindMap:
		return errWantMap
	case kindStructure:
		return errWantNull
	}
	return notExpected(token + " can not be converted to " + article[p.kind])
}

// parseInteger reads a number for an Integer or Long. A fraction is cut off, as AWS does; a number out of range is not
// read.
func parseInteger(text string, whole bool, k kind) (int64, bool) {
	bits := 64
	if k == kindInteger {
		bits = 32
	}
	if whole {
		n, err := strconv.ParseInt(text, 10, bits)
		return n, err == nil
	}
	f, err := strconv.ParseFloat(text, 64)
	f = math.Trunc(f)
	limit := math.Ldexp(1, bits-1)
	if err != nil || f < -limit || f >= limit {
		return 0, false
	}
	return int64(f), true
}

// setBlob stores the bytes that text is the Base64 of: the standard alphabet, padded, nothing else.
func setBlob(dst reflect.Value, text []byte) error {
	if len(text)%4 != 0 {
		return notExpected("Base64 encoded length is expected a multiple of 4 bytes but found: " + strconv.Itoa(len(text)))
	}
	blob := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(blob, text)
	if err != nil || bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 { // which Go would skip
		return notExpected("Invalid Base64 character")
	}
	dst.SetBytes(blob[:n])
	return nil
}
