/* SPDX-License-Identifier: MIT */
#include "command/check_owner.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "decide/owner.h"
#include "tell/report.h"

#include <stdlib.h>

static void add(struct checkup_section *section, bool ok, const char *subject,
		char *detail)
{
	checkup_add(section, ok ? CHECKUP_GOOD : CHECKUP_BAD, subject, detail);
}

/* ---- The zone ---------------------------------------------------------- */

static char *zone_text(const struct zone *zone)
{
	if (zone->resolver_is_local)
		return xasprintf("%s: %zu addresses, secure", zone->name,
				 zone->server_count);
	return xasprintf("%s: %zu addresses, secure if the resolver and the "
			 "way to it can be trusted: it is not on this host",
			 zone->name, zone->server_count);
}

static bool check_zone(struct checkup_section *section,
		       const struct owner_facts *owner)
{
	const struct survey_owner *seen = owner->seen;
	const struct zone *zone = seen->zone;
	char *label = owner_label(owner->owner, owner->via);
	bool ok = zone && (zone->error == ZONE_OK ||
			   (owner->alias && zone->error == ZONE_NO_PRIMARY));

	if (ok)
		add(section, true, label, owner->alias ?
		    xasprintf("alias of %s", owner->alias) :
		    zone_text(zone));
	else
		add(section, false, label, xstrdup(seen->detail ?
		    seen->detail : zone && zone->detail ? zone->detail :
		    "its name servers are not known"));
	free(label);
	return ok;
}

/* ---- The right to change it -------------------------------------------- */

/* Others may have changed the records at that very moment. */
static enum checkup_level trial_level(const struct trial *trial)
{
	switch (trial->verdict) {
	case UPDATE_DONE:
		return CHECKUP_GOOD;
	case UPDATE_RACED:
	case UPDATE_ALIAS:
		return CHECKUP_WARNING;
	case UPDATE_NOT_SENT:
	case UPDATE_REFUSED:
	case UPDATE_NOT_AUTHORITATIVE:
	case UPDATE_NOT_IMPLEMENTED:
	case UPDATE_BAD_KEY:
	case UPDATE_BAD_SIGNATURE:
	case UPDATE_BAD_TIME:
	case UPDATE_UNAUTHENTICATED:
	case UPDATE_SERVER_FAILED:
	case UPDATE_UNANSWERED:
	case UPDATE_UNREACHABLE:
		break;
	}
	return CHECKUP_BAD;
}

/* That which a run meets when it has something to send, and not before; the
 * other may be over by then. */
static bool is_lasting(enum update_verdict verdict)
{
	switch (verdict) {
	case UPDATE_DONE:
	case UPDATE_NOT_SENT:
	case UPDATE_REFUSED:
	case UPDATE_NOT_AUTHORITATIVE:
	case UPDATE_NOT_IMPLEMENTED:
	case UPDATE_BAD_KEY:
	case UPDATE_BAD_SIGNATURE:
	case UPDATE_BAD_TIME:
		return true;
	case UPDATE_RACED:
	case UPDATE_ALIAS:
	case UPDATE_UNAUTHENTICATED:
	case UPDATE_SERVER_FAILED:
	case UPDATE_UNANSWERED:
	case UPDATE_UNREACHABLE:
		break;
	}
	return false;
}

static void check_trial(struct checkup_section *section,
			const struct owner_facts *owner,
			const struct trials *trials)
{
	const struct trial *trial = trials_find(trials, owner->owner);
	char *subject;

	if (!trial)
		return;
	subject = xasprintf("update of %s", owner->owner);
	checkup_add(section, trial_level(trial), subject, xstrdup(
		    trial->verdict == UPDATE_DONE ?
		    "key, clock and right are good: the primary took one that "
		    "changes nothing" : trial->detail ? trial->detail :
		    "it was not tried, for another one was refused"));
	if (is_lasting(trial->verdict))
		checkup_mark_untold(section, section->count - 1);
	free(subject);
}

/* ---- Servers ----------------------------------------------------------- */

/* Another address of the primary is used: this one is not needed. */
static bool is_spare(const struct owner_facts *owner,
		     const struct sighting *sighting)
{
	const struct sighting *primary = owner->seen->primary;

	return sighting_is_hidden(sighting) && sighting != primary &&
	       primary && sighting_is_useful(primary);
}

