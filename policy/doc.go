// Package policy is the AWS policy language: it parses policy documents, decides requests under them and explains
// the decisions.
package policy
