package sts

import (
	"errors"
	"fmt"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/policy"
)

func rootMayNotAssume() *aws.Error {
	return aws.AccessDenied("Roles may not be assumed by root accounts.")
}

func sessionCredentials(operation string) *aws.Error {
	return aws.AccessDenied("Cannot call " + operation + " with session credentials")
}

func unsigned() *aws.Error {
	return &aws.Error{Code: "MissingAuthenticationToken", Message: "Request is missing Authentication Token"}
}

func sourceIdentityIsSet() *aws.Error {
	return aws.AccessDenied("The source identity of a session cannot be changed.")
}

func notSupported(member string) *aws.Error {
	return aws.ValidationError(member + " is not supported.")
}

func invalidRoleARN(arn string) *aws.Error { return aws.ValidationError(arn + " is invalid") }

// constraint is AWS's text for a value that breaks a constraint of the model.
func constraint(value, member, rule string) *aws.Error {
	return aws.ValidationError(fmt.Sprintf(
		"1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must %s", value, member, rule))
}

// tooLong is constraint for values that are too long to repeat.
func tooLong(member string, limit int) *aws.Error {
	return aws.ValidationError(fmt.Sprintf(
		"1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", member, limit))
}

func longerThanRole() *aws.Error {
	return aws.ValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
}

func longerThanChain() *aws.Error {
	return aws.ValidationError("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
}

func invalidParameter(message string) *aws.Error {
	return &aws.Error{Code: "InvalidParameterValue", Message: message}
}

func duplicateTags() *aws.Error {
	return invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
}

func systemTag() *aws.Error {
	return invalidParameter("aws: prefixed tag key names are not allowed for external use.")
}

func inheritedTag() *aws.Error {
	return invalidParameter("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
}

func transitiveNotPassed() *aws.Error {
	return invalidParameter("The specified transitive tag key must be included in the requested tags.")
}

// malformed is the wire form of an error of policy.Parse; other errors stay ours.
func malformed(err error) error {
	if parse, ok := errors.AsType[*policy.ParseError](err); ok {
		return &aws.Error{Code: "MalformedPolicyDocumentException", Message: parse.Reason}
	}
	return err
}

func noSuchPolicy(arn string) *aws.Error {
	return aws.ValidationError("The policy " + arn + " does not exist or is not attachable.")
}

func packedTooLarge(percent int, what string) *aws.Error {
	message := fmt.Sprintf("Packed policy consumes %d%% of allotted space, please use smaller policy.", percent)
	if what == "session tags" {
		message = fmt.Sprintf("Packed size of session tags consumes %d%% of allotted space.", percent)
	}
	return &aws.Error{Code: "PackedPolicyTooLargeException", Message: message}
}

// isWire tells whether err is one that a caller may see. Of Principals, it says that there is no such thing.
func isWire(err error) bool {
	_, ok := errors.AsType[*aws.Error](err)
	return ok
}
