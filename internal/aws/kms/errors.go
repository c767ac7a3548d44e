package kms

import (
	"errors"
	"fmt"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/policy"
)

func notFound(text string) *aws.Error {
	return &aws.Error{Code: "NotFoundException", Message: text}
}

func keyNotFound(arn string) *aws.Error { return notFound(fmt.Sprintf("Key '%s' does not exist", arn)) }

func aliasNotFound(arn string) *aws.Error { return notFound("Alias " + arn + " is not found.") }

func invalidKeyID(id string) *aws.Error { return notFound(fmt.Sprintf("Invalid keyId '%s'", id)) }

// invalidKeyIDInARN is for an ARN whose resource is no key id. AWS leaves the quotes out.
func invalidKeyIDInARN(id string) *aws.Error { return notFound("Invalid keyId " + id) }

func otherRegion(region string) *aws.Error { return notFound("Invalid arn " + region) }

func noSuchPolicy() *aws.Error { return notFound("No such policy exists") }

func invalidARN(text string) *aws.Error {
	return &aws.Error{Code: "InvalidArnException", Message: text}
}

func malformedARN(arn string) *aws.Error { return invalidARN("Invalid arn: " + arn) }

func aliasNotSupported() *aws.Error {
	return invalidARN("Key Aliases are not supported for this operation.")
}

func disabled(arn string) *aws.Error {
	return &aws.Error{Code: "DisabledException", Message: arn + " is disabled."}
}

func invalidState(text string) *aws.Error {
	return &aws.Error{Code: "KMSInvalidStateException", Message: text}
}

func pendingDeletion(arn string) *aws.Error { return invalidState(arn + " is pending deletion.") }

func notPendingDeletion(arn string) *aws.Error {
	return invalidState(arn + " is not pending deletion.")
}

// changedMeanwhile says that what was authorised is not what is there any more. Clients retry it.
func changedMeanwhile() *aws.Error {
	return &aws.Error{
		Code:    "DependencyTimeoutException",
		Message: "The system timed out while trying to fulfill the request. You can retry the request.",
	}
}

// invalidCiphertext has no text, as on AWS: it tells nothing of why the ciphertext does not open.
func invalidCiphertext() *aws.Error { return &aws.Error{Code: "InvalidCiphertextException"} }

func incorrectKey() *aws.Error {
	return &aws.Error{
		Code:    "IncorrectKeyException",
		Message: "The key ID in the request does not identify a CMK that can perform this operation.",
	}
}

// unknownCiphertextKey does not tell whether the key that a ciphertext names exists.
func unknownCiphertextKey() *aws.Error {
	return aws.AccessDenied("The ciphertext refers to a customer master key that does not exist, does not exist in this region, " +
		"or you are not allowed to access.")
}

func incompatibleAlgorithm(algorithm string) *aws.Error {
	return &aws.Error{
		Code:    "InvalidKeyUsageException",
		Message: fmt.Sprintf("Algorithm %s is incompatible with key spec %s.", algorithm, symmetricDefault),
	}
}

// unsupported refuses a part of AWS KMS that is not here, by name and with the reason.
func unsupported(what, why string) *aws.Error {
	return &aws.Error{Code: "UnsupportedOperationException", Message: what + " is not supported. " + why}
}

func invalidGrantToken() *aws.Error {
	return &aws.Error{Code: "InvalidGrantTokenException", Message: "The grant token is not valid. " + noGrants}
}

func dryRun() *aws.Error {
	return &aws.Error{
		Code:    "DryRunOperationException",
		Message: "The request would have succeeded, but the DryRun option is set.",
	}
}

func limitExceeded(text string) *aws.Error {
	return &aws.Error{Code: "LimitExceededException", Message: text}
}

func tooManyOnDemandRotations(arn string) *aws.Error {
	return limitExceeded("The on-demand rotations limit has been reached for the given keyId. " +
		"No more on-demand rotations can be performed for this key: " + arn)
}

