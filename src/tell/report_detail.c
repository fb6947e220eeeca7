/* SPDX-License-Identifier: MIT */
#include "tell/report_internal.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* Every reason in words: the subject, the server, have and want, what to do. */

static char *detail_zone(const struct owner_facts *owner)
{
	const struct survey_owner *seen = owner->seen;
	const char *detail = seen->detail;

	if (!detail && seen->zone)
		detail = seen->zone->detail;
	return report_owner(owner, detail ? detail :
			    "its name servers are not known");
}

/* "the primary ADDRESS: REFUSED", of each that was tried. */
static char *primaries_text(const struct survey_owner *seen)
{
	struct texts texts = { 0 };
	char *all;

	for (size_t i = 0; i < seen->count; i++) {
		const struct sighting *sighting = &seen->sightings[i];
		char *server, *text;

		if (sighting != seen->primary &&
		    !(sighting->server->roles & ZONE_SERVER_PRIMARY))
			continue;
		server = report_server(sighting->server);
		text = xasprintf("the primary %s: %s", server,
				 sighting->detail);
		texts_add(&texts, text);
		free(text);
		free(server);
	}
	all = texts_join(&texts);
	texts_clear(&texts);
	return all;
}

/* What may be wrong with a primary that was found, beside itself. */
static const char *primary_advice(const struct sighting *primary, bool is_set)
{
	if (primary->verdict == SIGHTING_ERROR)
		return is_set ? "let it answer this host or, to questions "
				"signed with it, the zone's key; or primary "
				"in its zone section names the wrong one" :
				"let it answer this host or, to questions "
				"signed with it, the zone's key; or, if the "
				"zone is edited at another server, set "
				"primary in its zone section";
	return is_set ? "if the zone is edited at another server, primary in "
			"its zone section names the wrong one" :
			"if the zone is edited at another server, set primary "
			"in its zone section";
}

static const char *primary_fault(const struct sighting *primary)
{
	return primary->verdict == SIGHTING_UNPROVEN ?
		"sign the zone again, or mend its DS at the parent; or, " : "";
}

static char *detail_primary(const struct owner_facts *owner)
{
	const struct survey_owner *seen = owner->seen;
	const struct sighting *primary = seen->primary;
	bool is_set = seen->zone->config && seen->zone->config->primary_count;
	char *servers, *what, *text;

	if (primary) {
		servers = primaries_text(seen);
		what = xasprintf("zone %s: %s; %s%s%s", seen->zone->name,
				 servers, primary_fault(primary),
				 primary_advice(primary, is_set),
				 primary->verdict == SIGHTING_LAME ?
				 "; or the resolver is wrong about where the "
				 "zone begins: check that" : "");
		free(servers);
	} else {
		what = xasprintf("the primary of zone %s is not known; %s",
				 seen->zone->name, is_set ?
				 "primary in its zone section names a host "
				 "without an address" :
				 "set primary in its zone section");
	}
	text = report_owner(owner, what);
	free(what);
	return text;
}

static const char *why_not_followed(const struct facts *facts,
				    const char *alias)
{
	if (streq(alias, "."))
		return "no record can stand at the root; remove the alias";
	return facts->target->api == API_EXEC ?
		"a program (api = exec) cannot be told that name; publish by "
		"rfc2136, or remove the alias" :
		"this is not followed: it loops, or is the end of too long a "
		"chain of aliases; remove one";
}

static char *detail_alias(const struct facts *facts,
			  const struct owner_facts *owner)
{
	const char *alias = survey_alias(owner->seen);
	char *what = xasprintf("alias of %s: %s", alias,
			       why_not_followed(facts, alias));
	char *text = report_owner(owner, what);

	free(what);
	return text;
}

