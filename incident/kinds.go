package incident

// empty returns a pointer to the zero event of a kind, for decoding.
func empty(kind string) any {
	switch kind {
	case "declared":
		return new(Declared)
	case "state.changed":
		return new(StateChanged)
	case "update.posted":
		return new(UpdatePosted)
	case "update.edited":
		return new(UpdateEdited)
	case "update.withdrawn":
		return new(UpdateWithdrawn)
	case "preview.opened":
		return new(PreviewOpened)
	case "preview.closed":
		return new(PreviewClosed)
	case "delivery.failed":
		return new(DeliveryFailed)
	case "reopened":
		return new(Reopened)
	case "canceled":
		return new(CanceledBy)
	case "merged":
		return new(MergedInto)
	case "absorbed":
		return new(Absorbed)
	case "unmerged":
		return new(Unmerged)
	case "incident.brought":
		return new(Brought)
	case "note.added":
		return new(NoteAdded)
	case "link.added":
		return new(LinkAdded)
	case "milestone.recorded":
		return new(MilestoneRecorded)
	case "severity.changed":
		return new(SeverityChanged)
	case "components.changed":
		return new(ComponentsChanged)
	case "renamed":
		return new(Renamed)
	case "privacy.changed":
		return new(PrivacyChanged)
	case "role.assigned":
		return new(RoleAssigned)
	case "handover.offered":
		return new(HandoverOffered)
	case "handover.accepted":
		return new(HandoverAccepted)
	case "action.added":
		return new(ActionAdded)
	case "action.done":
		return new(ActionDone)
	case "action.assigned":
		return new(ActionAssigned)
	case "theory.added":
		return new(TheoryAdded)
	case "theory.evidence":
		return new(TheoryEvidence)
	case "theory.ruled_out":
		return new(TheoryRuledOut)
	case "theory.confirmed":
		return new(TheoryConfirmed)
	case "entry.corrected":
		return new(EntryCorrected)
	case "entry.struck":
		return new(EntryStruck)
	case "entry.marked":
		return new(EntryMarked)
	case "postmortem.asked":
		return new(PostmortemAsked)
	case "postmortem.progress":
		return new(PostmortemProgress)
	case "postmortem.drafted":
		return new(PostmortemDrafted)
	case "postmortem.edited":
		return new(PostmortemEdited)
	case "postmortem.published":
		return new(PostmortemPublished)
	case "postmortem.unpublished":
		return new(PostmortemUnpublished)
	case "postmortem.owned":
		return new(PostmortemOwned)
	case "postmortem.due":
		return new(PostmortemDue)
	case "postmortem.review_asked":
		return new(PostmortemReviewAsked)
	case "postmortem.reviewed":
		return new(PostmortemReviewed)
	case "postmortem.returned":
		return new(PostmortemReturned)
	case "postmortem.closed":
		return new(PostmortemClosed)
	case "postmortem.reopened":
		return new(PostmortemReopened)
	case "postmortem.reminded":
		return new(PostmortemReminded)
	case "room.opened":
		return new(RoomOpened)
	case "room.closed":
		return new(RoomClosed)
	case "room.changed":
		return new(RoomChanged)
	case "rooms.retired":
		return new(RoomsRetired)
	case "message.said":
		return new(MessageSaid)
	case "message.edited":
		return new(MessageEdited)
	case "message.deleted":
		return new(MessageDeleted)
	case "reaction.added":
		return new(Reacted)
	case "reaction.removed":
		return new(Unreacted)
	case "message.pinned":
		return new(Pinned)
	case "message.unpinned":
		return new(Unpinned)
	case "person.joined":
		return new(Joined)
	case "name.learned":
		return new(NameLearned)
	case "maintenance.scheduled":
		return new(MaintenanceScheduled)
	case "maintenance.moved":
		return new(MaintenanceMoved)
	case "maintenance.rescheduled":
		return new(MaintenanceRescheduled)
	case "maintenance.reminded":
		return new(MaintenanceReminded)
	case "public.imported":
		return new(PublicImported)
	case "page.configured":
		return new(PageConfigured)
	case "clock.stepped":
		return new(ClockStepped)
	case "log.redacted":
		return new(Erased)
	}
	return &Unknown{Was: kind}
}

