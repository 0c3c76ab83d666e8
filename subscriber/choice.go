package subscriber

import "slices"

// A Choice is what somebody wants to hear of. The zero Choice is everything.
type Choice struct {
	Components []string `json:"components,omitempty"` // ids of components
	Incidents  []string `json:"incidents,omitempty"`  // codes of single incidents or maintenances
}

// limits of a choice, far above what a person ticks.
const (
	maxComponents = 500
	maxIncidents  = 100
)

// All reports whether everything is wanted.
func (c Choice) All() bool { return len(c.Components) == 0 && len(c.Incidents) == 0 }

// Wants reports whether an incident is wanted, by its code and the ids of the
// components that were ever attached to it. One to which none is attached may
// touch any, so whoever chose components hears of it too.
func (c Choice) Wants(code string, components []string) bool {
	switch {
	case c.All(), slices.Contains(c.Incidents, code):
		return true
	case len(c.Components) == 0:
		return false
	case len(components) == 0:
		return true
	}
	return slices.ContainsFunc(components, func(id string) bool { return slices.Contains(c.Components, id) })
}

// With returns what is wanted by whoever wants either.
func (c Choice) With(more Choice) Choice {
	if c.All() || more.All() {
		return Choice{}
	}
	return Choice{Components: slices.Concat(c.Components, more.Components), Incidents: slices.Concat(c.Incidents, more.Incidents)}.tidy()
}

// tidy sorts a choice, drops what stands twice and what is too much.
func (c Choice) tidy() Choice {
	once := func(list []string, most int) []string {
		if len(list) == 0 {
			return nil
		}
		list = slices.Clone(list)
		slices.Sort(list)
		list = slices.Compact(list)
		return slices.Clip(list[:min(len(list), most)])
	}
	return Choice{Components: once(c.Components, maxComponents), Incidents: once(c.Incidents, maxIncidents)}
}