static void check_many(struct checkup_section *section, const char *subject,
		       const struct sighting *sighting)
{
	if (sighting->set.count > TLSA_PER_SET_GOOD)
		add(section, true, subject, xasprintf("%zu records: with "
		    "more than %d some validators fail; delete what nobody "
		    "needs", sighting->set.count, TLSA_PER_SET_GOOD));
}

/* Whoever renews signatures has stopped, though they are still good. */
static bool check_signature(struct checkup_section *section,
			    const struct facts *facts, const char *subject,
			    const struct sighting *sighting)
{
	char when[TEXT_TIME_SIZE], left[TEXT_TIME_SIZE];
	int64_t end_ms = sighting->signature_expires_seconds * 1000;

	if (!sighting_is_running_out(sighting, facts->now_ms) ||
	    end_ms <= facts->now_ms)
		return false;
	checkup_add(section, CHECKUP_WARNING, subject, xasprintf(
		"%s, but its signature ends at %s, in %s, and was not renewed: "
		"see that the zone's signer runs and its clock is right",
		sighting->detail, text_time(end_ms, when),
		text_duration(end_ms - facts->now_ms, left)));
	return true;
}

static char *good_text(const struct sighting *sighting)
{
	char when[TEXT_TIME_SIZE];
	int64_t end_ms = sighting->signature_expires_seconds * 1000;

	if (!end_ms)
		return xstrdup(sighting->detail);
	return xasprintf("%s, signed until %s", sighting->detail,
			 text_time(end_ms, when));
}

static void check_server(struct checkup_section *section,
			 const struct facts *facts,
			 const struct owner_facts *owner,
			 const struct sighting *sighting)
{
	char address[ADDRESS_TEXT_MAX];
	char *subject = xasprintf("%s at %s %s", owner->owner,
		address_format(&sighting->server->address, address),
		sighting->server->name ? sighting->server->name : "");

	if (facts->released && sighting_confirms(owner, sighting,
						 facts->released,
						 facts->now_ms)) {
		if (!check_signature(section, facts, subject, sighting))
			add(section, true, subject, good_text(sighting));
	} else if (is_spare(owner, sighting)) {
		checkup_add(section, CHECKUP_NOTE, subject, xasprintf(
			"%s: a primary that is not needed, for another "
			"answers", sighting->detail));
	} else {
		add(section, false, subject,
		    report_sighting(facts, owner, sighting));
	}
	check_many(section, subject, sighting);
	free(subject);
}

/* Named all the same, for nobody waits for what they serve. */
static void check_ignored(struct checkup_section *section,
			  const struct owner_facts *owner)
{
	const struct zone *zone = owner->seen->zone;

	for (size_t i = 0; i < zone->server_count; i++) {
		const struct zone_server *server = &zone->servers[i];
		char address[ADDRESS_TEXT_MAX];
		char *subject;

		if (!server->ignored)
			continue;
		subject = xasprintf("%s at %s %s", owner->owner,
			address_format(&server->address, address),
			server->name ? server->name : "");
		add(section, true, subject,
		    xstrdup("not asked: `ignore` names it; clients that ask "
			    "it may get anything"));
		free(subject);
	}
}

/* What was not looked at out there is neither good nor bad. */
static void check_outside(struct checkup_section *section,
			  const struct facts *facts,
			  const struct owner_facts *owner)
{
	for (size_t i = 0; owner->outside && facts->released &&
	     i < owner->outside->count; i++) {
		const struct outside_answer *answer =
			&owner->outside->answers[i];
		char address[ADDRESS_TEXT_MAX];
		char *subject = xasprintf("%s at %s (outside)", owner->owner,
			address_format(&answer->address, address));
		enum outside_view view;
		char *text = report_outside_answer(owner, answer,
						   facts->released, &view);

		if (view == OUTSIDE_SILENT)
			checkup_add(section, CHECKUP_NOTE, subject, text);
		else
			add(section, view == OUTSIDE_AGREES, subject, text);
		free(subject);
	}
}

void check_owners(struct checkup_section *section, const struct facts *facts,
		  const struct trials *trials)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];

		if (!owner->seen || (!owner->param_count && !owner->alias) ||
		    !check_zone(section, owner))
			continue;
		check_trial(section, owner, trials);
		for (size_t k = 0; k < owner->seen->count; k++)
			check_server(section, facts, owner,
				     &owner->seen->sightings[k]);
		check_ignored(section, owner);
		check_outside(section, facts, owner);
	}
}
