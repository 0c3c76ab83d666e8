package statuspage

// What hosted pages post to webhooks (Atlassian, "Enable webhook
// notifications"): fields stand in the order of its samples, and what those do not
// have follows them.
type (
	// IncidentHook tells of an incident or a maintenance as it is now.
	IncidentHook struct {
		Meta     HookMeta     `json:"meta"`
		Page     HookPage     `json:"page"`
		Incident HookIncident `json:"incident"`
	}
	// ComponentHook tells of a component whose state has changed.
	ComponentHook struct {
		Meta      HookMeta            `json:"meta"`
		Page      HookPage            `json:"page"`
		Update    HookComponentUpdate `json:"component_update"`
		Component HookComponent       `json:"component"`
	}
	// ConfirmHook asks the owner of an address to confirm. Hosted pages have no
	// such payload; they ask by mail.
	ConfirmHook struct {
		Meta         HookMeta     `json:"meta"`
		Page         HookPage     `json:"page"`
		Confirmation Confirmation `json:"confirmation"`
	}
	// HookMeta is about the subscription itself.
	HookMeta struct {
		Unsubscribe   string `json:"unsubscribe,omitempty"`
		Documentation string `json:"documentation"`
		GeneratedAt   string `json:"generated_at"`
	}
	// HookPage is the page and the state of the whole.
	HookPage struct {
		ID          string `json:"id"`
		Indicator   string `json:"status_indicator"`
		Description string `json:"status_description"`
	}
	// HookComponentUpdate is a change of a component's state.
	HookComponentUpdate struct {
		CreatedAt   string `json:"created_at"`
		NewStatus   string `json:"new_status"`
		OldStatus   string `json:"old_status"`
		ID          string `json:"id"`
		ComponentID string `json:"component_id"`
	}
	// HookComponent is that component.
	HookComponent struct {
		CreatedAt string `json:"created_at"`
		ID        string `json:"id"`
		Name      string `json:"name"`
		Status    string `json:"status"`
	}
	// Confirmation is a link that a person opens.
	Confirmation struct {
		URL       string `json:"url"`
		ExpiresAt string `json:"expires_at"`
	}
	// HookIncident is an incident as the management API (v1) has it. What there
	// is none of here is null or false.
	HookIncident struct {
		Backfilled            bool         `json:"backfilled"`
		CreatedAt             string       `json:"created_at"`
		Impact                string       `json:"impact"`
		ImpactOverride        *string      `json:"impact_override"`
		MonitoringAt          *string      `json:"monitoring_at"`
		PostmortemBody        *string      `json:"postmortem_body"`
		PostmortemEditedAt    *string      `json:"postmortem_body_last_updated_at"`
		PostmortemIgnored     bool         `json:"postmortem_ignored"`
		PostmortemNotified    bool         `json:"postmortem_notified_subscribers"`
		PostmortemTwitter     bool         `json:"postmortem_notified_twitter"`
		PostmortemPublishedAt *string      `json:"postmortem_published_at"`
		ResolvedAt            *string      `json:"resolved_at"`
		AutoTransition        bool         `json:"scheduled_auto_transition"`
		ScheduledFor          *string      `json:"scheduled_for"`
		RemindPrior           bool         `json:"scheduled_remind_prior"`
		RemindedAt            *string      `json:"scheduled_reminded_at"`
		ScheduledUntil        *string      `json:"scheduled_until"`
		Shortlink             string       `json:"shortlink"`
		Status                string       `json:"status"`
		UpdatedAt             string       `json:"updated_at"`
		ID                    string       `json:"id"`
		OrganizationID        string       `json:"organization_id"`
		Updates               []HookUpdate `json:"incident_updates"`
		Name                  string       `json:"name"`
		StartedAt             string       `json:"started_at"`
		PageID                string       `json:"page_id"`
		Components            []Component  `json:"components"`
	}
	// HookUpdate is one thing that readers were told.
	HookUpdate struct {
		Body                 string     `json:"body"`
		CreatedAt            string     `json:"created_at"`
		DisplayAt            string     `json:"display_at"`
		Status               string     `json:"status"`
		TwitterUpdatedAt     *string    `json:"twitter_updated_at"`
		UpdatedAt            string     `json:"updated_at"`
		WantsTwitterUpdate   bool       `json:"wants_twitter_update"`
		ID                   string     `json:"id"`
		IncidentID           string     `json:"incident_id"`
		AffectedComponents   []Affected `json:"affected_components"`
		DeliverNotifications bool       `json:"deliver_notifications"`
	}
)
