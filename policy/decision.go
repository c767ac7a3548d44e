package policy

// Set holds the policies that apply to a request.
type Set struct {
	Identity   []*Policy   // of the user and its groups, or of the role
	Sessions   []*Policy   // session policies, inline and by ARN; together they are a union
	HasSession bool        // whether session policies were passed when the session was made
	Boundaries []*Policy   // permissions boundaries; each must allow
	Resource   *Policy     // of kind Resource, Trust or Key; nil if the resource has none
	SCPs       [][]*Policy // of the principal's account, by level, root first; empty outside an organisation. Each level must allow
	RCPs       [][]*Policy // of the resource's account, by level, root first; RCPFullAWSAccess may be left out
}

// Effect is the outcome of an evaluation. The zero value denies.
type Effect uint8

// The outcomes.
const (
	ImplicitDeny Effect = iota // nothing allows the request
	ExplicitDeny               // a Deny statement matches
	Allow                      // allowed
)

var effectNames = [...]string{"ImplicitDeny", "ExplicitDeny", "Allow"}

// String returns the constant's name.
func (e Effect) String() string { return effectNames[e] }

// MarshalText returns the constant's name.
func (e Effect) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// Layer is one of the sorts of policies that together decide.
type Layer uint8

// The layers.
const (
	NoLayer Layer = iota // no policy decided
	IdentityLayer
	SessionLayer
	BoundaryLayer
	SCPLayer
	RCPLayer
	ResourceLayer
)

var layerNames = [...]string{"None", "Identity", "Session", "Boundary", "SCP", "RCP", "Resource"}

// String returns the constant's name without its suffix.
func (l Layer) String() string { return layerNames[l] }

// MarshalText returns what String returns.
func (l Layer) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Decision is the outcome of a request.
type Decision struct {
	Effect       Effect     `json:"decision"`
	Layer        Layer      `json:"layer"`        // which denied explicitly, lacked the allow, or granted it
	Statement    *Statement `json:"-"`            // the deciding statement; nil if there is none
	CrossAccount bool       `json:"crossAccount"` // whether principal and resource belong to different accounts
}