// value turns what empty returned back into the event itself.
func value(p any) Event {
	switch e := p.(type) {
	case *Declared:
		return *e
	case *StateChanged:
		return *e
	case *UpdatePosted:
		return *e
	case *UpdateEdited:
		return *e
	case *UpdateWithdrawn:
		return *e
	case *PreviewOpened:
		return *e
	case *PreviewClosed:
		return *e
	case *DeliveryFailed:
		return *e
	case *Reopened:
		return *e
	case *CanceledBy:
		return *e
	case *MergedInto:
		return *e
	case *Absorbed:
		return *e
	case *Unmerged:
		return *e
	case *Brought:
		return *e
	case *NoteAdded:
		return *e
	case *LinkAdded:
		return *e
	case *MilestoneRecorded:
		return *e
	case *SeverityChanged:
		return *e
	case *ComponentsChanged:
		return *e
	case *Renamed:
		return *e
	case *PrivacyChanged:
		return *e
	case *RoleAssigned:
		return *e
	case *HandoverOffered:
		return *e
	case *HandoverAccepted:
		return *e
	case *ActionAdded:
		return *e
	case *ActionDone:
		return *e
	case *ActionAssigned:
		return *e
	case *TheoryAdded:
		return *e
	case *TheoryEvidence:
		return *e
	case *TheoryRuledOut:
		return *e
	case *TheoryConfirmed:
		return *e
	case *EntryCorrected:
		return *e
	case *EntryStruck:
		return *e
	case *EntryMarked:
		return *e
	case *PostmortemAsked:
		return *e
	case *PostmortemProgress:
		return *e
	case *PostmortemDrafted:
		return *e
	case *PostmortemEdited:
		return *e
	case *PostmortemPublished:
		return *e
	case *PostmortemUnpublished:
		return *e
	case *PostmortemOwned:
		return *e
	case *PostmortemDue:
		return *e
	case *PostmortemReviewAsked:
		return *e
	case *PostmortemReviewed:
		return *e
	case *PostmortemReturned:
		return *e
	case *PostmortemClosed:
		return *e
	case *PostmortemReopened:
		return *e
	case *PostmortemReminded:
		return *e
	case *RoomOpened:
		return *e
	case *RoomClosed:
		return *e
	case *RoomChanged:
		return *e
	case *RoomsRetired:
		return *e
	case *MessageSaid:
		return *e
	case *MessageEdited:
		return *e
	case *MessageDeleted:
		return *e
	case *Reacted:
		return *e
	case *Unreacted:
		return *e
	case *Pinned:
		return *e
	case *Unpinned:
		return *e
	case *Joined:
		return *e
	case *NameLearned:
		return *e
	case *MaintenanceScheduled:
		return *e
	case *MaintenanceMoved:
		return *e
	case *MaintenanceRescheduled:
		return *e
	case *MaintenanceReminded:
		return *e
	case *PublicImported:
		return *e
	case *PageConfigured:
		return *e
	case *ClockStepped:
		return *e
	case *Erased:
		return *e
	case *Unknown:
		return *e
	}
	return Unknown{}
}

// Kinds lists every kind of event that this version writes.
func Kinds() []string {
	return []string{
		"declared",
		"state.changed",
		"update.posted",
		"update.edited",
		"update.withdrawn",
		"preview.opened",
		"preview.closed",
		"delivery.failed",
		"reopened",
		"canceled",
		"merged",
		"absorbed",
		"unmerged",
		"incident.brought",
		"note.added",
		"link.added",
		"milestone.recorded",
		"severity.changed",
		"components.changed",
		"renamed",
		"privacy.changed",
		"role.assigned",
		"handover.offered",
		"handover.accepted",
		"action.added",
		"action.done",
		"action.assigned",
		"theory.added",
		"theory.evidence",
		"theory.ruled_out",
		"theory.confirmed",
		"entry.corrected",
		"entry.struck",
		"entry.marked",
		"postmortem.asked",
		"postmortem.progress",
		"postmortem.drafted",
		"postmortem.edited",
		"postmortem.published",
		"postmortem.unpublished",
		"postmortem.owned",
		"postmortem.due",
		"postmortem.review_asked",
		"postmortem.reviewed",
		"postmortem.returned",
		"postmortem.closed",
		"postmortem.reopened",
		"postmortem.reminded",
		"room.opened",
		"room.closed",
		"room.changed",
		"rooms.retired",
		"message.said",
		"message.edited",
		"message.deleted",
		"reaction.added",
		"reaction.removed",
		"message.pinned",
		"message.unpinned",
		"person.joined",
		"name.learned",
		"maintenance.scheduled",
		"maintenance.moved",
		"maintenance.rescheduled",
		"maintenance.reminded",
		"public.imported",
		"page.configured",
		"clock.stepped",
		"log.redacted",
	}
}
