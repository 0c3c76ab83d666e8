package local

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
)

// Reports sets postmortems to be read and worked on.
type Reports interface {
	// Sheet sets a text of a version, "internal" or "customer", beside the
	// timeline. all wants every entry of it.
	Sheet(ctx context.Context, in *incident.Incident, version, text string, all bool) (Sheet, error)
	// Versions lists all that a version ever was, oldest first.
	Versions(ctx context.Context, in *incident.Incident, version string) ([]incident.ReportVersion, error)
	// Changes sets what became of one text in another.
	Changes(was, is string) template.HTML
	// Formats lists what a version can be taken along as.
	Formats() []Format
	// Write writes the incident's report in a format.
	Write(ctx context.Context, w io.Writer, in *incident.Incident, version, format string) error
}

// A Format is what a report can be taken along as.
type Format struct {
	Name string // "md": also how a file of it ends
	Mime string
	Says string // "Markdown"
}

// A Sheet is a report set to be worked on.
type Sheet struct {
	Title   string
	Strip   template.HTML
	Body    template.HTML // its notes lead to #T12 and #U3
	Rich    template.HTML // to be pasted elsewhere
	Loose   []bot.Finding // about no words that stand there
	Found   int           // how many findings there are
	Bare    int           // how many of its sentences name no evidence
	Entries []SheetEntry
	Left    int // how many entries are not listed
}

// A SheetEntry is an entry of the timeline beside a report.
type SheetEntry struct {
	Ref   string // "T12"
	Also  string // "U3", if customers read it
	At    time.Time
	By    string
	Text  string
	Link  string // the way back to it; "" if there is none
	Notes []int  // the notes that lead to it
	Story bool
	Open  bool // its text may be shown
}

func (l *Platform) reportRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /postmortem/{incident}", l.report)
	mux.HandleFunc("POST /postmortem/{incident}", l.writeReport)
	mux.HandleFunc("GET /postmortem/{incident}/history", l.reportHistory)
	mux.HandleFunc("GET /postmortem/{incident}/file/{format}", l.reportFile)
}

// reportData is what the page of a report shows.
type reportData struct {
	In       *incident.Incident
	Report   incident.Report
	Version  string
	Visitor  visitor
	Channel  string
	Back     string
	Zone     *time.Location
	Now      time.Time
	Text     string
	Over     uint64 // the record of the text that stands
	Edit     bool
	Tried    bool // a text that is not kept yet is shown
	OldSeq   uint64
	Old      string // who wrote the text that is shown instead of the one that stands; "" if that is shown
	Sheet    *Sheet
	Steps    []step
	Buttons  []bot.Button
	Formats  []Format
	Versions []savedText
	Changes  template.HTML
	Of       *savedText // whose changes are shown
	Problem  string     // why what was written is not kept
	code     int        // of the answer; 0 is that all is well
}

// A step is a stage of a postmortem's life.
type step struct {
	Name  string
	State string // "done", "now" or "next"
	Says  string // who and when
}

// A savedText is a text of the history.
type savedText struct {
	incident.ReportVersion
	Number int
	Stands bool
}

// Who says who wrote it.
func (s savedText) Who() string {
	if s.Drafter != "" {
		return "drafted by " + s.Drafter
	}
	return s.By.String()
}

// reported finds the incident and the version that a request is about.
func (l *Platform) reported(w http.ResponseWriter, r *http.Request) (*reportData, bool) {
	v := l.visitor(r)
	in := l.visible(v.Person, r.PathValue("incident"))
	if in == nil {
		l.sorry(w, http.StatusNotFound, "There is no such incident", "It may be called otherwise, or be private.")
		return nil, false
	}
	d := &reportData{In: in, Report: in.Report, Version: "internal", Visitor: v, Channel: roomOf(in), Zone: l.zone(), Now: l.o.Now()}
	if r.FormValue("version") == "customer" {
		d.Version = "customer"
	}
	if d.Channel == "" {
		d.Channel = slug(l.o.Channels[0])
	}
	d.Back = "/c/" + url.PathEscape(d.Channel)
	d.Text, d.Over = in.Report.Text(d.Version), in.Report.TextSeq(d.Version)
	d.Steps, d.Buttons = d.steps(), reportButtons(in)
	if l.o.Reports != nil {
		d.Formats = l.o.Reports.Formats()
	}
	return d, true
}

