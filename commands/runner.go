package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/store"
)

// A Severity is one degree of how bad it is, worst first in a configuration.
type Severity struct {
	Name       string
	Postmortem string // required, optional or none
}

// A Role is a part that somebody plays in an incident.
type Role struct {
	Name         string
	Aliases      []string
	Instructions string // what its holder is told on taking it
}

// A Person is one human being with accounts on several platforms.
type Person struct {
	incident.Person                // as the record names them
	Accounts        []string       // the ids of their accounts: "slack/U024BE7LH"
	Zone            *time.Location // that their bare clock times are read in; nil for what the platform says
}

// A Linter looks at words before customers see them.
type Linter interface {
	// Lint returns what it found in words that are about to be published, held
	// against the record. The error is ours.
	Lint(ctx context.Context, in *incident.Incident, words string) ([]bot.Finding, error)
}

// A Model is a language model that drafts can be put into prose by.
type Model interface {
	// May is nil, or the Problem why drafts of an incident are not sent anywhere.
	May(in *incident.Incident) error
	// Sends says what would be sent for a draft of an incident as it is now: to
	// whom and how much, in sentences, and in full, passage by passage. The error is
	// ours.
	Sends(ctx context.Context, in *incident.Incident) (about []string, full []bot.Section, err error)
}

// Options are the optional parts of a Runner. Nil and the zero value give the
// defaults of the design: sev1 to sev4, the four roles, anyone may do anything.
type Options struct {
	Name       string // the command's name, without the slash; "incident"
	Severities []Severity
	Roles      []Role
	People     []Person // whose accounts are joined, and who are known by name before they have said anything
	Who        map[Power][]string
	Mark       []string                                        // the emoji that lift a message into the story
	Mask       func(text string) (masked string, was []string) // takes secrets out, before anything is kept
	Lint       Linter
	// Why says in a sentence why an entry ("T12") is in the draft of an
	// incident's postmortem, or is not; "" if there is no such entry.
	Why func(ctx context.Context, in *incident.Incident, ref string) (string, error)
	// Model puts drafts into prose; nil if none is configured.
	Model Model
	// Readers says in words who can read a channel besides those who were let in
	// by name; "" if nobody else can, or that is not known. Nil knows of none.
	Readers func(ctx context.Context, c bot.Channel) (string, error)
	// Undelivered says what could not be delivered of an incident yet, a
	// sentence each.
	Undelivered func(id string) []string
	Templates   []Template
	Language    string // the page's own, by its tag; "en" if empty
	// Figures tells what the incidents of a period came to: "2026-09", "2026-Q3".
	// Private ones are left out of it.
	Figures func(ctx context.Context, period string) (bot.Reading, error)
	// Find returns the incidents that have words, the best first, of those that
	// may be shown. Without it, words are looked for as they are written.
	Find func(words string, may func(*incident.Incident) bool) []*incident.Incident
	// Hold is how long after a publication notifications leave: so long an update
	// can be undone. Zero says that they leave at once.
	Hold time.Duration
	Log  *slog.Logger
}

// A Runner runs commands and keeps what is said in rooms.
type Runner struct {
	log   *store.Log
	board *incident.Board
	o     Options
	table []Verb
}

// New returns a runner that appends to l and looks at b, which must follow l.
func New(l *store.Log, b *incident.Board, o *Options) *Runner {
	r := &Runner{log: l, board: b, table: Table()}
	if o != nil {
		r.o = *o
	}
	if r.o.Name == "" {
		r.o.Name = "incident"
	}
	if len(r.o.Severities) == 0 {
		for _, s := range []string{"sev1", "sev2", "sev3", "sev4"} {
			r.o.Severities = append(r.o.Severities, Severity{Name: s, Postmortem: "optional"})
		}
	}
	if len(r.o.Roles) == 0 {
		r.o.Roles = []Role{
			{Name: "commander", Aliases: []string{"ic", "lead", "incident-commander"}},
			{Name: "communications", Aliases: []string{"comms", "cl"}},
			{Name: "scribe"},
			{Name: "operations", Aliases: []string{"ops"}},
		}
	}
	if r.o.Language == "" {
		r.o.Language = "en"
	}
	if len(r.o.Mark) == 0 {
		r.o.Mark = []string{"pushpin", "📌"}
	}
	if r.o.Mask == nil {
		r.o.Mask = func(s string) (string, []string) { return s, nil }
	}
	if r.o.Log == nil {
		r.o.Log = slog.New(slog.DiscardHandler)
	}
	return r
}

// A call is one command on its way.
type call struct {
	args
	req       bot.Request
	in        *incident.Incident    // nil for verbs that need none
	work      *incident.Maintenance // what a button of a preview of planned work is about
	page      incident.Page
	zone      *time.Location // the page's
	now       time.Time
	confirmed bool // a person has seen the preview, or the surface has none
	preview   int  // the preview that was confirmed
	seen      int  // the preview that is only looked at again
	masked    []string
	remarks   []string // how planned times were understood
}

