package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// guard refuses requests that a web page of another site made a browser send: under a name that was pointed at this
// server (DNS rebinding), or from another origin.
func (c *Config) guard(r *http.Request) error {
	if !c.serves(r.Host) {
		return &refusal{http.StatusMisdirectedRequest, "This server does not answer under the name of the request's Host header."}
	}
	if !sameOrigin(r) {
		return &refusal{http.StatusForbidden, "This server does not answer requests from pages of other origins."}
	}
	return nil
}

// serves tells whether the server answers under a name.
func (c *Config) serves(hostport string) bool {
	if !c.LoopbackOnly {
		return true
	}
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}

func sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}
