package commands_test

import (
	"testing"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/incident"
)

func templates() []commands.Template {
	return []commands.Template{
		{Name: "fail", Status: incident.Identified, Text: "We know why {components} fails."},
		{Name: "fail", Status: incident.Identified, Language: "fr", Text: "Nous savons pourquoi {components} ne marche pas."},
		{Name: "checkout", Component: "checkout", Title: "Payments fail", Text: "You cannot pay at the moment. {components}: we are on it."},
		{Name: "checkout-fixed", Component: "checkout", Status: incident.Monitoring, Text: "Paying works again."},
		{Name: "sorry", Text: "We are sorry."},
		{Name: "seulement", Language: "fr", Text: "Seulement en français."},
	}
}

// A template says all that customers read, in the page's language or the one
// that was asked for.
func TestUpdateByTemplate(t *testing.T) {
	for _, tt := range []struct{ line, title, body, refused string }{
		{`update template:checkout affects:checkout=down`, "Payments fail", "You cannot pay at the moment. Checkout: we are on it.", ""},
		{`update template:FAIL title:"Trouble" affects:"checkout=down, api=down"`, "Trouble", "We know why Checkout and API fails.", ""},
		{`update template:fail language:fr title:"Panne"`, "Panne", "Nous savons pourquoi Test ne marche pas.", ""},
		{`update template:seulement title:"Panne"`, "Panne", "Seulement en français.", ""},
		{`update template:seulement language:de title:"Panne"`, "", "", `Template "seulement" is not there in "de".`},
		{`update template:sorry`, "", "", "Add the title that they read"},
		{`update template:sorry title:"T" We really are.`, "", "", "Write a text, or name a template"},
		{`update template:nothing title:"T"`, "", "", `There is no template "nothing". There are fail, checkout, checkout-fixed, sorry and seulement.`},
	} {
		d := newDesk(t, &commands.Options{Templates: templates()})
		d.declare("sev1 down")
		if tt.refused != "" {
			d.says(tt.line, tt.refused)
			continue
		}
		d.says(tt.line, "Update 1 of INC-1 is on the page")
		in := d.incident()
		if u := in.Updates[0]; u.Body != tt.body || in.PublicTitle != tt.title {
			t.Errorf("%s: %q under %q", tt.line, u.Body, in.PublicTitle)
		}
	}
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.says("update template:x", "There are no templates.")
}

// "Tell customers" begins with the template that is nearest; what is confirmed
// are its words, whatever becomes of the template.
func TestTellCustomersByTemplate(t *testing.T) {
	d := newDesk(t, &commands.Options{Templates: templates()})
	d.declare("sev1 affects:checkout=down down")
	d.live = true
	p, ok := d.do("form update").(bot.Preview)
	if !ok || p.Public.Title != "Payments fail" || p.Public.Updates[0].Body != "You cannot pay at the moment. Checkout: we are on it." {
		t.Fatalf("the first word: %+v", p)
	}
	d.says("publish 1", "Update 1")
	for status, want := range map[string]string{
		"monitoring": "Paying works again.", "identified": "You cannot pay at the moment. Checkout: we are on it.",
	} {
		f, ok := d.do("form update " + status).(bot.Form)
		if !ok || len(f.Fields) < 2 || f.Fields[1].Value != want {
			t.Errorf("%s: %+v", status, f)
		}
	}
	if _, ok := d.do("update template:checkout-fixed").(bot.Preview); !ok {
		t.Fatal("no preview")
	}
	d.runner = commands.New(d.log, d.board, nil) // the configuration has changed
	d.says("publish 2", "Update 2 of INC-1 is on the page: Monitoring")
	if u := d.incident().Updates[1]; u.Body != "Paying works again." || u.Status != incident.Monitoring {
		t.Errorf("published: %+v", u)
	}

	d = newDesk(t, &commands.Options{Templates: templates(), Language: "fr"})
	d.declare("sev1 affects:api=down down")
	d.live = true
	if p, ok := d.do("form update identified").(bot.Preview); !ok || p.Public.Updates[0].Body != "Nous savons pourquoi API ne marche pas." {
		t.Errorf("in the page's language: %+v", p)
	}
}