// Handle answers a request. A returned error is ours: nothing is known to have
// been recorded. Everything else, the author's own mistakes included, is a
// message.
func (r *Runner) Handle(ctx context.Context, req bot.Request) (bot.Message, error) {
	started := r.log.Now()
	msg, err := r.handle(ctx, req)
	if errors.Is(err, store.ErrFull) {
		err = incident.Problemf("disk-full", "That was not recorded: the disk is full. Reading still works; free some space on the machine that runs sitrep, then send it again.")
	}
	asked := false // by a person, who is answered; what is only said is kept or is an error
	switch req.Do.(type) {
	case bot.Command, bot.Submission:
		asked = true
	}
	var p *incident.Problem
	switch {
	case !asked:
	case errors.As(err, &p) && p.Code == "disk-full":
		msg, err = bot.Problem{Code: p.Code, Text: p.Text, Ours: true}, nil
	case errors.As(err, &p):
		msg, err = bot.Problem{Code: p.Code, Text: p.Text}, nil
	case errors.Is(err, store.ErrConflict):
		msg, err = bot.Problem{Code: "busy", Text: "That was not recorded: others were changing this incident at the same moment. Send it again."}, nil
	}
	r.o.Log.Debug("request", "key", req.Key, "by", req.By.ID, "in", req.In.Name, "act", fmt.Sprintf("%T", req.Do), "took", r.log.Now().Sub(started), "error", err)
	return msg, err
}

func (r *Runner) handle(ctx context.Context, req bot.Request) (bot.Message, error) {
	if p, ok := r.joined(req.By); ok {
		req.By = p.Person
		if p.Zone != nil {
			req.Zone = p.Zone
		}
	}
	switch act := req.Do.(type) {
	case bot.Command:
		text, masked := r.o.Mask(act.Text)
		c := r.begin(req)
		c.masked = masked
		return r.line(ctx, c, text, act.Incident)
	case bot.Submission:
		return r.submit(ctx, req, act)
	default:
		return r.capture(ctx, req)
	}
}

// joined finds the configured person whose account somebody uses.
func (r *Runner) joined(by incident.Person) (Person, bool) {
	for _, p := range r.o.People {
		if by.ID != "" && (p.ID == by.ID || slices.Contains(p.Accounts, by.ID)) {
			return p, true
		}
	}
	return Person{}, false
}

// known is who somebody is in the record: the configured person, if their
// account is one's.
func (r *Runner) known(by incident.Person) incident.Person {
	if p, ok := r.joined(by); ok {
		return p.Person
	}
	return by
}

func (r *Runner) begin(req bot.Request) *call {
	page := r.board.Page()
	zone, err := time.LoadLocation(page.TimeZone)
	if err != nil {
		zone = time.UTC // the configuration was checked; a log from elsewhere may name a zone unknown here
	}
	return &call{req: req, page: page, zone: zone, now: r.log.Now(), confirmed: !req.Interactive}
}

// line runs a typed command.
func (r *Runner) line(ctx context.Context, c *call, text, target string) (bot.Message, error) {
	word, rest := cutVerb(text)
	if word == "" {
		return r.bareCommand(c, target)
	}
	if n, ok := incident.ParseRef(word); ok && target == "" && strings.HasPrefix(strings.ToUpper(word), "INC") { // "INC-7 status"
		if rest == "" {
			rest = "status"
		}
		return r.line(ctx, c, rest, incident.Ref(n))
	}
	v, near := Find(r.table, strings.TrimSuffix(word, ":"))
	if v == nil {
		return r.unknown(word, near), nil
	}
	typed := rest
	if msg, handled, err := r.findIncident(c, v, &rest, target); handled || err != nil {
		if p, ok := msg.(bot.Problem); ok && p.Code == "which-incident" { // its buttons say the word as it was typed
			for i, b := range p.Buttons {
				id, _ := cutVerb(b.Command)
				p.Buttons[i].Command = strings.TrimSpace(id + " " + word + " " + typed)
			}
		}
		return msg, err
	}
	rest, implied := aliased(v, strings.ToLower(strings.TrimSuffix(word, ":")), rest)
	a, err := parse(v, rest, r.bareWord)
	if err != nil {
		return nil, err
	}
	for k, value := range implied {
		if a.vals[k] == "" {
			a.vals[k] = value
		}
	}
	c.args = a
	return r.run(ctx, c)
}

func (r *Runner) run(ctx context.Context, c *call) (bot.Message, error) {
	if p := r.may(c.verb.Needs, c.req.By, c.in); p != nil {
		return nil, p
	}
	msg, err := c.verb.run(ctx, r, c)
	if len(c.masked) == 0 {
		return msg, err
	}
	switch m := msg.(type) { // whatever was made of it, its author is told
	case bot.Receipt:
		m.Notes = append(m.Notes, maskedNote(c.masked))
		return m, err
	case bot.Preview:
		m.Notes = append(m.Notes, maskedNote(c.masked))
		return m, err
	case bot.Form:
		m.Notes = append(m.Notes, maskedNote(c.masked))
		return m, err
	case bot.Problem:
		m.Text += " " + maskedNote(c.masked)
		return m, err
	}
	return msg, err
}

