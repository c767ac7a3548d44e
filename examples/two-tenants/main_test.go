package main

import (
	"testing"

	"github.com/keyhold/keyhold/keyholdtest"
)

// TestRun is also how a customer's test uses keyholdtest: the service under test gets its aws.Config from it.
func TestRun(t *testing.T) {
	kh := keyholdtest.New(t)
	kh.CreateTenant(t, "acme")
	kh.CreateTenant(t, "bolt")
	if err := run(t.Context(), kh.Config(t, keyholdtest.ServiceB), keyholdtest.CentralAccount); err != nil {
		t.Fatal(err)
	}
}