static char *detail_wildcard(const struct owner_facts *owner)
{
	const struct survey_owner *seen = owner->seen;
	char *what = seen->hidden ?
		xasprintf("a record here would hide a wildcard: %s; give it by "
			  "records of its own what it needs, or set wildcard "
			  "= \"allow\" for this target", seen->hidden) :
		xasprintf("the primary %s, and a record of our own would take "
			  "the place of these; add them at this very name, or "
			  "set wildcard = \"allow\" for this target",
			  seen->primary->detail);
	char *text = report_owner(owner, what);

	free(what);
	return text;
}

static char *detail_live(const struct facts *facts, const char *what)
{
	return xasprintf("%s: %s%s%s", what,
			 version_error_text(facts->live_error),
			 facts->live_detail ? ": " : "",
			 facts->live_detail ? facts->live_detail : "");
}

static char *detail_links(const struct facts *facts)
{
	if (facts->links_error)
		return xasprintf("the links in the dane directory cannot be "
				 "read: %s", strerror(-facts->links_error));
	return xasprintf("the dane directory holds something else: %s; move "
			 "it away, or run alnitak reset",
			 facts->links_detail ? facts->links_detail : "?");
}

static char *detail_program(const struct owner_facts *owner)
{
	return report_owner(owner, "its program was asked, but the servers do "
			    "not show it yet; if that lasts, see what it says "
			    "with -L verbose");
}

static char *detail_published(const struct facts *facts,
			      const struct action *action)
{
	return facts->target->api == API_EXEC ? detail_program(action->owner) :
						report_swallowed(facts, action);
}

static char *detail_pieces(const struct action *action)
{
	const struct change *change = &action->changes.items[0];
	bool adding = change->add.count > 0;
	char *set = tlsa_set_format(adding ? &change->add : &change->remove);
	char *what = xasprintf("a program changes one record at a time, and "
		"in no order would every certificate in service keep its "
		"match: %s %s by hand, in one change",
		adding ? "publish" : "delete", set);
	char *text = report_owner(action->owner, what);

	free(what);
	free(set);
	return text;
}

static char *detail_issuer(const struct facts *facts,
			   const struct owner_facts *owner)
{
	const struct chain *goal = facts_goal(facts);
	struct tlsa_params params;
	char *fault, *what, *text;

	if (!goal || !owner_lacks_record(owner, goal, &params))
		return report_owner(owner, "the chain has no such record");
	fault = tlsa_fault(goal, params);
	what = xasprintf("a record, configured or standing there, cannot be "
			 "made: %s", fault);
	text = report_owner(owner, what);
	free(what);
	free(fault);
	return text;
}

static char *detail_remains(const struct owner_facts *owner)
{
	return report_owner(owner, "deleting our old records would leave a set "
			    "that does not match; look at what others publish "
			    "there, and delete by hand what nobody needs");
}

static char *detail_disk(const struct facts *facts)
{
	if (!facts->disk_trouble)
		return xstrdup("what is held of it in the state directory "
			       "cannot be read, so it is not known what was in "
			       "service; see to the disk");
	return xasprintf("the files of the certificate in service cannot be "
			 "read: %s", strerror(-facts->disk_trouble));
}

static char *detail_state(void)
{
	return xstrdup("the links lead nowhere, and the state that tells where "
		       "they should cannot be used; restore it, or move it "
		       "away and run alnitak init");
}

static char *detail_blind(void)
{
	return xstrdup("the services cannot be probed and there is no reload "
		       "command, so the old record must stay; set reload, "
		       "probe or linger");
}

static char *detail_unseen(const struct facts *facts)
{
	char *unprobed = config_unprobed(facts->target);
	char *text = xasprintf("not probed: %s; nobody sees what is presented "
			       "there, so the old record must stay; set "
			       "linger, or probe to what can be seen",
			       unprobed ? unprobed : "any port");

	free(unprobed);
	return text;
}

/* Of reasons that need nothing more to be said than these words, here or
 * behind the owner. */
