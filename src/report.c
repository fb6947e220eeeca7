/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char *report_step(enum step step)
{
	switch (step) {
	case STEP_NOTHING:
		return "at rest";
	case STEP_WAIT:
		return "waiting";
	case STEP_STUCK:
		return "stuck";
	case STEP_ADOPT:
		return "take over the certificate in service";
	case STEP_LINKS:
		return "move the links";
	case STEP_ACCEPT:
		return "finish the release";
	case STEP_SURVEY:
		return "ask the name servers";
	case STEP_PUBLISH:
		return "publish";
	case STEP_RELEASE:
		return "release the new certificate";
	case STEP_RELOAD:
		return "reload the services";
	case STEP_PROBE:
		return "probe the services";
	case STEP_PROVEN:
		return "every service presents the new certificate";
	case STEP_SHED:
		return "the old certificate is out of service";
	case STEP_RETIRE:
		return "delete old records";
	case STEP_SETTLE:
		return "done";
	}
	return "?";
}

static const char *reason_word(enum reason reason)
{
	static const char *const words[] = {
		[REASON_NONE] = "none",
		[REASON_CERTBOT_WRITES] = "certbot",
		[REASON_LIVE_BROKEN] = "live",
		[REASON_LINKS_FOREIGN] = "links",
		[REASON_DISK] = "disk",
		[REASON_LOST] = "lost",
		[REASON_STATE] = "state",
		[REASON_NO_ISSUER] = "issuer",
		[REASON_ZONE] = "zone",
		[REASON_PRIMARY] = "primary",
		[REASON_ALIAS] = "alias",
		[REASON_WILDCARD] = "wildcard",
		[REASON_PUBLISHED] = "published",
		[REASON_SERVER] = "server",
		[REASON_CACHES] = "caches",
		[REASON_OLD_ALIAS] = "old alias",
		[REASON_RELOAD] = "reload",
		[REASON_PROBE] = "probe",
		[REASON_BLIND] = "blind",
		[REASON_LINGER] = "linger",
		[REASON_REMAINS] = "remains",
		[REASON_TIME] = "time",
		[REASON_PIECES] = "pieces",
		[REASON_DELETING] = "deleting",
		[REASON_OTHERS] = "others",
	};

	invariant((size_t)reason < sizeof(words) / sizeof(words[0]));
	return words[reason];
}

const char *report_time(int64_t time_ms, char text[REPORT_TIME_SIZE])
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    strftime(text, REPORT_TIME_SIZE, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(text, REPORT_TIME_SIZE, "?");
	return text;
}

/* "ns1.example.com. 192.0.2.53", or the address alone. */
static char *server_text(const struct zone_server *server)
{
	char text[ADDRESS_TEXT_MAX];

	address_format(&server->address, text);
	return server->name ? xasprintf("%s %s", server->name, text) :
			      xstrdup(text);
}

static char *detail_owner(const struct owner_facts *owner, const char *what)
{
	char *label = owner_label(owner);
	char *text = xasprintf("%s: %s", label, what);

	free(label);
	return text;
}

static char *detail_zone(const struct owner_facts *owner)
{
	const struct survey_owner *seen = owner->seen;
	const char *detail = seen->detail;

	if (!detail && seen->zone)
		detail = seen->zone->detail;
	return detail_owner(owner, detail ? detail :
			    "its name servers are not known");
}

static char *detail_primary(const struct owner_facts *owner)
{
	const struct survey_owner *seen = owner->seen;
	const struct sighting *primary = seen->primary;
	char *server, *what, *text;

	if (primary) {
		server = server_text(primary->server);
		what = xasprintf("the primary %s: %s; if zone %s is edited at "
				 "another server, set primary in its zone "
				 "section", server, primary->detail,
				 seen->zone->name);
		free(server);
	} else {
		what = xasprintf("the primary of zone %s is not known; set "
				 "primary in its zone section",
				 seen->zone->name);
	}
	text = detail_owner(owner, what);
	free(what);
	return text;
}

static char *wanted_text(const struct facts *facts,
			 const struct owner_facts *owner)
{
	struct chain *chains[] = { (struct chain *)facts_goal(facts) };
	struct tlsa_set needed;
	char *text;

	if (owner->alias)
		return xasprintf("alias of %s", owner->alias);
	needed = owner_needed(owner, chains, 1);
	text = tlsa_set_format(&needed);
	tlsa_set_clear(&needed);
	return text;
}

/* What is wrong where all that is wanted may be served; allocated. */
static char *flaw(const struct facts *facts, const struct owner_facts *owner,
		  const struct sighting *late)
{
	struct chain *chains[] = { (struct chain *)facts_goal(facts) };
	struct tlsa_set lacks = owner_needed(owner, chains, 1);
	char when[REPORT_TIME_SIZE];
	char *text;

	tlsa_set_remove_all(&lacks, &late->set);
	if (late->behind && late->serial_known)
		text = xstrdup(", behind the primary");
	else if (late->verdict == SIGHTING_SET && lacks.count == 0 &&
		 late->signature_expires_seconds)
		text = xasprintf(", but its signature ends at %s, before "
				 "caches can let go of it",
				 report_time(late->signature_expires_seconds *
					     1000, when));
	else
		text = xstrdup("");
	tlsa_set_clear(&lacks);
	return text;
}

