package incident

// A Person is someone (or some tool) who acts in an incident. ID is opaque and
// stable ("local/ana", "slack/T1/U1"); Name is what people read.
type Person struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// IsZero reports whether p names nobody.
func (p Person) IsZero() bool { return p.ID == "" && p.Name == "" }

// String returns the name that people read, or the id where there is none.
func (p Person) String() string {
	if p.Name != "" {
		return p.Name
	}
	return p.ID
}

// A Place is a conversation on a chat platform: a channel, a thread that serves
// as one, or a surface such as the command line.
type Place struct {
	Platform string `json:"platform,omitempty"`
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty"`
	Within   string `json:"within,omitempty"` // the id of the channel that a thread is in; "" for a channel
}

// IsZero reports whether p is nowhere.
func (p Place) IsZero() bool { return p == Place{} }
