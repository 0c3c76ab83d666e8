package incident

// A Preview is words for customers that wait for somebody to confirm them.
type Preview struct {
	PreviewOpened
	Number int // counts from 1 within the incident or the planned work
	Meta   Meta
	How    string // "" while it waits; else published, discarded, replaced or erased
}

// Previews are all the previews that an incident or planned work ever had, the
// oldest first: number n is at n-1.
type Previews []Preview

// opened adds one. The newest words replace older ones of the same kind.
func (ps Previews) opened(m Meta, e PreviewOpened) Previews {
	for i := range ps {
		if ps[i].How == "" && ps[i].Verb == e.Verb && ps[i].Sub == e.Sub {
			ps[i].How = "replaced"
		}
	}
	p := Preview{PreviewOpened: e, Number: len(ps) + 1, Meta: m}
	if m.Redacted {
		p.How = "erased" // nothing is left to confirm
	}
	return append(ps, p)
}

func (ps Previews) closed(e PreviewClosed) {
	if i := e.Preview - 1; i >= 0 && i < len(ps) && ps[i].How == "" {
		ps[i].How = e.How
	}
}

// Waiting lists those that nobody has confirmed or discarded.
func (ps Previews) Waiting() []Preview {
	var out []Preview
	for _, p := range ps {
		if p.How == "" {
			out = append(out, p)
		}
	}
	return out
}

// Find returns preview n, or the Problem that says why it does not wait any
// more; of is whose preview it is: "INC-7". The preview is there with the
// Problem too, unless there is none of that number.
func (ps Previews) Find(of string, n int) (Preview, error) {
	if n < 1 || n > len(ps) {
		return Preview{}, Problemf("no-preview", "%s has no preview %d.", of, n)
	}
	switch p := ps[n-1]; p.How {
	case "":
		return p, nil
	case "published":
		return p, Problemf("preview-published", "Preview %d of %s was published already.", n, of)
	case "replaced":
		return p, Problemf("preview-replaced", "Preview %d of %s was replaced by a newer one. Look at that.", n, of)
	default:
		return p, Problemf("preview-closed", "Preview %d of %s was discarded.", n, of)
	}
}

// Publish decides that preview n goes out, where updates is how many are public
// now: its author saw it beside those that were public then.
func (ps Previews) Publish(of string, n, updates int) (Event, error) {
	p, err := ps.Find(of, n)
	if err != nil {
		return nil, err
	}
	if p.Over != updates {
		return nil, Problemf("preview-old", "Another update of %s went out at the same moment. Look at the preview again before you publish it.", of)
	}
	return PreviewClosed{Preview: n, How: "published"}, nil
}

// Discard decides that preview n will not go out.
func (ps Previews) Discard(of string, n int) (Event, error) {
	if _, err := ps.Find(of, n); err != nil {
		return nil, err
	}
	return PreviewClosed{Preview: n, How: "discarded"}, nil
}
