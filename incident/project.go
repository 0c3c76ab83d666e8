package incident

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Public returns what customers may know of the incident, or nil if they may
// know nothing: it was never published, is private, or is a drill. page gives
// the components' order.
func (in *Incident) Public(page Page) *Public {
	if !in.IsPublic() {
		return nil
	}
	p := &Public{
		Code: Code(page.ID, in.ID, 0), Serial: uint64(in.Number), Title: in.publicTitle(), Impact: ImpactNone,
		Components: in.Published(), Next: in.NextWord(),
	}
	sortByPage(page, p.Components)
	var override Impact
	for _, u := range in.Updates { // the first that was published, wherever it stands
		if !u.Gone() {
			p.Created, p.Started = u.Shown, u.Shown
			break
		}
	}
	var was Status
	for _, u := range in.InOrder() {
		edited := u.Edited
		if edited.IsZero() {
			edited = u.Meta.Recorded
		}
		affected := append([]ComponentChange(nil), u.Affects...)
		if !u.Meta.Imported { // else in the order in which they were told
			sortByPage(page, affected)
		}
		p.Updates = append(p.Updates, PublicUpdate{
			Code: u.Code, Number: u.Number, Status: u.Status, Body: u.Body, Shown: u.Shown,
			Recorded: u.Meta.Recorded, Edited: edited, Affected: affected, Notify: !u.Quiet,
			Imported: u.Meta.Imported, HTML: u.HTML,
		})
		p.Impact = p.Impact.Worse(u.Impact)
		if u.Override {
			override = u.Impact
		}
		if edited.After(p.Changed) {
			p.Changed = edited
		}
		switch u.Status {
		case Monitoring:
			if p.Monitoring.IsZero() {
				p.Monitoring = u.Shown
			}
		case Resolved:
			if was != Resolved { // a last word after it does not resolve it again
				p.Resolved = u.Shown
			}
		}
		was = u.Status
	}
	if len(p.Updates) == 0 {
		return nil // every word of it was erased
	}
	if override != "" {
		p.Impact = override
	}
	p.Status = in.PublishedStatus()
	if p.Status != Resolved {
		p.Resolved = time.Time{} // it was resolved once, and is open again
	}
	sortUpdates(p.Updates)
	if pm := in.Report.Published; pm != nil {
		c := *pm
		p.Postmortem = &c
		if p.Status == Resolved {
			p.Status = Postmortem
		}
		if c.Edited.After(p.Changed) {
			p.Changed = c.Edited
		}
	}
	if in.Imported != nil {
		in.asImported(p)
	}
	return p
}

// publicTitle is the title that customers read. A first update always sets it;
// the internal title never stands in for it.
func (in *Incident) publicTitle() string {
	if in.PublicTitle == "" {
		return "Incident"
	}
	return in.PublicTitle
}

// codeAlphabet is the alphabet of Statuspage's ids: no vowels, so that no id
// spells a word (research: 1,919 of 1,919 real ids).
const codeAlphabet = "0123456789bcdfghjklmnpqrstvwxyz"

// Code derives the 12-character public id of record n of a stream of an
// instance: stable, and not to be guessed from the number.
func Code(instance, stream string, n uint64) string {
	h := sha256.New()
	for _, s := range []string{"sitrep/code", instance, stream} {
		var l [8]byte
		binary.BigEndian.PutUint64(l[:], uint64(len(s)))
		h.Write(l[:])
		h.Write([]byte(s))
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	h.Write(b[:])
	sum := h.Sum(nil)
	out := make([]byte, 12)
	for i := range out {
		// Two bytes a character keep the remainder's bias under 0.05 %.
		out[i] = codeAlphabet[int(binary.BigEndian.Uint16(sum[2*i:]))%len(codeAlphabet)]
	}
	return string(out)
}