func maskedNote(was []string) string {
	return "What looked like a secret (" + strings.Join(was, ", ") + ") was masked before it was kept. If it is real, change it: others may have seen it."
}

// submit runs a filled-in form. What is wrong comes back as the form, with
// everything typed still in it.
func (r *Runner) submit(ctx context.Context, req bot.Request, s bot.Submission) (bot.Message, error) {
	v, _ := Find(r.table, s.Verb)
	if v == nil {
		return nil, incident.Problemf("unknown-verb", "There is no command %q.", s.Verb)
	}
	c := r.begin(req)
	c.args = args{verb: v, vals: map[string]string{}}
	rest := ""
	if msg, handled, err := r.findIncident(c, v, &rest, s.Incident); handled || err != nil {
		return msg, err
	}
	for name, val := range s.Values {
		val, was := r.o.Mask(strings.TrimSpace(val))
		c.masked = append(c.masked, was...)
		switch {
		case val == "":
		case name == "text":
			c.text = val
		case name == "sub":
			c.sub, _ = v.sub(val)
		default:
			if key, ok := v.key(name); ok {
				c.vals[key] = val
			}
		}
	}
	msg, err := r.run(ctx, c)
	if f, ok := msg.(bot.Form); ok && f.Verb == v.Name { // sent with something required left out
		for i, x := range f.Fields {
			if x.Required && x.Value == "" {
				f.Fields[i].Error = "This is needed."
			}
		}
		return f, err
	}
	var p *incident.Problem
	if errors.As(err, &p) {
		form := r.form(c)
		if form == nil {
			return nil, err
		}
		field := fieldOf(p.Code)
		marked := false
		for i := range form.Fields {
			if form.Fields[i].Name == field {
				form.Fields[i].Error, marked = p.Text, true
			}
		}
		if !marked {
			field = ""
		}
		return bot.Problem{Code: p.Code, Text: p.Text, Field: field, Form: form}, nil
	}
	return msg, err
}

// findIncident finds which incident a command is about: what the surface says,
// the one it names first, or that of its room. handled says that msg is the
// answer already.
func (r *Runner) findIncident(c *call, v *Verb, rest *string, target string) (msg bot.Message, handled bool, err error) {
	here := r.board.ByRoom(c.req.In)
	if v.Planned {
		word, more := cutVerb(*rest)
		if n, ok := incident.ParseMaintenanceRef(word); ok {
			if c.work = r.maintenance(incident.MaintenanceRef(n)); c.work == nil {
				return nil, false, incident.Problemf("no-maintenance", "There is no %s. See what is planned with: maintenance list.", incident.MaintenanceRef(n))
			}
			*rest = more
			return nil, false, nil
		}
	}
	if target == "" {
		word, more := cutVerb(*rest)
		if n, ok := incident.ParseRef(word); ok && strings.HasPrefix(strings.ToUpper(word), "INC") && !v.prose(here != nil) {
			target, *rest = incident.Ref(n), more
		}
	}
	if target != "" {
		word, more := cutVerb(*rest)
		if strings.EqualFold(word, target) {
			*rest = more
		}
	}
	switch {
	case target != "":
		n, _ := incident.ParseRef(target)
		in := r.board.Get(incident.Ref(n))
		if in == nil || !r.Visible(c.req.By, in) {
			return nil, false, incident.Problemf("no-incident", "There is no %s. See the open ones with: list.", strings.ToUpper(target))
		}
		c.in = in
	case here != nil && r.Visible(c.req.By, here):
		c.in = here
	case v.Alone:
	default:
		return r.choose(c, v, *rest), true, nil
	}
	return nil, false, nil
}

// choose offers the incidents that a command typed elsewhere can be about.
func (r *Runner) choose(c *call, v *Verb, rest string) bot.Message {
	p := bot.Problem{Code: "which-incident", Text: fmt.Sprintf("%s is about one incident, and this is not the room of one. Choose, or write its number: %s INC-7.", v.Name, v.Name)}
	for _, in := range r.Offered(c.req.By) {
		if len(p.Buttons) == 5 {
			break
		}
		p.Buttons = append(p.Buttons, bot.Button{Label: in.ID + " " + clip(in.Title, 60), Command: strings.TrimSpace(in.ID + " " + v.Name + " " + rest)})
	}
	if len(p.Buttons) == 0 {
		p.Text = fmt.Sprintf("%s is about one incident, and there is none yet. Declare one with: declare <title>.", v.Name)
	}
	return p
}

// Offered lists the incidents that somebody may see, the open ones first.
func (r *Runner) Offered(by incident.Person) []*incident.Incident {
	var open, rest []*incident.Incident
	for _, in := range r.board.All() {
		switch {
		case !r.Visible(by, in):
		case in.Open():
			open = append(open, in)
		default:
			rest = append(rest, in)
		}
	}
	return append(open, rest...)
}

// clip shortens a text for a label, at a rune's edge.
func clip(s string, most int) string {
	rs := []rune(strings.Join(strings.Fields(s), " "))
	if len(rs) <= most {
		return string(rs)
	}
	return string(rs[:most-1]) + "…"
}
