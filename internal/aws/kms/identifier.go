package kms

import (
	"strings"

	"github.com/keyhold/keyhold/internal/aws"
)

const aliasPrefix = "alias/"

// identifier is what a caller calls a key: by id or by alias, in its own account or in another.
type identifier struct {
	account string
	keyID   string // empty if alias is given
	alias   string // with its prefix
}

// parseIdentifier reads a key id, key ARN, alias name or alias ARN.
func parseIdentifier(c *aws.Call, s string) (identifier, error) {
	if strings.HasPrefix(s, "arn:") {
		return parseARN(c, s)
	}
	if strings.HasPrefix(s, aliasPrefix) {
		return identifier{account: c.Account(), alias: s}, nil
	}
	if !isKeyID(s) {
		return identifier{}, invalidKeyID(s)
	}
	return identifier{account: c.Account(), keyID: s}, nil
}

func parseARN(c *aws.Call, s string) (identifier, error) {
	a, err := aws.ParseARN(s)
	if err != nil || a.Partition != aws.Partition || a.Service != drawer || !aws.IsAccount(a.Account) {
		return identifier{}, malformedARN(s)
	}
	if a.Region != c.Region {
		return identifier{}, otherRegion(a.Region)
	}
	if strings.HasPrefix(a.Resource, aliasPrefix) {
		return identifier{account: a.Account, alias: a.Resource}, nil
	}
	id, ok := strings.CutPrefix(a.Resource, "key/")
	if !ok {
		return identifier{}, malformedARN(s)
	}
	if !isKeyID(id) {
		return identifier{}, invalidKeyIDInARN(id)
	}
	return identifier{account: a.Account, keyID: id}, nil
}

// place is where the key would be, or an alias's account and region.
func (i identifier) place(region string) place { return place{i.account, region, i.keyID} }

// arn is the ARN of the key or alias.
func (i identifier) arn(region string) string {
	if i.alias != "" {
		return aliasARN(i.account, region, i.alias)
	}
	return i.place(region).arn()
}

func aliasARN(account, region, name string) string {
	return aws.ARN{Partition: aws.Partition, Service: drawer, Region: region, Account: account, Resource: name}.String()
}
