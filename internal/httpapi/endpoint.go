package httpapi

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/keyhold/keyhold/internal/control"
)

// endpoint is the routes of one path, by their methods; it has none where there is nothing.
type endpoint struct {
	api     *api
	methods map[string]route
}

var errNoPath = &refusal{http.StatusNotFound, "There is nothing at this path."}

// ServeHTTP implements http.Handler.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resp, err := e.answer(w, r)
	if err != nil {
		e.api.writeError(w, r, err)
		return
	}
	e.api.write(w, r, resp)
}

// answer takes a request from the guard to its handler.
func (e *endpoint) answer(w http.ResponseWriter, r *http.Request) (resp *response, err error) {
	defer recovered(&err)
	if err := e.api.config.guard(r); err != nil {
		return nil, err
	}
	rt, err := e.route(w, r)
	if err != nil {
		return nil, err
	}
	body, err := rt.read(w, r)
	if err != nil {
		return nil, err
	}
	if err := e.api.authorize(rt, r, body); err != nil {
		return nil, err
	}
	ctx := r.Context()
	if rt.method != http.MethodGet {
		ctx = context.WithoutCancel(ctx) // a change that has begun goes on although the client has left
	}
	ctx, cancel := context.WithTimeout(ctx, rt.timeout)
	defer cancel()
	return rt.handle(e.api, ctx, &request{r, body})
}

// route finds the route of a request's method.
func (e *endpoint) route(w http.ResponseWriter, r *http.Request) (*route, error) {
	if e.methods == nil {
		return nil, errNoPath
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	rt, ok := e.methods[method]
	if !ok {
		w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(e.methods)), ", "))
		return nil, &refusal{http.StatusMethodNotAllowed, "This path does not have the method " + r.Method + "."}
	}
	return &rt, nil
}

// read reads the body of a request.
func (rt *route) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	// A body that dribbles in is as late as one that does not come. Not all writers know deadlines; the server's do.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(rt.timeout))
	if r.Body == nil { // as in a request made in this process
		r.Body = http.NoBody
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, rt.maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge) && rt.maxBody == 0:
		return nil, &refusal{http.StatusRequestEntityTooLarge, "This request takes no body."}
	case errors.As(err, &tooLarge):
		return nil, &refusal{http.StatusRequestEntityTooLarge, "The body is larger than 64 KiB."}
	case err != nil:
		return nil, &refusal{http.StatusBadRequest, "The body did not arrive."}
	}
	if rt.maxBody > 0 {
		return body, checkJSONType(r.Header)
	}
	return body, nil
}

// authorize decides whether who asks may.
func (a *api) authorize(rt *route, r *http.Request, body []byte) error {
	if rt.permission == "" {
		return nil
	}
	principal, err := a.authenticate(r, body)
	if err != nil {
		return err
	}
	if !principal.may(rt.permission) {
		return &control.Error{Code: control.Denied, Detail: "The credentials do not have the permission " + string(rt.permission) + "."}
	}
	return nil
}