// report shows a postmortem to read or, with ?edit=, to write. ?at= is the
// record of a text that stood there once.
func (l *Platform) report(w http.ResponseWriter, r *http.Request) {
	d, ok := l.reported(w, r)
	if !ok {
		return
	}
	d.Edit = r.FormValue("edit") != "" && d.Report.Closed == nil
	if at := r.FormValue("at"); at != "" && l.o.Reports != nil {
		seq, err := strconv.ParseUint(at, 10, 64)
		all, verr := l.o.Reports.Versions(r.Context(), d.In, d.Version)
		if err = errors.Join(err, verr); verr != nil {
			l.broken(w, nil, err)
			return
		}
		i := slices.IndexFunc(all, func(v incident.ReportVersion) bool { return v.Seq == seq })
		if i < 0 {
			l.sorry(w, http.StatusNotFound, "There is no such text", "It may have been erased. The history lists all that there are.")
			return
		}
		d.Text = all[i].Text
		if seq != d.Over {
			d.Old, d.OldSeq = savedText{ReportVersion: all[i]}.Who(), seq
		}
	}
	l.showReport(w, r, d)
}

// writeReport keeps what somebody has written or, with do=look, only shows it
// with what the record says to it. What is refused is shown with the reason, and
// nothing that was typed is lost.
func (l *Platform) writeReport(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		l.sorry(w, http.StatusRequestEntityTooLarge, "That was too much", tooMuch().Text)
		return
	}
	d, ok := l.reported(w, r)
	if !ok {
		return
	}
	d.Edit, d.Tried, d.Text = true, true, newlines(r.FormValue("field-text"))
	if over, err := strconv.ParseUint(r.FormValue("field-over"), 10, 64); err == nil {
		d.Over = over
	}
	if r.FormValue("do") == "look" {
		l.showReport(w, r, d)
		return
	}
	ch := l.channel(d.Channel)
	if ch == nil || !l.mayEnter(d.Visitor.Person, ch) {
		l.sorry(w, http.StatusNotFound, "There is no such channel", "It may be called otherwise, or be the room of a private incident.")
		return
	}
	s, err := submission(r)
	if err != nil {
		l.answer(w, r, ch, tooMuch(), nil)
		return
	}
	var msg bot.Message = bot.Problem{Code: "nameless", Text: "Say who you are first, in the room: the record keeps who wrote what. What you typed is still here."}
	if !d.Visitor.IsZero() {
		msg, err = l.ask(r.Context(), ch, bot.Request{Key: requestKey(r.FormValue("id"), ch, d.Visitor.Person, s), By: d.Visitor.Person, Zone: d.Visitor.zone, Interactive: true, Do: s})
	}
	if r.Header.Get("X-Part") != "" || wantsJSON(r) {
		l.answer(w, r, ch, msg, err)
		return
	}
	if err != nil && gone(r.Context(), err) {
		return
	}
	msg, code := l.outcome(ch, msg, err)
	p, refused := msg.(bot.Problem)
	if !refused {
		http.Redirect(w, r, "/postmortem/"+url.PathEscape(d.In.ID)+"?version="+d.Version, http.StatusSeeOther)
		return
	}
	d.Problem, d.code = p.Text, code
	l.showReport(w, r, d)
}

func (l *Platform) showReport(w http.ResponseWriter, r *http.Request, d *reportData) {
	if l.o.Reports != nil && d.Text != "" {
		s, err := l.o.Reports.Sheet(r.Context(), d.In, d.Version, d.Text, r.FormValue("all") != "")
		if err != nil {
			l.broken(w, nil, err)
			return
		}
		d.Sheet = &s
	}
	l.render(w, max(d.code, http.StatusOK), "report", d)
}

// reportHistory lists every text that a version ever was, and shows what the one
// of ?at= changed; by default that is the newest.
func (l *Platform) reportHistory(w http.ResponseWriter, r *http.Request) {
	d, ok := l.reported(w, r)
	if !ok {
		return
	}
	if l.o.Reports == nil {
		http.NotFound(w, r)
		return
	}
	all, err := l.o.Reports.Versions(r.Context(), d.In, d.Version)
	if err != nil {
		l.broken(w, nil, err)
		return
	}
	at, err := strconv.ParseUint(r.FormValue("at"), 10, 64)
	for i, v := range all {
		s := savedText{ReportVersion: v, Number: i + 1, Stands: v.Seq == d.Over}
		d.Versions = append(d.Versions, s)
		if v.Seq != at && (err == nil || i < len(all)-1) {
			continue
		}
		was := ""
		if i > 0 {
			was = all[i-1].Text
		}
		d.Of, d.Changes = &s, l.o.Reports.Changes(was, v.Text)
	}
	slices.Reverse(d.Versions)
	l.render(w, http.StatusOK, "history", d)
}

