package iam

import (
	"errors"
	"fmt"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/policy"
)

const noSuchEntityCode = "NoSuchEntityException"

func noSuchEntity(text string) *aws.Error {
	return &aws.Error{Code: noSuchEntityCode, Message: text}
}

func entityNotFound(k kind, name string) *aws.Error {
	return noSuchEntity(fmt.Sprintf("The %s with name %s cannot be found.", k, name))
}

func idNotFound(id string) *aws.Error {
	return noSuchEntity(fmt.Sprintf("The entity with id %s cannot be found.", id))
}

func notInGroup(user, group string) *aws.Error {
	return noSuchEntity(fmt.Sprintf("User %s is not in group %s.", user, group))
}

func inlineNotFound(k kind, name string) *aws.Error {
	return noSuchEntity(fmt.Sprintf("The %s policy with name %s cannot be found.", k, name))
}

func accessKeyNotFound(id string) *aws.Error {
	return noSuchEntity(fmt.Sprintf("The Access Key with id %s cannot be found.", id))
}

func policyNotFound(arn string) *aws.Error {
	return noSuchEntity(fmt.Sprintf("Policy %s was not found.", arn))
}

func noSuchPolicy(account, name string) *aws.Error {
	return policyNotFound(policyARN(account, "/", name))
}

func policyNotAttachable(arn string) *aws.Error {
	return noSuchEntity(fmt.Sprintf("Policy %s does not exist or is not attachable.", arn))
}

func versionNotFound(arn, version string) *aws.Error {
	return noSuchEntity(fmt.Sprintf("Policy %s version %s does not exist or is not attachable.", arn, version))
}

func boundaryNotFound(arn string) *aws.Error {
	return noSuchEntity(fmt.Sprintf("Scope ARN: %s does not exist or is not attachable.", arn))
}

func noBoundary(k kind, name string) *aws.Error {
	return noSuchEntity(fmt.Sprintf("The %s with name %s has no permissions boundary.", k, name))
}

func alreadyExists(text string) *aws.Error {
	return &aws.Error{Code: "EntityAlreadyExistsException", Message: text}
}

func entityExists(k kind, name string) *aws.Error {
	return alreadyExists(fmt.Sprintf("%s with name %s already exists.", k.title(), name))
}

func policyExists(name string) *aws.Error {
	return alreadyExists(fmt.Sprintf("A policy called %s already exists. Duplicate names are not allowed.", name))
}

func deleteConflict(text string) *aws.Error {
	return &aws.Error{Code: "DeleteConflictException", Message: text}
}

// stillHas says what must be done before an entity can be deleted.
func stillHas(first string) *aws.Error {
	return deleteConflict("Cannot delete entity, must " + first + " first.")
}

func policyInUse() *aws.Error { return deleteConflict("Cannot delete a policy attached to entities.") }

func hasVersions() *aws.Error {
	return deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. " +
		"The default version is deleted with the policy.")
}

func isDefaultVersion() *aws.Error {
	return deleteConflict("Cannot delete the default version of a policy.")
}

func managedByAWS() *aws.Error { return aws.AccessDenied("Policy is outside your own account.") }

func limitExceeded(text string) *aws.Error {
	return &aws.Error{Code: "LimitExceededException", Message: text}
}

func quotaExceeded(quota string, value int) *aws.Error {
	return limitExceeded(fmt.Sprintf("Cannot exceed quota for %s: %d", quota, value))
}

func inlineTooLarge(k kind, name string) *aws.Error {
	return limitExceeded(fmt.Sprintf("Maximum policy size of %d bytes exceeded for %s %s", inlineQuota[k], k, name))
}

func tooManyVersions() *aws.Error {
	return limitExceeded("A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
}

func tooManyTags() *aws.Error {
	return limitExceeded("The number of tags has reached the maximum limit.")
}

func invalidInput(text string) *aws.Error {
	return &aws.Error{Code: "InvalidInputException", Message: text}
}

func duplicateTags() *aws.Error {
	return invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
}

func systemTag() *aws.Error {
	return invalidInput("aws: prefixed tag key names are not allowed for external use.")
}

func reservedPath() *aws.Error {
	return invalidInput("Path /aws-service-role/ is reserved for service-linked roles, which are not supported.")
}

func malformedPolicy(text string) *aws.Error {
	return &aws.Error{Code: "MalformedPolicyDocumentException", Message: text}
}

// malformed is the wire form of an error of policy.Parse; other errors stay ours.
func malformed(err error) error {
	if parse, ok := errors.AsType[*policy.ParseError](err); ok {
		return malformedPolicy(parse.Reason)
	}
	return err
}

func invalidPrincipal(value string) *aws.Error {
	return malformedPolicy(fmt.Sprintf(`Invalid principal in policy: "AWS":"%s"`, value))
}

func invalidMarker() *aws.Error {
	return aws.ValidationError("Invalid Marker.")
}

func invalidARN(arn string) *aws.Error {
	return invalidInput(fmt.Sprintf("ARN %s is not valid.", arn))
}

// constraint is AWS's text for a value that breaks a constraint of the model.
func constraint(value, member, rule string) *aws.Error {
	return aws.ValidationError(fmt.Sprintf(
		"1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must %s", value, member, rule))
}

func needsUserName() *aws.Error {
	return aws.ValidationError("Must specify userName when calling with non-User credentials")
}

// isNotFound tells whether err says that something does not exist.
func isNotFound(err error) bool {
	wire, ok := errors.AsType[*aws.Error](err)
	return ok && wire.Code == noSuchEntityCode
}
