package config

import (
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// On reports whether a model is configured at all.
func (m *Model) On() bool { return m.Name != "" }

// Micros is a price in millionths of its currency; 0 if it is left out. The
// configuration was checked.
func Micros(price string) int64 {
	whole, part, _ := strings.Cut(price, ".")
	n, err := strconv.ParseInt(whole+(part + "000000")[:6], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

var (
	priceWord    = regexp.MustCompile(`^[0-9]{1,6}(?:\.[0-9]{1,6})?$`)
	currencyWord = regexp.MustCompile(`^[A-Z]{3}$`)
	azureVersion = regexp.MustCompile(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}(?:-preview)?$`)
)

// The bounds of what a request and its answer may have, in tokens: a passage
// needs some hundreds, and no model reads millions.
const (
	leastTokens = 500
	mostTokens  = 1_000_000
)

// model holds that the model is configured whole or not at all.
func (k *checker) model(c *Config) {
	const at = "postmortem.model"
	m := &c.Postmortem.Model
	if !m.On() {
		none := Default(nil)
		none.setDir(c.dir)
		if !reflect.DeepEqual(*m, none.Postmortem.Model) {
			k.problem(at, "is configured, but name is missing; say what the server calls the model, or remove the rest")
		}
		return
	}
	u, err := url.Parse(m.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		k.problem(at+".url", "is %q; write an address such as https://api.openai.com/v1", short(m.URL))
	case u.User != nil || u.RawQuery != "":
		k.problem(at+".url", "holds a user, a password or a query; write the address alone, and name the place of the key in %s.key", at)
	case u.Scheme == "http" && m.Key.IsSet() && !Loopback(u.Hostname()+":0"):
		k.problem(at+".url", "is http, and the key would be readable on its way; write https, or leave the key out")
	}
	if m.Azure && m.Version != "" && !azureVersion.MatchString(m.Version) {
		k.problem(at+".version", "is %q; write a version of Azure's API, such as 2024-10-21", short(m.Version))
	}
	if m.Version != "" && !m.Azure {
		k.problem(at+".version", "is for Azure alone; set azure: yes, or leave it out")
	}
	if len(m.Passages) == 0 {
		k.problem(at+".passages", "is empty; write some of summary, course and customer, or leave it out")
	}
	for _, p := range m.Passages {
		k.choice(at+".passages", p, "summary", "course", "customer")
	}
	k.choice(at+".shape", m.Shape, "schema", "object", "text")
	if m.Limit != "" {
		k.choice(at+".limit", m.Limit, "max_completion_tokens", "max_tokens")
	}
	if t, err := strconv.ParseFloat(m.Temperature, 32); m.Temperature != "" && (err != nil || !(t >= 0 && t <= 2)) {
		k.problem(at+".temperature", "is %q; write a number from 0 to 2", short(m.Temperature))
	}
	if m.Effort != "" {
		k.choice(at+".effort", m.Effort, "none", "minimal", "low", "medium", "high", "xhigh", "max")
	}
	for _, n := range []struct {
		key   string
		value int
	}{{"window", m.Window}, {"answer", m.Answer}} {
		if n.value < leastTokens || n.value > mostTokens {
			k.problem(at+"."+n.key, "is %d; write a number of tokens from %d to %d", n.value, leastTokens, mostTokens)
		}
	}
	if m.Silence < time.Second || m.Wait < m.Silence {
		k.problem(at+".wait", "is %s, and silence %s; wait at least a second for a sign, and no shorter for the whole", lengthOf(m.Wait), lengthOf(m.Silence))
	}
	k.price(&m.Price, at+".price")
}

func (k *checker) price(p *Price, at string) {
	if !currencyWord.MatchString(p.Currency) {
		k.problem(at+".currency", "is %q; write its three letters, such as USD", short(p.Currency))
	}
	for _, x := range []struct{ key, value string }{{"input", p.Input}, {"output", p.Output}} {
		if x.value != "" && !priceWord.MatchString(x.value) {
			k.problem(at+"."+x.key, "is %q; write what a million tokens cost, such as \"2.50\"", short(x.value))
		}
	}
}
