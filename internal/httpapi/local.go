package httpapi

import (
	"context"

	"github.com/keyhold/keyhold/internal/control"
	v1 "github.com/keyhold/keyhold/internal/httpapi/v1"
)

func (a *api) health(ctx context.Context, _ *request) (*response, error) {
	if a.config.Health != nil {
		if err := a.config.Health(ctx); err != nil {
			return nil, &control.Error{Code: control.Unavailable, Detail: "The server cannot do its work.", Err: err}
		}
	}
	return &response{body: v1.Health{Status: "ok"}}, nil
}

func (a *api) localReset(ctx context.Context, r *request) (*response, error) {
	if err := noQuery(r); err != nil {
		return nil, err
	}
	return &response{}, a.config.Local.Reset(ctx)
}

func (a *api) localCredentials(ctx context.Context, r *request) (*response, error) {
	if err := noQuery(r); err != nil {
		return nil, err
	}
	var in v1.CredentialsRequest
	wrong, err := decodeStrings(r.body, map[string]*string{"as": &in.As})
	if err != nil {
		return nil, err
	}
	as, err := v1.ParseAs(in.As)
	if err != nil && wrong == nil {
		wrong = []control.FieldError{{Field: "as", Detail: err.Error()}}
	}
	if wrong != nil {
		return nil, faults(wrong)
	}
	credentials, err := a.config.Local.Credentials(ctx, as)
	return &response{body: credentials}, err
}
