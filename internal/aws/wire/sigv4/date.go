package sigv4

import (
	"net/http"
	"strconv"
	"time"
)

const basicFormat = "20060102T150405Z" // ISO 8601, basic format, UTC

// setTime takes the basic format, the only one in a query.
func (s *Signature) setTime(value string) error {
	t, ok := parseBasic(value)
	if !ok {
		return badDate(value)
	}
	s.Time, s.timestamp = t, value
	return nil
}

// parseBasic is time.Parse for the one format, at a tenth of the cost.
func parseBasic(value string) (t time.Time, ok bool) {
	if len(value) != len(basicFormat) || value[8] != 'T' || value[15] != 'Z' {
		return t, false
	}
	number := func(from, to int) (n int) {
		for _, c := range []byte(value[from:to]) {
			if c < '0' || c > '9' {
				return -1
			}
			n = 10*n + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), time.Month(number(4, 6)), number(6, 8)
	hour, minute, second := number(9, 11), number(11, 13), number(13, 15)
	if year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return t, false
	}
	t = time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	return t, t.Month() == month && t.Day() == day // Date carries what is out of range
}

// setHTTPDate takes a date header, in the basic format or one of HTTP's. What was signed is its basic format.
func (s *Signature) setHTTPDate(value string) error {
	if s.setTime(value) == nil {
		return nil
	}
	t, err := http.ParseTime(value)
	if err != nil {
		t, err = time.Parse(time.RFC1123Z, value) // as botocore writes it
	}
	if err != nil || t.UTC().Year() > 9999 {
		return badDate(value)
	}
	s.Time = t.UTC()
	s.timestamp = s.Time.Format(basicFormat)
	return nil
}

// setExpires takes the seconds of X-Amz-Expires. The bounds and their texts are S3's, which alone documents them.
func (s *Signature) setExpires(value string) error {
	seconds, err := strconv.ParseInt(value, 10, 32)
	switch {
	case err != nil:
		return errNotANumber
	case seconds < 0:
		return errNegative
	case time.Duration(seconds)*time.Second > maxLifetime:
		return errBeyondAWeek
	}
	s.Expires = time.Duration(seconds) * time.Second
	return nil
}

// checkTime says whether the request is neither too old nor from the future.
func (s *Signature) checkTime(now time.Time) error {
	now = now.UTC()
	lifetime := maxSkew
	if s.Presigned {
		lifetime = min(s.Expires, maxSkew)
	}
	switch age := now.Sub(s.Time); {
	case age > lifetime:
		return expired(s.Time, now, lifetime)
	case age < -maxSkew:
		return notYetCurrent(s.Time, now)
	}
	return nil
}

// checkTimeS3 is checkTime for S3, where a presigned URL lives as long as it says.
func (s *Signature) checkTimeS3(now time.Time) error {
	age := now.Sub(s.Time)
	switch {
	case s.Presigned && age > s.Expires:
		return errS3Expired
	case age < -maxSkew, !s.Presigned && age > maxSkew:
		return errS3Skewed
	}
	return nil
}

// spell writes a duration as AWS does: "15 min."
func spell(d time.Duration) string {
	if d%time.Minute == 0 {
		return strconv.Itoa(int(d/time.Minute)) + " min."
	}
	return strconv.Itoa(int(d/time.Second)) + " sec."
}
