package desk

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"sitrep/internal/webtest"
	"sitrep/subscriber"
)

// TestFormsAreValid holds every page on the way to a subscription to the standard
// of HTML, with html-validate.
func TestFormsAreValid(t *testing.T) {
	webtest.Modules(t)
	o := open(t, &Options{Mail: true, Webhooks: true})
	dir := t.TempDir()
	write := func(name, body string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ask", o.answer("/fr/subscribe?incident=x1&component=api", nil).Body.String())
	write("sent", o.answer("/subscribe", url.Values{"channel": {"webhook"}, "endpoint": {"https://example.net/hook"}, "component": {"api"}}).Body.String())
	write("wrong", o.answer("/subscribe", url.Values{"email": {"jane"}}).Body.String())
	write("gone", o.answer("/subscriptions/x", nil).Body.String())
	s := o.registry.Find(subscriber.Webhook, "https://example.net/hook")
	confirm := o.link(subscriber.ToConfirm, s)
	write("confirm", o.answer(confirm, nil).Body.String())
	write("confirmed", o.answer(confirm, url.Values{}).Body.String())
	write("manage", o.answer(o.link(subscriber.ToManage, s), nil).Body.String())
	write("saved", o.answer(o.link(subscriber.ToManage, s), url.Values{"do": {"save"}}).Body.String())
	write("leave", o.answer(o.link(subscriber.ToLeave, s), nil).Body.String())
	write("left", o.answer(o.link(subscriber.ToLeave, s), url.Values{}).Body.String())
	said := webtest.Node(t, `
		const { HtmlValidate, StaticConfigLoader } = require("html-validate");
		const fs = require("fs"), path = require("path"), dir = process.argv[1];
		const v = new HtmlValidate(new StaticConfigLoader({ extends: ["html-validate:standard"], rules: { "no-inline-style": "off" } }));
		(async () => {
			const wrong = [];
			for (const f of fs.readdirSync(dir)) {
				const r = await v.validateString(fs.readFileSync(path.join(dir, f), "utf8"), f);
				for (const x of r.results) for (const m of x.messages) wrong.push(f + ": " + m.ruleId + ": " + m.message + " (" + m.selector + ")");
			}
			console.log(JSON.stringify({ n: fs.readdirSync(dir).length, wrong }));
		})();`, dir)
	var found struct {
		N     int
		Wrong []string
	}
	if err := json.Unmarshal([]byte(said), &found); err != nil {
		t.Fatal(err)
	}
	if found.N != 10 {
		t.Errorf("%d pages were looked at", found.N)
	}
	for _, wrong := range found.Wrong {
		t.Error(wrong)
	}
}
