package wire

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// The three ways in which AWS writes a point in time.
const (
	formatEpoch = "unixTimestamp" // seconds since 1970, with a fraction
	formatISO   = "iso8601"
	formatHTTP  = "rfc822"
)

// format is the timestamp format of a use: its own, or its shape's, or else the protocol's.
func (u *use) format(protocol string) string {
	switch {
	case u.timestampFormat != "":
		return u.timestampFormat
	case u.shape.timestampFormat != "":
		return u.shape.timestampFormat
	}
	return protocol
}

// parseTime reads a timestamp in one of the formats. The years 1 to 9999 are accepted.
func parseTime(s, format string) (time.Time, bool) {
	var t time.Time
	var err error
	switch format {
	case formatEpoch:
		return parseEpoch(s)
	case formatISO:
		t, err = time.Parse(time.RFC3339, s)
	case formatHTTP:
		t, err = http.ParseTime(s)
	default:
		return t, false
	}
	return t.UTC(), err == nil && t.Year() >= 1 && t.Year() <= 9999
}

// parseEpoch reads seconds since 1970 to the millisecond.
func parseEpoch(s string) (time.Time, bool) {
	const first, last = -62135596800, 253402300799 // the years 1 and 9999
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= first && f <= last) {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(math.Round(f * 1000))).UTC(), true
}

// appendTime writes a timestamp to the millisecond, without a fraction where there is none.
func appendTime(dst []byte, t time.Time, format string) []byte {
	t = t.UTC()
	switch format {
	case formatEpoch:
		return appendEpoch(dst, t.UnixMilli())
	case formatHTTP:
		return t.AppendFormat(dst, http.TimeFormat)
	}
	if t.UnixMilli()%1000 == 0 {
		return t.AppendFormat(dst, "2006-01-02T15:04:05Z")
	}
	return t.AppendFormat(dst, "2006-01-02T15:04:05.000Z")
}

func appendEpoch(dst []byte, ms int64) []byte {
	if ms < 0 {
		dst, ms = append(dst, '-'), -ms
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	if frac := ms % 1000; frac != 0 {
		dst = append(dst, '.', byte('0'+frac/100), byte('0'+frac/10%10), byte('0'+frac%10))
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return dst
}
