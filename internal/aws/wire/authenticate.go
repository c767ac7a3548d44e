package wire

import (
	"errors"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/wire/sigv4"
)

// claim is who made a request, proven.
type claim struct {
	caller *aws.Caller
	region string
}

// authenticate finds the service that a request is for, reads its body, and proves who sent it.
func (h *handler) authenticate(x *exchange, now time.Time) (claim, error) {
	if x.unsigned != nil {
		return claim{}, refusal(x.unsigned)
	}
	sig := x.signature
	var err error
	if x.service, err = x.protocol.service(h.codec, x); err != nil {
		return claim{}, err
	}
	if err := x.service.load(); err != nil {
		return claim{}, err
	}
	if err := sig.CheckScope(x.service.ops.Service); err != nil {
		return claim{}, refusal(err)
	}
	if !aws.IsRegion(sig.Region) {
		return claim{}, &aws.Error{Code: "SignatureDoesNotMatch", Message: "Credential should be scoped to a valid region. "}
	}
	cred, err := h.auth.Credential(x.request.Context(), sig.AccessKeyID, sig.SessionToken)
	if err != nil {
		return claim{}, err
	}
	if err := x.read(); err != nil {
		return claim{}, err
	}
	if err := sig.Verify(x.request, x.raw.bytes(), keys(cred), now); err != nil {
		return claim{}, refusal(err)
	}
	if !cred.Expires.IsZero() && !now.Before(cred.Expires) {
		return claim{}, aws.ExpiredToken()
	}
	return claim{cred.Caller, sig.Region}, x.decompress()
}

// identify reads who claims to have sent a request, and chooses its protocol.
func (h *handler) identify(x *exchange) {
	var signedFor *service
	if x.signature, x.unsigned = sigv4.Parse(x.request); x.unsigned == nil {
		signedFor = h.codec.services[x.signature.Service]
	}
	x.protocol = choose(x.request, signedFor)
}

// keys are the signing keys of a credential, derived once in its life.
func keys(cred *aws.Credential) *sigv4.Keys {
	return cred.Signing(newKeys).(*sigv4.Keys)
}

func newKeys(secret string) any { return sigv4.NewKeys(secret) }

// refusal translates an error of package sigv4.
func refusal(err error) error {
	var e *sigv4.Error
	if errors.As(err, &e) {
		return &aws.Error{Code: e.Code, Message: e.Message}
	}
	return err
}

// newCall makes the call of an exchange, in its room.
func newCall(x *exchange, who claim, now time.Time) *aws.Call {
	x.call = aws.Call{
		RequestID: x.id,
		Service:   x.service.ops.Service,
		Operation: x.name,
		Region:    who.region,
		Time:      now,
		Caller:    who.caller,
		SourceIP:  sourceIP(x.request.RemoteAddr),
		UserAgent: userAgent(x.request.Header.Get("User-Agent")),
		Secure:    x.request.TLS != nil,
	}
	return &x.call
}

// sourceIP is the address of the other end of the connection. Forwarding headers are not believed.
func sourceIP(remote string) netip.Addr {
	addr, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Addr().Unmap().WithZone("")
}

// userAgent bounds a User-Agent header and replaces what does not belong in a log.
func userAgent(s string) string {
	const limit = 512
	if len(s) > limit {
		s = s[:limit]
	}
	ascii := true
	for i := range len(s) {
		ascii = ascii && ' ' <= s[i] && s[i] < 0x7f
	}
	if ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}