static const char *plain_text(enum reason reason)
{
	static const char *const texts[] = {
		[REASON_LOST] = "the files of the certificate in service are "
			"gone and there is no other; run certbot",
		[REASON_RELOAD] = "the reload command failed; it is repeated "
			"at every run",
		[REASON_LINGER] = "the old record stays until old connections "
			"and caches are gone",
		[REASON_TIME] = "not looked at to the end, there was no time "
			"left; the next run carries on",
		[REASON_DELETING] = "a deletion of what is needed again may "
			"still come",
		[REASON_CACHES] = "caches may still hold a set without the "
			"new record",
		[REASON_OLD_ALIAS] = "caches may still hold that it led to "
			"where our records are, so these must stay",
		[REASON_OTHERS] = "another target publishes here too and is "
			"in trouble: what it needs, or saw, is unknown",
		[REASON_DENIED] = "another target publishes here too, and its "
			"chain has no record of a kind that this one wants "
			"(print shows why), or it is being removed: configure "
			"what both can have, or let that end",
	};

	invariant((size_t)reason < sizeof(texts) / sizeof(texts[0]) &&
		  texts[reason]);
	return texts[reason];
}

/* Where our records are to go, as the target or the owner is given up. */
static const char *leaving_text(enum reason reason)
{
	if (reason == REASON_CACHES)
		return "caches may still hold our records";
	return plain_text(reason);
}

static char *detail_plain(const struct facts *facts,
			  const struct action *action)
{
	bool leaves = facts->state->removal ||
		      (action->owner && !owner_is_in_use(action->owner));
	const char *text = leaves ?
			   leaving_text(action->reason) :
			   plain_text(action->reason);

	return action->owner ? report_owner(action->owner, text) :
			       xstrdup(text);
}

char *report_detail(const struct facts *facts, const struct action *action)
{
	switch (action->reason) {
	case REASON_NONE:
		return xstrdup("");
	case REASON_CERTBOT_WRITES:
		return detail_live(facts, "certbot is at work");
	case REASON_LIVE_BROKEN:
		return detail_live(facts, "the live certificate is unusable");
	case REASON_LINKS_FOREIGN:
		return detail_links(facts);
	case REASON_DISK:
		return detail_disk(facts);
	case REASON_STATE:
		return detail_state();
	case REASON_NO_ISSUER:
		return detail_issuer(facts, action->owner);
	case REASON_ZONE:
		return detail_zone(action->owner);
	case REASON_PRIMARY:
		return detail_primary(action->owner);
	case REASON_ALIAS:
		return detail_alias(facts, action->owner);
	case REASON_WILDCARD:
		return detail_wildcard(action->owner);
	case REASON_PUBLISHED:
		return detail_published(facts, action);
	case REASON_RACED:
		return report_raced(facts, action);
	case REASON_SERVER:
		return report_late(facts, action);
	case REASON_PROBE:
		return report_unproven(facts);
	case REASON_UNSEEN:
		return detail_unseen(facts);
	case REASON_BLIND:
		return detail_blind();
	case REASON_REMAINS:
		return detail_remains(action->owner);
	case REASON_PIECES:
		return detail_pieces(action);
	case REASON_LOST:
	case REASON_RELOAD:
	case REASON_LINGER:
	case REASON_TIME:
	case REASON_DELETING:
	case REASON_CACHES:
	case REASON_OLD_ALIAS:
	case REASON_OTHERS:
	case REASON_DENIED:
		return detail_plain(facts, action);
	case REASON_UNFIT:
		return report_unfit(facts);
	case REASON_STRANGER:
	case REASON_UNANSWERED:
	case REASON_ASTRAY:
		return report_services(facts, action);
	case REASON_LOCKED_OUT:
		return report_locked_out(action);
	case REASON_SIGNATURE:
		return report_signature(action);
	case REASON_UNDELETED:
	case REASON_LEFT_ALONE:
	case REASON_REMOVED:
		return report_removal(facts, action);
	case REASON_OUTSIDE:
		return report_outside(facts, action);
	}
	return xstrdup("");
}