// reportFile gives a report to be taken along.
func (l *Platform) reportFile(w http.ResponseWriter, r *http.Request) {
	d, ok := l.reported(w, r)
	if !ok {
		return
	}
	i := slices.IndexFunc(d.Formats, func(f Format) bool { return f.Name == r.PathValue("format") })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	var b strings.Builder
	if err := l.o.Reports.Write(r.Context(), &b, d.In, d.Version, d.Formats[i].Name); err != nil {
		var p *incident.Problem
		if errors.As(err, &p) {
			l.sorry(w, http.StatusNotFound, "There is nothing to take along", p.Text)
			return
		}
		l.broken(w, nil, err)
		return
	}
	name := d.In.ID
	if d.Version == "customer" && d.Formats[i].Name != "zip" { // which has both
		name += "-customers"
	}
	w.Header().Set("Content-Type", d.Formats[i].Mime)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+"."+d.Formats[i].Name))
	_, _ = io.WriteString(w, b.String()) // a browser that has gone asks again
}

// returnTo is the page of a report that a button was pressed on; "" if it was not.
func returnTo(r *http.Request) string {
	if m := reportPage.FindString(r.FormValue("back")); m != "" {
		return m
	}
	return ""
}

// reportPage is the address of a report's page, and no other.
var reportPage = regexp.MustCompile(`^/postmortem/INC-[0-9]{1,9}(?:\?version=(?:internal|customer))?$`)

// done reports whether an answer only says that something was done.
func done(msg bot.Message) bool {
	rc, ok := msg.(bot.Receipt)
	return ok && !rc.Public
}

// steps are the stages of the postmortem's life, with where it is.
func (d *reportData) steps() []step {
	r := d.Report
	says := func(m incident.Meta) string {
		if m.Seq == 0 {
			return ""
		}
		return m.By.String()
	}
	steps := []step{{Name: "Draft"}, {Name: "In review", Says: says(r.Review.Asked)}, {Name: "Reviewed"}, {Name: "Published"}, {Name: "Closed"}}
	reached := []bool{r.Stage() != incident.StageNone, r.InReview() || r.IsReviewed(), r.IsReviewed(), r.Published != nil, r.Closed != nil}
	if r.IsReviewed() {
		steps[2].Says = says(r.Review.Done)
	}
	if r.InReview() && !r.Review.Of.IsZero() {
		steps[1].Says = r.Review.Of.String() + " was asked"
	}
	if r.Closed != nil {
		steps[4].Says = says(r.Closed.Meta)
	}
	last := 0
	for i, is := range reached {
		if is {
			steps[i].State, last = "done", i
		}
	}
	if reached[0] {
		steps[last].State = "now"
	}
	return steps
}

// Due says by when it is to be reviewed; "" if nothing says so, or it was.
func (d *reportData) Due() string {
	if d.Report.Due.IsZero() || d.Report.Over() {
		return ""
	}
	if d.Late() {
		return "It was due " + instant.Stamp(d.Report.Due, d.Zone) + ", and is overdue."
	}
	return "It is due " + instant.Stamp(d.Report.Due, d.Zone) + "."
}

// Late reports whether it should have been reviewed by now.
func (d *reportData) Late() bool { return d.Now.After(d.Report.Due) }

// reportButtons are what can be done next with a postmortem; each is a command.
func reportButtons(in *incident.Incident) []bot.Button {
	r := in.Report
	var out []bot.Button
	do := func(label, command string, style bot.Style) {
		out = append(out, bot.Button{Label: label, Command: "postmortem " + in.ID + " " + command, Style: style})
	}
	if r.Closed != nil {
		return nil
	}
	switch r.Stage() {
	case incident.StageNone:
		do("Draft it", "draft", bot.Primary)
		return out
	case incident.StageDraft:
		do("Ask for a review", "review", bot.Primary)
	case incident.StageInReview:
		do("Reviewed", "reviewed", bot.Primary)
	case incident.StagePublished:
		if r.InReview() {
			do("Reviewed", "reviewed", bot.Primary)
		} else if !r.IsReviewed() || r.ChangedSince() {
			do("Ask for a review", "review", bot.Plain)
		}
	case incident.StageReviewed:
		if r.ChangedSince() {
			do("Ask for a review", "review", bot.Plain)
		}
	}
	if r.Owner.IsZero() {
		do("I own it", "owner @me", bot.Plain)
	}
	if text := r.Text("customer"); text != "" && in.IsPublic() && in.PublishedStatus() == incident.Resolved {
		switch {
		case r.Published == nil:
			do("Publish", "publish", bot.Plain)
		case r.Published.Body != text:
			do("Publish the correction", "publish", bot.Primary)
		}
	}
	if r.Published != nil {
		do("Withdraw", "unpublish", bot.Danger)
	}
	if r.IsReviewed() && !r.ChangedSince() && !in.Open() {
		do("Close", "close", bot.Plain)
	}
	do("Draft anew", "draft", bot.Plain)
	return out
}
