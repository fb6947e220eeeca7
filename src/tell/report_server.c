/* SPDX-License-Identifier: MIT */
#include "tell/report_internal.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* The server that is waited for: who, have and want, and what helps. */

char *report_wanted(const struct facts *facts, const struct owner_facts *owner)
{
	struct chain *goal = facts_goal(facts);
	struct chains one = { &goal, 1 };
	struct tlsa_set needed;
	char *text;

	if (owner->alias)
		return xasprintf("alias of %s", owner->alias);
	needed = owner_needed(owner, &one);
	text = tlsa_set_format(&needed);
	tlsa_set_clear(&needed);
	return text;
}

/* ---- Serials ----------------------------------------------------------- */

static char *serial_text(const struct sighting *late,
			 const struct sighting *primary)
{
	uint32_t here = late->serial, there = primary->serial;

	if (here == there)
		return xstrdup("");
	if (serial_is_before(here, there))
		return xasprintf(", behind the primary (serial %u, there %u): "
				 "its transfer is still to come", here, there);
	if (serial_is_before(there, here))
		return xasprintf(", ahead of the primary (serial %u, there "
				 "%u): it transfers nothing until the primary "
				 "is above %u; raise the primary's serial, or "
				 "have the server transfer the zone afresh",
				 here, there, here);
	return xasprintf(", with a serial (%u) as far from the primary's (%u) "
			 "as can be, so that neither is behind (RFC 1982): it "
			 "may never transfer; have it transfer the zone afresh",
			 here, there);
}

char *report_serial(const struct owner_facts *owner,
		    const struct sighting *late)
{
	const struct sighting *primary = owner->seen->primary;
	const struct config_zone *config = owner->seen->zone ?
					   owner->seen->zone->config : NULL;

	if (!sighting_is_useful(late) || late->counts_itself ||
	    (config && !config->check_serial))
		return xstrdup("");
	if (primary && primary->serial_known && late->serial_known)
		return serial_text(late, primary);
	if (!late->behind)
		return xstrdup("");
	if (!late->serial_known)
		return xasprintf(", but does not %s the zone's serial (SOA), "
				 "so may be behind the primary",
				 late->serial_unproven ? "prove" : "tell");
	return xasprintf(", but the primary does not %s the zone's serial "
			 "(SOA), so this may be behind it",
			 primary && primary->serial_unproven ? "prove" :
			 "tell");
}

/* ---- Who does not answer ----------------------------------------------- */

/* Not for want of time or means here. */
static bool is_dead(const struct sighting *sighting)
{
	if (sighting->verdict != SIGHTING_NO_ANSWER ||
	    sighting_is_hidden(sighting))
		return false;
	switch (sighting->outcome) {
	case OUTCOME_SILENT:
	case OUTCOME_CLOSED:
	case OUTCOME_UNREACHABLE:
		return true;
	case OUTCOME_ANSWERED:
	case OUTCOME_NO_TIME:
	case OUTCOME_GARBLED:
	case OUTCOME_TOO_LARGE:
	case OUTCOME_FAILED:
		break;
	}
	return false;
}

static size_t count_dead(const struct survey_owner *seen)
{
	size_t count = 0;

	for (size_t i = 0; i < seen->count; i++)
		count += is_dead(&seen->sightings[i]);
	return count;
}

/* TEXT and MORE with BETWEEN; TEXT is freed, and may be NULL. */
static char *join(char *text, const char *between, const char *more)
{
	char *both = xasprintf("%s%s%s", text ? text : "",
			       text ? between : "", more);

	free(text);
	return both;
}

/* "DETAIL: SERVER and SERVER", of all from FIRST on that are dead as it is. */
static char *dead_alike(const struct survey_owner *seen, size_t first)
{
	const char *detail = seen->sightings[first].detail;
	char *servers = NULL, *text;

	for (size_t i = first; i < seen->count; i++) {
		char *server;

		if (!is_dead(&seen->sightings[i]) ||
		    !streq(seen->sightings[i].detail, detail))
			continue;
		server = report_server(seen->sightings[i].server);
		servers = join(servers, " and ", server);
		free(server);
	}
	text = xasprintf("%s: %s", detail, servers);
	free(servers);
	return text;
}

static bool is_told(const struct survey_owner *seen, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (is_dead(&seen->sightings[i]) &&
		    streq(seen->sightings[i].detail,
			  seen->sightings[index].detail))
			return true;
	return false;
}

/* Every address that is waited for in vain, lest they come to be known one at
 * a time. */
static char *dead_text(const struct survey_owner *seen)
{
	char *all = NULL;

	for (size_t i = 0; i < seen->count; i++) {
		char *alike;

		if (!is_dead(&seen->sightings[i]) || is_told(seen, i))
			continue;
		alike = dead_alike(seen, i);
		all = join(all, "; ", alike);
		free(alike);
	}
	return all;
}

