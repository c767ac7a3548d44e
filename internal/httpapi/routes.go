package httpapi

import (
	"context"
	"net/http"
	"time"
)

// maxBody is the most that a request's body may hold, in bytes.
const maxBody = 64 << 10

// route is one operation of the API.
type route struct {
	method     string
	path       string // a pattern of http.ServeMux
	maxBody    int64  // bytes; 0: the request takes no body
	timeout    time.Duration
	permission Permission // "": open to everybody
	handle     func(*api, context.Context, *request) (*response, error)
}

// request is what a handler gets: the body is read, and who asks is known and may.
type request struct {
	*http.Request
	body []byte
}

// response is what a handler answers: 200 with a body unless it says otherwise, 204 if it has none.
type response struct {
	status   int
	location string
	body     any
}

var routes = []route{
	{"GET", "/v1/health", 0, 5 * time.Second, "", (*api).health},
	{"POST", "/v1/tenants", maxBody, time.Minute, WriteTenants, (*api).createTenant},
	{"GET", "/v1/tenants", 0, 10 * time.Second, ReadTenants, (*api).listTenants},
	{"GET", "/v1/tenants/{id}", 0, 10 * time.Second, ReadTenants, (*api).getTenant},
	{"DELETE", "/v1/tenants/{id}", 0, time.Minute, WriteTenants, (*api).deleteTenant},
	{"POST", "/v1/tenants/{id}/restore", 0, time.Minute, WriteTenants, (*api).restoreTenant},
}

// localRoutes exist where Config.Local is given.
var localRoutes = []route{
	{"POST", "/v1/local/reset", 0, time.Minute, UseLocal, (*api).localReset},
	{"POST", "/v1/local/credentials", maxBody, 10 * time.Second, UseLocal, (*api).localCredentials},
}
