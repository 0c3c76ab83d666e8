package slack

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"

	api "github.com/slack-go/slack"

	"sitrep/bot"
)

// Submitted reads what a modal's submission asks for: a [bot.Submission] of a
// form, or the [bot.Command] of a preview's Publish; and where the modal was
// asked for. People who were chosen are mentions as Slack writes them. An error says that the modal is not one of ours.
func Submitted(v api.View) (bot.Act, Origin, error) {
	var c carried
	if err := json.Unmarshal([]byte(v.PrivateMetadata), &c); err != nil {
		return nil, Origin{}, fmt.Errorf("read what a modal carries: %w", err)
	}
	switch v.CallbackID {
	case confirmModal:
		if c.Run == "" {
			return nil, c.From, fmt.Errorf("a preview carries no command")
		}
		return bot.Command{Text: c.Run, Incident: c.Incident}, c.From, nil
	case formModal:
	default:
		return nil, c.From, fmt.Errorf("there is no modal %q", v.CallbackID)
	}
	values := map[string]string{}
	for name, value := range c.Fixed {
		values[name] = value
	}
	for name, parts := range inputs(v) {
		text := ""
		for i, p := range parts {
			if i > 0 {
				text += join(c.Joins[name], i-1, text, p.value)
			}
			text += p.value
		}
		values[name] = text
	}
	return bot.Submission{Verb: c.Verb, Incident: c.Incident, Values: values}, c.From, nil
}

// join is what stands between two parts of a long text. A part that was emptied
// needs nothing around it.
func join(joins []string, i int, before, after string) string {
	if before == "" || after == "" || i >= len(joins) {
		return ""
	}
	return joins[i]
}

// A part is what one input of a field holds.
type part struct {
	number int
	block  string
	value  string
}

// inputs returns the parts of each field, in order.
func inputs(v api.View) map[string][]part {
	out := map[string][]part{}
	if v.State == nil {
		return out
	}
	for block, actions := range v.State.Values {
		rest, ok := strings.CutPrefix(block, fieldID)
		if !ok {
			continue
		}
		number := 0
		if ids := strings.Split(rest, "/"); len(ids) == 3 {
			number, _ = strconv.Atoi(ids[1]) // an id that is not ours comes first
		}
		for name, a := range actions {
			out[name] = append(out[name], part{number, block, typed(a)})
		}
	}
	for _, ps := range out {
		sort.Slice(ps, func(i, j int) bool {
			return ps[i].number < ps[j].number || ps[i].number == ps[j].number && ps[i].block < ps[j].block
		})
	}
	return out
}

// typed is what somebody typed or chose.
func typed(a api.BlockAction) string {
	switch {
	case a.SelectedUser != "":
		return "<@" + a.SelectedUser + ">" // as it stands in texts
	case a.SelectedOption.Value != "":
		return strings.TrimPrefix(a.SelectedOption.Value, "=")
	case len(a.SelectedOptions) > 0:
		vs := make([]string, len(a.SelectedOptions))
		for i, o := range a.SelectedOptions {
			vs[i] = strings.TrimPrefix(o.Value, "=")
		}
		return strings.Join(vs, several)
	}
	return a.Value
}

// Wrong answers a submission that came to a problem: Slack then keeps the modal
// open with all that was typed, and says it beneath the field that the problem
// is about. It is nil if the problem cannot be said there, because the modal has
// no inputs; then it is a message.
func Wrong(v api.View, p bot.Problem) *api.ViewSubmissionResponse {
	// Slack answers errors at anything but an input with "trouble connecting".
	blocks := map[string]string{} // of each field, the first input
	first, lowest := "", -1
	for name, ps := range inputs(v) {
		blocks[name] = ps[0].block
		ids := strings.Split(strings.TrimPrefix(ps[0].block, fieldID), "/")
		if n, err := strconv.Atoi(ids[0]); err == nil && (lowest < 0 || n < lowest) {
			first, lowest = ps[0].block, n
		}
	}
	wrong := map[string]string{}
	if p.Form != nil {
		for _, x := range p.Form.Fields {
			if b := blocks[actionID(x.Name)]; b != "" && x.Error != "" {
				wrong[b] = clip(x.Error, maxError)
			}
		}
	}
	at := orElse(blocks[actionID(p.Field)], first)
	if wrong[at] == "" && (len(wrong) == 0 || p.Field != "") && at != "" {
		wrong[at] = clip(orElse(p.Text, "This cannot be used as it is."), maxError)
	}
	if len(wrong) == 0 {
		return nil
	}
	return api.NewErrorsViewSubmissionResponse(wrong)
}

// maxError is how long an error beneath an input is: it is one sentence, and
// Slack gives no number.
const maxError = 300

// PreviewModal returns a preview as a modal: submitting it publishes; publishing
// quietly, editing and canceling are buttons in it. Closing it leaves the
// preview waiting.
func (r *Renderer) PreviewModal(p bot.Preview, from Origin) api.ModalViewRequest {
	keep := carried{Incident: p.Incident, From: from}
	rest := p
	rest.Buttons = nil
	if !p.Drill {
		for _, b := range p.Buttons {
			if b.Style == bot.Primary && keep.Run == "" {
				keep.Run = b.Command
				continue
			}
			rest.Buttons = append(rest.Buttons, b)
		}
	}
	metadata, err := json.Marshal(keep)
	if err != nil || width(string(metadata)) > maxMetadata { // then it is a button like the others
		keep.Run, rest.Buttons = "", p.Buttons
		metadata, _ = json.Marshal(carried{Incident: clip(p.Incident, 100)}) // two short words
	}
	end := foot(rest.Buttons, p.Incident, nil, "", "")
	s := newSheet(maxViewBlocks, maxView, end)
	r.preview(s, p)
	v := api.ModalViewRequest{
		Type: api.VTModal, CallbackID: confirmModal, PrivateMetadata: string(metadata),
		Title: label("Preview of "+p.Incident, maxTitle), Close: label("Let it wait", maxTitle),
		Blocks: api.Blocks{BlockSet: s.end(end)},
	}
	if keep.Run != "" {
		v.Submit = label("Publish", maxTitle)
	}
	return v
}