/* The family of LATE, where this host has no way to any of it and none to
 * anybody but these; else 0. */
static unsigned lost_family(const struct survey_owner *seen,
			    const struct sighting *late)
{
	unsigned family = late->server->address.family;
	bool others = false;

	for (size_t i = 0; i < seen->count; i++) {
		const struct sighting *sighting = &seen->sightings[i];

		if (sighting->server->address.family != family)
			others |= sighting->verdict != SIGHTING_NO_ANSWER;
		else if (sighting->verdict != SIGHTING_NO_ANSWER ||
			 sighting->outcome != OUTCOME_UNREACHABLE)
			return 0;
	}
	return others ? family : 0;
}

static char *dead_advice(const struct survey_owner *seen,
			 const struct sighting *late)
{
	unsigned family = lost_family(seen, late);

	if (family)
		return xasprintf("; this host reaches no server by IPv%u: "
				 "mend that or, where it has none, set ignore "
				 "= \"ipv%u\" in the zone section", family,
				 family);
	return xstrdup("; what is dead for good is to leave the delegation, "
		       "or to be named by ignore in the zone section");
}

/* ---- The line ---------------------------------------------------------- */

/* Of all that is wanted nothing is missing. */
static bool serves_all(const struct facts *facts,
		       const struct owner_facts *owner,
		       const struct sighting *late)
{
	struct chain *goal = facts_goal(facts);
	struct chains one = { &goal, 1 };
	struct tlsa_set lacks = owner_needed(owner, &one);
	bool all;

	tlsa_set_remove_all(&lacks, &late->set);
	all = late->verdict == SIGHTING_SET && lacks.count == 0;
	tlsa_set_clear(&lacks);
	return all;
}

/* What is wrong beside what it serves, or with that; allocated. */
static char *flaw(const struct facts *facts, const struct owner_facts *owner,
		  const struct sighting *late)
{
	char when[TEXT_TIME_SIZE];

	if (!late->behind && late->signature_expires_seconds &&
	    serves_all(facts, owner, late))
		return xasprintf(", but its signature ends at %s, before "
				 "caches can let go of it",
				 text_time(late->signature_expires_seconds *
					     1000, when));
	return report_serial(owner, late);
}

const char *report_behind(const struct facts *facts,
			  const struct owner_facts *owner,
			  const struct sighting *late)
{
	return late->behind && serves_all(facts, owner, late) ?
	       "; if serials differ by design (PowerDNS with SOA-EDIT=EPOCH, "
	       "several signers), set check_serial = no in the zone section" :
	       "";
}

static char *advice(const struct facts *facts, const struct owner_facts *owner,
		    const struct sighting *late)
{
	if (is_dead(late))
		return dead_advice(owner->seen, late);
	return xasprintf("%s%s", report_behind(facts, owner, late),
			 report_wavers(owner, late));
}

static char *have_text(const struct facts *facts,
		       const struct owner_facts *owner,
		       const struct sighting *late)
{
	char *server, *wrong, *text;

	if (is_dead(late) && count_dead(owner->seen) > 1)
		return dead_text(owner->seen);
	server = report_server(late->server);
	wrong = flaw(facts, owner, late);
	text = xasprintf("%s %s%s", server, late->detail, wrong);
	free(wrong);
	free(server);
	return text;
}

/* Of what is wrong with the server itself, whatever it serves. */
static const char *remedy_of_fault(const struct sighting *sighting)
{
	switch (sighting->verdict) {
	case SIGHTING_UNPROVEN:
		return "; clients refuse that: see that the zone's signer "
		       "runs, has its keys, and that its clock is right, and "
		       "have the zone signed anew";
	case SIGHTING_ERROR:
	case SIGHTING_LAME:
		return "; see why it does not serve the zone (its log), or "
		       "take it out of the delegation";
	case SIGHTING_SET:
	case SIGHTING_ABSENT:
	case SIGHTING_ALIAS:
	case SIGHTING_WILDCARD:
	case SIGHTING_NO_ANSWER:
	case SIGHTING_MALFORMED:
		break;
	}
	return "";
}

char *report_late(const struct facts *facts, const struct action *action)
{
	const struct owner_facts *owner = action->owner;
	const struct sighting *late = action->sighting;
	char *have = have_text(facts, owner, late);
	char *want = report_wanted(facts, owner);
	char *helps = advice(facts, owner, late);
	char *what = xasprintf("%s; want %s%s%s", have, want, helps,
			       remedy_of_fault(late));
	char *text = report_owner(owner, what);

	free(what);
	free(helps);
	free(want);
	free(have);
	return text;
}

/* ---- One server at rest ------------------------------------------------ */

