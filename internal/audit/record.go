package audit

import (
	"strconv"
	"strings"
	"time"

	"github.com/keyhold/keyhold/internal/aws"
	"github.com/keyhold/keyhold/internal/aws/wire"
	"github.com/keyhold/keyhold/policy"
)

// Encoder writes records. It writes the parameters of a call without blobs and secrets.
type Encoder struct{ Codec *wire.Codec }

const eventVersion = "1.11"

// Append appends the record of a call as one line of JSON, with CloudTrail's names.
func (enc Encoder) Append(b []byte, e *aws.Event) []byte {
	c := e.Call
	b = append(b, `{"eventVersion":"`+eventVersion+`","userIdentity":`...)
	b = append(b, c.Caller.Rendered(identity)...)
	b = append(b, `,"eventTime":"`...)
	b = c.Time.UTC().AppendFormat(b, time.RFC3339)
	b = field(b, `","eventSource":`, c.Service+".amazonaws.com")
	b = field(b, `,"eventName":`, c.Operation)
	b = field(b, `,"awsRegion":`, c.Region)
	b = append(b, `,"sourceIPAddress":"`...)
	if c.SourceIP.IsValid() {
		b = c.SourceIP.AppendTo(b)
	} else {
		b = append(b, "keyhold.internal"...)
	}
	b = field(b, `","userAgent":`, c.UserAgent)
	if e.Err != nil {
		b = field(b, `,"errorCode":`, e.Err.Code)
		b = field(b, `,"errorMessage":`, e.Err.Message)
	}
	b = append(b, `,"requestParameters":`...)
	b = enc.Codec.AppendParams(b, c.Service, c.Operation, e.In)
	b = append(b, `,"responseElements":null`...)
	b = appendNotes(b, c.Notes())
	b = field(b, `,"requestID":`, c.RequestID)
	b = append(b, `,"eventID":"`...)
	b = aws.AppendUUID(b)
	b = append(b, `","readOnly":`...)
	b = strconv.AppendBool(b, e.ReadOnly)
	b = appendResources(b, c)
	b = append(b, `,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":`...)
	b = wire.AppendString(b, recipient(c))
	return append(b, `,"eventCategory":"Management"}`...)
}

// recipient is the account that owns what was called for, which is the caller's own unless a resource says otherwise.
func recipient(c *aws.Call) string {
	if checks := c.Checks(); len(checks) > 0 {
		return checks[0].Account
	}
	return c.Account()
}

// identity is the userIdentity of a caller's records.
func identity(who *aws.Caller) []byte {
	b := append(make([]byte, 0, 512), `{"type":"`...)
	b = append(b, identityType(who.Kind)...)
	if who.Kind == policy.Service {
		return append(field(b, `","invokedBy":`, who.ARN), '}')
	}
	b = field(b, `","principalId":`, who.UserID)
	b = field(b, `,"arn":`, who.ARN)
	b = field(b, `,"accountId":`, who.Account)
	if who.AccessKeyID != "" {
		b = field(b, `,"accessKeyId":`, who.AccessKeyID)
	}
	if who.UserName != "" {
		b = field(b, `,"userName":`, who.UserName)
	}
	if who.Temporary() {
		b = appendSession(b, who)
	}
	return append(b, '}')
}

func appendSession(b []byte, who *aws.Caller) []byte {
	b = append(b, `,"sessionContext":{`...)
	if who.Kind == policy.RoleSession {
		b = field(b, `"sessionIssuer":{"type":"Role","principalId":`, who.ID)
		b = field(b, `,"arn":`, who.Issuer)
		b = field(b, `,"accountId":`, who.Account)
		b = field(b, `,"userName":`, who.RoleName)
		b = append(b, `},`...)
	}
	if who.SourceIdentity != "" {
		b = append(field(b, `"sourceIdentity":`, who.SourceIdentity), ',')
	}
	b = append(b, `"attributes":{"creationDate":"`...)
	b = who.IssuedAt.UTC().AppendFormat(b, time.RFC3339)
	b = append(b, `","mfaAuthenticated":"`...)
	b = strconv.AppendBool(b, who.MFA)
	return append(b, `"}}`...)
}

func identityType(k policy.PrincipalKind) string {
	switch k {
	case policy.Root:
		return "Root"
	case policy.User:
		return "IAMUser"
	case policy.RoleSession:
		return "AssumedRole"
	case policy.FederatedUser:
		return "FederatedUser"
	case policy.Service:
		return "AWSService"
	}
	return "Unknown"
}

func appendNotes(b []byte, notes []aws.Note) []byte {
	for i, n := range notes {
		if i == 0 {
			b = append(b, `,"additionalEventData":{`...)
		} else {
			b = append(b, ',')
		}
		b = wire.AppendString(b, n.Key)
		b = append(b, ':')
		b = wire.AppendString(b, n.Value)
	}
	if len(notes) > 0 {
		b = append(b, '}')
	}
	return b
}

// appendResources names each resource that was asked for, once.
func appendResources(b []byte, c *aws.Call) []byte {
	n := 0
	for i, k := range c.Checks() {
		if k.Resource == "*" || i > 0 && c.Checks()[i-1].Resource == k.Resource {
			continue
		}
		if n == 0 {
			b = append(b, `,"resources":[`...)
		} else {
			b = append(b, ',')
		}
		n++
		b = field(b, `{"accountId":`, k.Account)
		b = field(b, `,"type":`, resourceType(k.Resource))
		b = append(field(b, `,"ARN":`, k.Resource), '}')
	}
	if n > 0 {
		b = append(b, ']')
	}
	return b
}

// resourceType is CloudFormation's name for the kind of resource that an ARN names.
func resourceType(arn string) string {
	// arn:partition:service:region:account:noun/name
	var part [6]string
	for i := range part {
		part[i], arn, _ = strings.Cut(arn, ":")
	}
	noun, _, _ := strings.Cut(part[5], "/")
	switch service := part[2]; {
	case service == "kms" && noun == "key":
		return "AWS::KMS::Key"
	case service == "kms" && noun == "alias":
		return "AWS::KMS::Alias"
	case service == "iam" && noun == "role":
		return "AWS::IAM::Role"
	case service == "iam" && noun == "user":
		return "AWS::IAM::User"
	case service == "iam" && noun == "group":
		return "AWS::IAM::Group"
	case service == "iam" && noun == "policy":
		return "AWS::IAM::ManagedPolicy"
	default:
		return "AWS::" + service + "::" + noun
	}
}

// field appends a literal name and a string value.
func field(b []byte, name, value string) []byte { return wire.AppendString(append(b, name...), value) }
