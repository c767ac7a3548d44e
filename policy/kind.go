package policy

// Kind says what sort of policy a document is: which elements it may hold and what an allow in it means.
type Kind uint8

// The kinds of policy.
const (
	Identity Kind = iota + 1 // attached to a user, group or role
	Session                  // passed when a session is made; narrows the session
	Boundary                 // permissions boundary of a user or role
	SCP                      // service control policy of an organisation
	RCP                      // resource control policy of an organisation
	Resource                 // attached to a resource: queue, topic, function, ...
	Trust                    // trust policy of a role: who may assume it
	Key                      // key policy of a KMS key
)

var kindNames = [...]string{"Unknown", "Identity", "Session", "Boundary", "SCP", "RCP", "Resource", "Trust", "Key"}

// String returns the constant's name.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return kindNames[0]
	}
	return kindNames[k]
}

// hasPrincipal reports whether statements of this kind name principals.
func (k Kind) hasPrincipal() bool {
	return k == RCP || k.attachedToResource()
}

// attachedToResource reports whether policies of this kind belong to one resource.
func (k Kind) attachedToResource() bool {
	return k == Resource || k == Trust || k == Key
}
