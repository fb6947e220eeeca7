/* SPDX-License-Identifier: MIT */
#include "tell/report_internal.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "state/text_json.h"
#include "tell/document.h"
#include "tell/progress.h"

#include <stdio.h>
#include <stdlib.h>

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
	case STEP_RETIME:
		return "change the TTL of the records";
	case STEP_SETTLE:
		return "done";
	case STEP_LEAVE:
		return "give the links up to live";
	case STEP_FOLLOW:
		return "lead the links to live";
	case STEP_REMOVED:
		return "forget the target";
	}
	return "?";
}

const char *report_reason(enum reason reason)
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
		[REASON_RACED] = "raced",
		[REASON_SERVER] = "server",
		[REASON_CACHES] = "caches",
		[REASON_OLD_ALIAS] = "old alias",
		[REASON_RELOAD] = "reload",
		[REASON_PROBE] = "probe",
		[REASON_UNSEEN] = "not probed",
		[REASON_BLIND] = "blind",
		[REASON_LINGER] = "linger",
		[REASON_REMAINS] = "remains",
		[REASON_TIME] = "time",
		[REASON_PIECES] = "pieces",
		[REASON_DELETING] = "deleting",
		[REASON_OTHERS] = "others",
		[REASON_DENIED] = "denied",
		[REASON_UNFIT] = "unfit",
		[REASON_STRANGER] = "stranger",
		[REASON_UNANSWERED] = "unanswered",
		[REASON_ASTRAY] = "astray",
		[REASON_LOCKED_OUT] = "locked out",
		[REASON_SIGNATURE] = "signature",
		[REASON_UNDELETED] = "not deleted",
		[REASON_LEFT_ALONE] = "left alone",
		[REASON_REMOVED] = "removed",
		[REASON_OUTSIDE] = "outside",
	};

	invariant((size_t)reason < sizeof(words) / sizeof(words[0]));
	return words[reason];
}

const char *report_moving(bool moves)
{
	return moves ? " at the earliest, counted from the next run" : "";
}

char *report_line(const struct facts *facts, const struct action *action)
{
	char *detail = report_detail(facts, action);
	char when[TEXT_TIME_SIZE];
	char *until = action->until_ms ?
		xasprintf(" until %s%s", text_time(action->until_ms, when),
			  report_moving(action->until_moves)) : xstrdup("");
	char *line = xasprintf("%s: %s%s%s%s%s", facts->target->name,
			       action->reason == REASON_REMOVED ? "removed" :
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

#define DAY_SECONDS 86400

static json_t *days_left(const struct chain *chain, int64_t now_ms)
{
	int64_t left_seconds = chain->not_after_seconds - now_ms / 1000;
	int64_t days = left_seconds / DAY_SECONDS;

	return json_integer(left_seconds < days * DAY_SECONDS ? days - 1 :
								days);
}

static json_t *chain_json(const struct facts *facts, const struct chain *chain)
{
	int64_t expires_ms = chain ? chain->not_after_seconds * 1000 : 0;
	unsigned number = chain ? facts_number(facts, chain) : 0;
	char leaf[FINGERPRINT_TEXT_SIZE];

	if (!chain)
		return json_null();
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o}",
		"version", number ? json_integer(number) : json_null(),
		"serial", document_taken(chain_serial(chain)),
		"leaf", fingerprint_format(&chain->leaf, leaf),
		"subject", text_json(chain->certificates[0].subject ?
				     chain->certificates[0].subject : ""),
		"expires", document_time(expires_ms),
		"expires_ms", document_ms(expires_ms),
		"days_left", days_left(chain, facts->now_ms));
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

json_t *report_set_json(const struct tlsa_set *set)
{
	json_t *json = json_array();

	for (size_t i = 0; i < set->count; i++)
		json_array_append_new(json,
			document_taken(tlsa_format(&set->records[i])));
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

	return json_pack("{s:s?, s:s, s:b, s:b, s:o, s:o, s:b, s:o, s:o}",
		"name", sighting->server->name,
		"address", address_format(&sighting->server->address, address),
		"hidden", sighting_is_hidden(sighting),
		"ok", ok,
		"serves", report_set_json(&sighting->set),
		"serial", sighting->serial_known ?
			  json_integer(sighting->serial) : json_null(),
		"behind", sighting->behind && sighting->serial_known,
		"detail", text_json(sighting->detail),
		"serial_detail", document_taken(report_serial(owner,
							      sighting)));
}

static json_t *owner_json(const struct facts *facts,
			  const struct owner_facts *owner)
{
	struct chain *goal = facts_goal(facts);
	struct chains one = { &goal, 1 };
	struct tlsa_set needed = owner_needed(owner, &one);
	json_t *servers = json_array();
	json_t *json;

	for (size_t i = 0; owner->seen && i < owner->seen->count; i++)
		json_array_append_new(servers, server_json(facts, owner,
			&owner->seen->sightings[i]));
	json = json_pack("{s:s, s:s*, s:s*, s:s?, s:o, s:o, s:o*}",
			 "owner", owner->owner,
			 "alias", owner->alias, "via", owner->via,
			 "zone", owner->seen && owner->seen->zone ?
			 owner->seen->zone->name : NULL,
			 "wanted", report_set_json(&needed), "servers", servers,
			 "outside", report_outside_json(owner, goal));
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

static json_t *alarm_json(const struct alarm_note *note)
{
	if (!note->text)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "text", text_json(note->text),
			 "since", document_time(note->since_ms),
			 "since_ms", document_ms(note->since_ms));
}

json_t *report_json(const struct facts *facts, const struct action *action,
		    const char *failure)
{
	char *line = failure ? xstrdup(failure) : report_line(facts, action);
	char *unprobed = config_unprobed(facts->target);
	json_t *json = json_pack(
		"{s:i, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o,"
		" s:o, s:o, s:b, s:o}",
		"schema", DOCUMENT_SCHEMA,
		"time", document_time(facts->now_ms),
		"ms", document_ms(facts->now_ms),
		"target", text_json(facts->target->name),
		"step", failure ? "failed" : report_step(action->step),
		"reason", report_reason(action->reason),
		"line", document_taken(line),
		"until", document_time(action->until_ms),
		"until_ms", document_ms(action->until_ms),
		"alarm", alarm_json(&facts->state->alarm),
		"released", chain_json(facts, facts->released),
		"live", chain_json(facts, facts->live),
		"links", document_taken(links_text(facts)),
		"not_probed", unprobed ? text_json(unprobed) : json_null(),
		"reload_due", facts->state->reload_due,
		"owners", owners_json(facts));

	invariant(json);
	progress_put(json, facts, action);
	free(unprobed);
	return json;
}

json_t *report_bare_json(const char *target, const char *reason,
			 const char *line, const struct alarm_note *alarm,
			 int64_t now_ms)
{
	json_t *json = json_pack(
		"{s:i, s:o, s:o, s:o, s:s, s:s, s:o, s:n, s:n, s:o, s:n, s:n,"
		" s:n, s:n, s:n, s:[]}",
		"schema", DOCUMENT_SCHEMA, "time", document_time(now_ms),
		"ms", document_ms(now_ms), "target", text_json(target),
		"step", "failed", "reason", reason, "line", text_json(line),
		"until", "until_ms",
		"alarm", alarm_json(alarm), "released", "live", "links",
		"not_probed", "reload_due", "owners");

	invariant(json);
	progress_put_bare(json);
	return json;
}
