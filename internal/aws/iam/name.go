package iam

import "strings"

// checkName checks a name against the model's pattern [\w+=,.@-]+. The door's callers inside do not come through the
// protocol layer, which checks the model's constraints, and names become parts of ARNs.
func checkName(member, name string) error {
	if name == "" || len(name) > 128 {
		return constraint(name, member, "have length between 1 and 128")
	}
	for i := range len(name) {
		if !nameByte(name[i]) {
			return constraint(name, member, `satisfy regular expression pattern: [\w+=,.@-]+`)
		}
	}
	return nil
}

func nameByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("_+=,.@-", b) >= 0
}

// checkPath checks a path: it begins and ends with a slash. The paths of service-linked roles are AWS's own.
func checkPath(path string) error {
	if path == "" || path[0] != '/' || path[len(path)-1] != '/' || len(path) > 512 {
		return pathConstraint(path)
	}
	for i := range len(path) {
		if path[i] < 0x21 || path[i] > 0x7e {
			return pathConstraint(path)
		}
	}
	if strings.HasPrefix(path, "/aws-service-role/") {
		return reservedPath()
	}
	return nil
}

func pathConstraint(path string) error {
	return constraint(path, "path", `satisfy regular expression pattern: (\u002F)|(\u002F[\u0021-\u007E]+\u002F)`)
}

// fold is the form of a name that is unique in an account: names that differ in case alone cannot exist side by side.
func fold(name string) string { return strings.ToLower(name) }