static char *detail_server(const struct facts *facts,
			   const struct action *action)
{
	const struct sighting *late = action->sighting;
	char *want = wanted_text(facts, action->owner);
	char *server = server_text(late->server);
	char *owner = owner_label(action->owner);
	char *wrong = flaw(facts, action->owner, late);
	char *text = xasprintf("%s: %s %s%s; want %s", owner, server,
			       late->detail, wrong, want);

	free(wrong);
	free(want);
	free(server);
	free(owner);
	return text;
}

static char *detail_alias(const struct facts *facts,
			  const struct owner_facts *owner)
{
	const char *why = facts->target->api == API_EXEC ?
		"a program (api = exec) cannot be told that name; publish by "
		"rfc2136, or remove the alias" :
		"this is not followed: it loops, or is the end of too long a "
		"chain of aliases; remove one";
	char *what = xasprintf("alias of %s: %s", survey_alias(owner->seen),
			       why);
	char *text = detail_owner(owner, what);

	free(what);
	return text;
}

static char *detail_wildcard(const struct owner_facts *owner)
{
	const struct survey_owner *seen = owner->seen;
	char *what = xasprintf("%s%s; give it by records of its own what it "
		"needs, or set wildcard = \"allow\" for this target",
		seen->hidden ? "a record here would hide a wildcard: " :
		"the primary ", seen->hidden ? seen->hidden :
		seen->primary->detail);
	char *text = detail_owner(owner, what);

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

static char *detail_shown(const struct owner_facts *owner)
{
	const struct sighting *primary = owner->seen->primary;
	char *server = server_text(primary->server);
	char *text = xasprintf("%s: published, but the primary does not show "
			       "it yet: %s %s", owner->owner, server,
			       primary->detail);

	free(server);
	return text;
}

static char *detail_program(const struct owner_facts *owner)
{
	return detail_owner(owner, "its program was asked, but the servers do "
			    "not show it yet; if that lasts, see what it says "
			    "with -L verbose");
}

static char *detail_published(const struct facts *facts,
			      const struct owner_facts *owner)
{
	return facts->target->api == API_EXEC ? detail_program(owner) :
						detail_shown(owner);
}

static char *detail_pieces(const struct owner_facts *owner)
{
	return detail_owner(owner, "a program changes one record at a time, "
			    "and in no order would every certificate in "
			    "service keep its match: publish what is missing "
			    "by hand, in one change");
}

static char *detail_text(const struct facts *facts,
			 const struct action *action)
{
	const struct owner_facts *owner = action->owner;

	switch (action->reason) {
	case REASON_NONE:
		return xstrdup("");
	case REASON_DELETING:
		return xstrdup("our own deletion there may still come");
	case REASON_CERTBOT_WRITES:
		return detail_live(facts, "certbot is at work");
	case REASON_LIVE_BROKEN:
		return detail_live(facts, "the live certificate is unusable");
	case REASON_LINKS_FOREIGN:
		return detail_links(facts);
	case REASON_DISK:
		return xasprintf("the files of the certificate in service "
				 "cannot be read: %s",
				 strerror(-facts->disk_trouble));
	case REASON_LOST:
		return xstrdup("the files of the certificate in service are "
			       "gone and there is no other; run certbot");
	case REASON_STATE:
		return xstrdup("links lead nowhere, the state is unusable");
	case REASON_NO_ISSUER:
		return detail_owner(owner, "a record of usage 0 or 2 needs "
				"the issuer in fullchain.pem, which has none");
	case REASON_ZONE:
		return detail_zone(owner);
	case REASON_PRIMARY:
		return detail_primary(owner);
	case REASON_ALIAS:
		return detail_alias(facts, owner);
	case REASON_WILDCARD:
		return detail_wildcard(owner);
	case REASON_PUBLISHED:
		return detail_published(facts, owner);
	case REASON_SERVER:
		return detail_server(facts, action);
	case REASON_CACHES:
		return detail_owner(owner, "caches may still hold a set "
				    "without the new record");
	case REASON_OLD_ALIAS:
		return detail_owner(owner, "caches may still hold where it "
			"led before, so our records must stay there");
	case REASON_RELOAD:
		return xstrdup("the reload failed; every run repeats it");
	case REASON_PROBE:
		return xstrdup(facts->probe_detail ? facts->probe_detail : "");
	case REASON_BLIND:
		return xstrdup("the services cannot be probed and there is no "
			       "reload command, so the old record must stay; "
			       "set reload, probe or linger");
	case REASON_LINGER:
		return xstrdup("the old record stays until old connections "
			       "and caches are gone");
	case REASON_REMAINS:
		return detail_owner(owner, "deleting our old records would "
			"leave a set that does not match; look at what others "
			"publish there, and delete by hand what nobody needs");
	case REASON_TIME:
		return xstrdup("certbot waits no longer; the next run goes on");
	case REASON_PIECES:
		return detail_pieces(owner);
	case REASON_OTHERS:
		return detail_owner(owner, "another target publishes here too "
			"and is in trouble: what it needs, or saw, is unknown");
	}
	return xstrdup("");
}

char *report_line(const struct facts *facts, const struct action *action)
{
	char *detail = detail_text(facts, action);
	char when[REPORT_TIME_SIZE];
	char *until = action->until_ms ?
		xasprintf(" until %s", report_time(action->until_ms, when)) :
		xstrdup("");
	char *line = xasprintf("%s: %s%s%s%s%s", facts->target->name,
			       report_step(action->step), until,
			       *detail ? ": " : "", detail,
			       rollover_is_too_late(facts, action) ?
			       "; the certificate in service expires before"
			       : "");

	free(until);
	free(detail);
	return line;
}

/* ---- JSON ------------------------------------------------------------- */

static json_t *chain_json(const struct chain *chain)
{
	char leaf[FINGERPRINT_TEXT_SIZE], when[REPORT_TIME_SIZE];

	if (!chain)
		return json_null();
	return json_pack("{s:s, s:s, s:s}",
		"leaf", fingerprint_format(&chain->leaf, leaf),
		"subject", chain->certificates[0].subject ?
			   chain->certificates[0].subject : "",
		"expires", report_time(chain->not_after_seconds * 1000, when));
}

static char *links_text(const struct facts *facts)
{
	switch (facts->links.place) {
	case LINKS_ABSENT:
		return xstrdup("missing");
	case LINKS_REST:
		return xstrdup("at rest");
	case LINKS_ARCHIVE:
		return xasprintf("pinned to version %u", facts->links.number);
	case LINKS_HELD:
		return xstrdup("pinned to held files");
	case LINKS_MIXED:
		return xstrdup("mixed");
	case LINKS_FOREIGN:
		return xstrdup("foreign");
	}
	return xstrdup("?");
}

static json_t *text_json(char *text)
{
	json_t *json = json_string(text);

	free(text);
	return json ? json : json_string("(not UTF-8)");
}

static json_t *set_json(const struct tlsa_set *set)
{
	json_t *json = json_array();

	for (size_t i = 0; i < set->count; i++)
		json_array_append_new(json,
			text_json(tlsa_format(&set->records[i])));
	return json;
}

static json_t *server_json(const struct facts *facts,
			   const struct owner_facts *owner,
			   const struct sighting *sighting)
{
	const struct chain *goal = facts_goal(facts);
	bool ok = goal && sighting_confirms(owner, sighting, goal,
					    facts->now_ms);
	char address[ADDRESS_TEXT_MAX];

	return json_pack("{s:s?, s:s, s:b, s:o, s:I, s:b, s:o}",
		"name", sighting->server->name,
		"address", address_format(&sighting->server->address, address),
		"ok", ok,
		"serves", set_json(&sighting->set),
		"serial", (json_int_t)(sighting->serial_known ?
				       sighting->serial : 0),
		"behind", sighting->behind && sighting->serial_known,
		"detail", text_json(xstrdup(sighting->detail)));
}

static json_t *owner_json(const struct facts *facts,
			  const struct owner_facts *owner)
{
	const struct chain *goal = facts_goal(facts);
	struct chain *chains[] = { (struct chain *)goal };
	struct tlsa_set needed = owner_needed(owner, chains, goal ? 1 : 0);
	json_t *servers = json_array();
	json_t *json;

	for (size_t i = 0; owner->seen && i < owner->seen->count; i++)
		json_array_append_new(servers, server_json(facts, owner,
			&owner->seen->sightings[i]));
	json = json_pack("{s:s, s:s*, s:s*, s:s?, s:o, s:o}",
			 "owner", owner->owner,
			 "alias", owner->alias, "via", owner->via,
			 "zone", owner->seen && owner->seen->zone ?
			 owner->seen->zone->name : NULL,
			 "wanted", set_json(&needed), "servers", servers);
	tlsa_set_clear(&needed);
	return json;
}

static json_t *owners_json(const struct facts *facts)
{
	json_t *json = json_array();

	for (size_t i = 0; i < facts->owner_count; i++)
		json_array_append_new(json, owner_json(facts,
						       &facts->owners[i]));
	return json;
}

json_t *report_json(const struct facts *facts, const struct action *action,
		    const char *failure)
{
	char when[REPORT_TIME_SIZE];
	char *line = failure ? xstrdup(failure) : report_line(facts, action);
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:o, s:s?, s:o, s:o, s:o, s:b, s:o}",
		"target", facts->target->name,
		"step", failure ? "failed" : report_step(action->step),
		"reason", reason_word(action->reason),
		"line", text_json(line),
		"until", action->until_ms ?
			 report_time(action->until_ms, when) : NULL,
		"released", chain_json(facts->released),
		"live", chain_json(facts->live),
		"links", text_json(links_text(facts)),
		"reload_due", facts->state->reload_due,
		"owners", owners_json(facts));

	invariant(json);
	return json;
}
