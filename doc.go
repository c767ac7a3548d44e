// Package keyhold is the Go SDK of Keyhold: it encrypts each tenant's data under that tenant's own KMS key, with
// credentials that open no other tenant's key.
//
// # The scene
//
// A SaaS provider has a central account A, which owns one KMS key for each tenant, and service accounts, which run the
// services that handle tenants' data. A service in account B runs as ServiceBRole. To work for a tenant it assumes
// ServiceARole in account A, with a session policy that narrows the session to the alias of the tenant's key,
// alias/customer-<tenant-id>. Three policies must agree before a key is used: the role's (aliases of tenants only), the
// session's (this tenant only) and the key's (through its own alias only). A bug in one of them, or in the service,
// does not open another tenant's data.
//
// # Use
//
// A service makes one [Client] and keeps it:
//
//	cfg, err := config.LoadDefaultConfig(ctx) // the service's own credentials
//	...
//	client, err := keyhold.New(cfg, keyhold.WithAccount("111111111111"), keyhold.WithService("crm"))
//	...
//	ciphertext, err := client.EncryptTenantData(ctx, "acme", []byte("4111 1111 1111 1111"))
//	...
//	plaintext, err := client.DecryptTenantData(ctx, "acme", ciphertext)
//
// Take the tenant from what the caller proved, such as a verified token, never from a URL or a form. A tenant id that
// arrives as text goes through [ParseTenantID].
//
// Every ciphertext is bound to its tenant and service through KMS's encryption context. Bind it to its place too, and
// it does not open when it is copied to another row:
//
//	row := keyhold.WithContext(map[string]string{"table": "customers", "id": "17", "field": "card"})
//	ciphertext, err := client.EncryptTenantData(ctx, tenant, card, row)
//	plaintext, err := client.DecryptTenantData(ctx, tenant, ciphertext, row)
//
// Plaintexts are 1 to [MaxPlaintext] bytes for now, since each call is one call of KMS.
//
// # Credentials
//
// A session's credentials are kept in memory for each tenant, within a bound ([WithMaxTenants]), and renewed before
// they expire while the old ones stay in use. Any number of goroutines that need the same tenant's credentials make
// one call to STS; a tenant whose calls are slow or fail delays no other. While STS is unreachable the credentials in
// hand serve until they expire, but no longer once STS answers that the role is denied. [Client.Forget] drops a
// tenant's credentials at once. Disabling the tenant's key or its role takes effect on the next call, since KMS decides
// every call anew.
//
// # Errors
//
// Errors are [*Error] and match the sentinel errors of this package:
//
//	switch {
//	case errors.Is(err, keyhold.ErrCiphertext): // changed, or of another tenant, service or context
//	case errors.Is(err, keyhold.ErrDenied): // policies forbid it; retrying does not help
//	case errors.Is(err, keyhold.ErrTenantUnknown), errors.Is(err, keyhold.ErrKeyDisabled): // not, or not now, a tenant
//	case errors.Is(err, keyhold.ErrThrottled): // the SDK's retries were used up
//	}
//
// The error of the AWS SDK stays reachable with errors.As. A cancelled context ends a call with the context's error.
//
// # Endpoints
//
// Everything goes through aws-sdk-go-v2 with the given aws.Config. On AWS nothing else is needed. For Keyhold's
// embedded AWS set aws.Config.BaseEndpoint, or AWS_ENDPOINT_URL in the environment.
package keyhold
