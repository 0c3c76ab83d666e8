package statuspage

import "time"

// The types of this file are the objects of the format: their fields stand in
// the order in which hosted pages write them, and pointers are what may be null.

// A Page says which page an answer is of.
type Page struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	URL       string `json:"url"`
	TimeZone  string `json:"time_zone"`
	UpdatedAt string `json:"updated_at"`
}

// A Status is the state of the whole.
type Status struct {
	Indicator   string `json:"indicator"`
	Description string `json:"description"`
}

// A Component is a part of the product, or a group of them.
type Component struct {
	ID                 string   `json:"id"`
	Name               string   `json:"name"`
	Status             string   `json:"status"`
	CreatedAt          string   `json:"created_at"`
	UpdatedAt          string   `json:"updated_at"`
	Position           int      `json:"position"`
	Description        *string  `json:"description"`
	Showcase           bool     `json:"showcase"`
	StartDate          *string  `json:"start_date"`
	GroupID            *string  `json:"group_id"`
	PageID             string   `json:"page_id"`
	Group              bool     `json:"group"`
	OnlyShowIfDegraded bool     `json:"only_show_if_degraded"`
	Components         []string `json:"components,omitempty"` // of a group: its members
}

// An Incident is an incident, or a maintenance, which has its window besides.
type Incident struct {
	ID                string      `json:"id"`
	Name              string      `json:"name"`
	Status            string      `json:"status"`
	CreatedAt         string      `json:"created_at"`
	UpdatedAt         string      `json:"updated_at"`
	MonitoringAt      *string     `json:"monitoring_at"`
	ResolvedAt        *string     `json:"resolved_at"`
	Impact            string      `json:"impact"`
	Shortlink         string      `json:"shortlink"`
	StartedAt         string      `json:"started_at"`
	PageID            string      `json:"page_id"`
	Updates           []Update    `json:"incident_updates"`
	Components        []Component `json:"components"`
	ReminderIntervals *string     `json:"reminder_intervals"`      // null in all real payloads
	ScheduledFor      *string     `json:"scheduled_for,omitempty"` // of a maintenance alone
	ScheduledUntil    *string     `json:"scheduled_until,omitempty"`
}

// An Update is one thing that readers were told.
type Update struct {
	ID                   string     `json:"id"`
	Status               string     `json:"status"`
	Body                 string     `json:"body"`
	IncidentID           string     `json:"incident_id"`
	CreatedAt            string     `json:"created_at"`
	UpdatedAt            string     `json:"updated_at"`
	DisplayAt            string     `json:"display_at"`
	AffectedComponents   []Affected `json:"affected_components"` // null when there are none
	DeliverNotifications bool       `json:"deliver_notifications"`
	CustomTweet          *string    `json:"custom_tweet"`
	TweetID              *string    `json:"tweet_id"`
}

// Affected is a component as an update names it.
type Affected struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	OldStatus string `json:"old_status"`
	NewStatus string `json:"new_status"`
}

// The answers, each under its address.
type (
	// Summary is /api/v2/summary.json.
	Summary struct {
		Page         Page        `json:"page"`
		Components   []Component `json:"components"`
		Incidents    []Incident  `json:"incidents"`
		Maintenances []Incident  `json:"scheduled_maintenances"`
		Status       Status      `json:"status"`
	}
	// Statuses is /api/v2/status.json.
	Statuses struct {
		Page   Page   `json:"page"`
		Status Status `json:"status"`
	}
	// Components is /api/v2/components.json.
	Components struct {
		Page       Page        `json:"page"`
		Components []Component `json:"components"`
	}
	// Incidents is /api/v2/incidents.json.
	Incidents struct {
		Page      Page       `json:"page"`
		Incidents []Incident `json:"incidents"`
	}
	// Maintenances is /api/v2/scheduled-maintenances.json.
	Maintenances struct {
		Page         Page       `json:"page"`
		Maintenances []Incident `json:"scheduled_maintenances"`
	}
)

// Stamp writes an instant as the format does: RFC 3339 with milliseconds in the
// page's zone. "Z" stands for UTC itself and not for another zone that happens
// to agree with it (London in winter is +00:00).
func Stamp(t time.Time, loc *time.Location) string {
	t = t.In(loc)
	if name, _ := t.Zone(); name == "UTC" || name == "UCT" {
		return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	}
	return t.Format("2006-01-02T15:04:05.000-07:00")
}