func tooManyAliases(arn string) *aws.Error {
	return limitExceeded(fmt.Sprintf("The key %s has %d aliases already.", arn, maxAliasesOfKey))
}

func policyTooLarge() *aws.Error {
	return limitExceeded(fmt.Sprintf("A key policy has at most %d bytes.", maxPolicySize))
}

func aliasExists(arn string) *aws.Error {
	return &aws.Error{Code: "AlreadyExistsException", Message: fmt.Sprintf("An alias with the name %s already exists", arn)}
}

func aliasWithoutPrefix() *aws.Error {
	return aws.ValidationError(`Alias must start with the prefix "alias/". ` +
		"Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
}

func invalidAliasName(name string) *aws.Error {
	return &aws.Error{Code: "InvalidAliasNameException", Message: name + " contains invalid characters for an alias"}
}

func emptyAlias() *aws.Error { return aws.ValidationError("Invalid identifier") }

// reservedAlias is for names that begin with alias/aws/. AWS gives no text.
func reservedAlias() *aws.Error { return &aws.Error{Code: "NotAuthorizedException"} }

func aliasOfAlias() *aws.Error { return aws.ValidationError("Aliases must refer to keys. Not aliases") }

func malformedPolicy(text string) *aws.Error {
	return &aws.Error{Code: "MalformedPolicyDocumentException", Message: text}
}

// refusedPolicy is the wire form of an error of policy.Parse; other errors stay ours.
func refusedPolicy(err error) error {
	var parse *policy.ParseError
	if errors.As(err, &parse) {
		return malformedPolicy(parse.Reason)
	}
	return err
}

func invalidPrincipals() *aws.Error {
	return malformedPolicy("Policy contains a statement with one or more invalid principals.")
}

func lockout() *aws.Error {
	return malformedPolicy("The new key policy will not allow you to update the key policy in the future.")
}

func tagError(text string) *aws.Error { return &aws.Error{Code: "TagException", Message: text} }

func systemTag() *aws.Error {
	return tagError("aws: prefixed tag key names are not allowed for external use.")
}

func duplicateTag() *aws.Error { return tagError("Duplicate tag keys") }

func tooManyTags() *aws.Error {
	return tagError(fmt.Sprintf("A key has at most %d tags.", maxTags))
}

func invalidMarker() *aws.Error {
	return &aws.Error{Code: "InvalidMarkerException", Message: "The marker is not valid for this request."}
}

// constraint is AWS's text for a value that breaks a constraint of the model.
func constraint(value, member, rule string) *aws.Error {
	return aws.ValidationError(fmt.Sprintf(
		"1 validation error detected: Value%s at '%s' failed to satisfy constraint: Member must %s", value, member, rule))
}

// within is AWS's text for a number that is out of its bounds; nil if it is not.
func within(n, least, most int, member string) error {
	switch {
	case n < least:
		return constraint(fmt.Sprintf(" '%d'", n), member, fmt.Sprintf("have value greater than or equal to %d", least))
	case n > most:
		return constraint(fmt.Sprintf(" '%d'", n), member, fmt.Sprintf("have value less than or equal to %d", most))
	}
	return nil
}

func contextTooLarge() *aws.Error {
	return aws.ValidationError(fmt.Sprintf("The encryption context has more than %d characters.", maxContext))
}

func dataKeySizeMissing() *aws.Error {
	return aws.ValidationError("Please specify either number of bytes or key spec.")
}

func randomSizeMissing() *aws.Error { return aws.ValidationError("NumberOfBytes is required.") }

func windowOutOfBounds() *aws.Error {
	return aws.ValidationError(fmt.Sprintf("PendingWindowInDays must be between %d and %d days.", minWindow, maxWindow))
}

func incompatibleUsage(usage string) *aws.Error {
	return aws.ValidationError("KeyUsage " + usage + " is not compatible with KeySpec " + symmetricDefault)
}

func bothSpecs() *aws.Error {
	return aws.ValidationError("You cannot specify KeySpec and CustomerMasterKeySpec in the same request. " +
		"CustomerMasterKeySpec is deprecated.")
}
