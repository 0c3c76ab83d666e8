package fakeslack

import (
	"slices"
	"strings"
	"time"
)

func peopleMethods() map[string]method {
	return map[string]method{
		"users.info":            {tier: tier4, scope: "users:read", handle: userInfo},
		"users.list":            {tier: tier2, scope: "users:read", handle: userList},
		"users.lookupByEmail":   {tier: tier3, scope: "users:read.email", handle: userByEmail},
		"usergroups.list":       {tier: tier2, scope: "usergroups:read", handle: groupList},
		"usergroups.users.list": {tier: tier2, scope: "usergroups:read", handle: groupUsers},
		"bots.info":             {tier: tier3, scope: "users:read", handle: botInfo},
	}
}

func authTest(f *Fake, _ call) (obj, *refusal) {
	return obj{"url": "https://" + f.ws.Domain + ".slack.com/", "team": f.ws.Name, "user": f.ws.Bot.Name, "team_id": f.ws.TeamID,
		"user_id": f.ws.Bot.ID, "bot_id": f.botID(), "app_id": f.appID(), "is_enterprise_install": false}, nil
}

func teamInfo(f *Fake, _ call) (obj, *refusal) {
	return obj{"team": obj{"id": f.ws.TeamID, "name": f.ws.Name, "domain": f.ws.Domain, "email_domain": "", "icon": obj{"image_default": true}}}, nil
}

// shape is a user as the Web API gives it.
func (u *User) shape(email bool) obj {
	zone, err := time.LoadLocation(u.TZ)
	offset, label := 0, "UTC"
	if err == nil {
		label, offset = time.Now().In(zone).Zone()
	}
	profile := obj{"real_name": u.Real, "real_name_normalized": u.Real, "display_name": u.Name, "display_name_normalized": u.Name, "team": u.TeamID,
		"avatar_hash": "g" + strings.ToLower(u.ID), "title": "", "phone": "", "skype": "", "status_text": "", "status_emoji": "", "status_expiration": 0, "fields": nil}
	if email && u.Email != "" {
		profile["email"] = u.Email
	}
	return obj{"id": u.ID, "team_id": u.TeamID, "name": u.Name, "real_name": u.Real, "deleted": u.Deleted, "is_bot": u.Bot,
		"is_restricted": u.Guest, "is_ultra_restricted": false, "is_app_user": false, "updated": 1_600_000_000, "tz": u.TZ, "tz_label": label, "tz_offset": offset, "profile": profile}
}

func (f *Fake) shown(u *User) obj {
	o := u.shape(slices.Contains(f.scopes(), "users:read.email"))
	if u.TeamID != f.ws.TeamID {
		o["is_stranger"] = true
	}
	return o
}

func userInfo(f *Fake, c call) (obj, *refusal) {
	u := f.users[c.str("user")]
	if u == nil {
		return nil, refuse("user_not_found")
	}
	return obj{"user": f.shown(u)}, nil
}

func userList(f *Fake, c call) (obj, *refusal) {
	limit := c.int("limit", len(f.userIDs))
	if limit <= 0 {
		limit = len(f.userIDs)
	}
	var own []string
	for _, id := range f.userIDs {
		if f.users[id].TeamID == f.ws.TeamID { // strangers are found by id only
			own = append(own, id)
		}
	}
	part, next, no := cut(c, own, limit)
	if no != nil {
		return nil, no
	}
	members := []obj{}
	for _, id := range part {
		members = append(members, f.shown(f.users[id]))
	}
	return obj{"members": members, "cache_ts": time.Now().Unix(), "response_metadata": obj{"next_cursor": next}}, nil
}

func userByEmail(f *Fake, c call) (obj, *refusal) {
	for _, id := range f.userIDs {
		if u := f.users[id]; u.Email != "" && u.Email == c.str("email") && !u.Deleted {
			return obj{"user": f.shown(u)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

func groupList(f *Fake, c call) (obj, *refusal) {
	if f.opt.FreePlan {
		return nil, refuse("plan_upgrade_required")
	}
	groups := []obj{}
	for _, g := range f.groups {
		o := obj{"id": g.ID, "team_id": f.ws.TeamID, "is_usergroup": true, "name": g.Name, "handle": g.Handle, "user_count": len(g.Members),
			"is_subteam": true, "is_external": false, "description": "", "date_create": 1_600_000_000, "date_update": 1_600_000_000, "date_delete": 0, "auto_type": nil, "auto_provision": false,
			"enterprise_subteam_id": "", "created_by": f.userIDs[0], "updated_by": f.userIDs[0], "deleted_by": nil, "prefs": obj{"channels": []string{}, "groups": []string{}}}
		if c.is("include_users") {
			o["users"] = g.Members
		}
		groups = append(groups, o)
	}
	return obj{"usergroups": groups}, nil
}

func groupUsers(f *Fake, c call) (obj, *refusal) {
	if f.opt.FreePlan {
		return nil, refuse("plan_upgrade_required")
	}
	for _, g := range f.groups {
		if g.ID == c.str("usergroup") {
			return obj{"users": g.Members}, nil
		}
	}
	return nil, refuse("no_such_subteam")
}

func botInfo(f *Fake, c call) (obj, *refusal) {
	for _, id := range f.userIDs {
		if u := f.users[id]; u.Bot && "B"+id[1:] == c.str("bot") {
			return obj{"bot": obj{"id": c.str("bot"), "deleted": u.Deleted, "name": u.Name, "user_id": id, "app_id": "A" + id[1:]}}, nil
		}
	}
	return nil, refuse("bot_not_found")
}