static bool has_all(const struct facts *facts, const struct owner_facts *owner,
		    const struct sighting *primary)
{
	return primary && sighting_is_useful(primary) &&
	       serves_all(facts, owner, primary);
}

/* Where nothing else has been said to help. */
static const char *remedy(const struct facts *facts,
			  const struct owner_facts *owner,
			  const struct sighting *sighting)
{
	const struct sighting *primary = owner->seen->primary;

	switch (sighting->verdict) {
	case SIGHTING_SET:
	case SIGHTING_ABSENT:
	case SIGHTING_ALIAS:
	case SIGHTING_WILDCARD:
		if (serves_all(facts, owner, sighting))
			return "";
		return sighting != primary && has_all(facts, owner, primary) ?
		       "; the primary serves it: see that this server "
		       "transfers the zone from there" :
		       "; alnitak run publishes what is missing, when it "
		       "looks again (recheck, an hour as a rule); look who "
		       "takes it away";
	case SIGHTING_UNPROVEN:
	case SIGHTING_ERROR:
	case SIGHTING_LAME:
	case SIGHTING_NO_ANSWER:
	case SIGHTING_MALFORMED:
		break;
	}
	return remedy_of_fault(sighting);
}

char *report_sighting(const struct facts *facts,
		      const struct owner_facts *owner,
		      const struct sighting *sighting)
{
	char *wrong = flaw(facts, owner, sighting);
	char *want = report_wanted(facts, owner);
	char *helps = advice(facts, owner, sighting);
	char *text = xasprintf("%s%s; want %s%s%s", sighting->detail, wrong,
			       want, helps, remedy(facts, owner, sighting));

	free(helps);
	free(want);
	free(wrong);
	return text;
}

/* ---- The primary, and what it was sent --------------------------------- */

/* Of the change at the action's owner. */
static unsigned times_sent(const struct facts *facts,
			   const struct action *action, bool *deleting)
{
	unsigned times = 0;
	int64_t since_ms;

	*deleting = false;
	for (size_t i = 0; i < action->changes.count; i++) {
		const struct change *change = &action->changes.items[i];

		if (!streq(change->owner, action->owner->owner))
			continue;
		times = change_times_sent(facts->state, change, &since_ms);
		*deleting = change->remove.count > 0;
	}
	return times;
}

/* "the primary SERVER SAYS: it HAVE; want WANT; ADVICE", behind the owner. */
static char *primary_text(const struct facts *facts,
			  const struct owner_facts *owner, const char *says,
			  const char *advice)
{
	const struct sighting *primary = owner->seen->primary;
	char *server = report_server(primary->server);
	char *want = report_wanted(facts, owner);
	char *what = xasprintf("the primary %s %s: it %s; want %s; %s", server,
			       says, primary->detail, want, advice);
	char *text = report_owner(owner, what);

	free(what);
	free(want);
	free(server);
	return text;
}

/* What lists several primaries may seem to say otherwise. */
static const char *where_edited(const struct owner_facts *owner)
{
	const struct config_zone *config = owner->seen->zone->config;

	if (!config || !config->primary_count)
		return "set primary in the zone section";
	return config->primary_count == 1 ?
		"primary in the zone section names the wrong one" :
		"put that first in primary in the zone section: others there "
		"are not tried while this one answers questions";
}

char *report_swallowed(const struct facts *facts, const struct action *action)
{
	bool deleting;
	unsigned times = times_sent(facts, action, &deleting);
	const char *what = deleting ? "the deletion" : "it";
	char *says, *text, *advice;

	if (times < 2) {
		says = xasprintf("accepted %s, but does not show it", what);
		text = primary_text(facts, action->owner, says, "if that "
			"lasts, see whether updates go to the zone and view "
			"that it answers from");
	} else {
		says = xasprintf("accepted %s %u times, and still does not "
				 "show it", what, times);
		advice = xasprintf("likely it drops updates in silence "
			"(PowerDNS: lua-dnsupdate-policy-script; see its "
			"log), it is not where the zone is edited (%s), the "
			"key leads to another view of the zone than it "
			"answers from, or it has not signed yet",
			where_edited(action->owner));
		text = primary_text(facts, action->owner, says, advice);
		free(advice);
	}
	free(says);
	return text;
}

char *report_raced(const struct facts *facts, const struct action *action)
{
	return primary_text(facts, action->owner, "refuses the update, for it "
		"holds other TLSA records there than it shows (NXRRSET or "
		"YXRRSET)", "others may have changed them at that moment; if "
		"that lasts, it has not signed yet what it holds (BIND: rndc "
		"zonestatus), the key leads to another view of the zone than "
		"it answers from (sign_questions in the zone section), or a "
		"wildcard gives what it shows");
}
