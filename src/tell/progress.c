/* SPDX-License-Identifier: MIT */
#include "tell/progress.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "tell/document.h"
#include "tell/report.h"

#include <stdlib.h>

const char *progress_phase(enum phase phase)
{
	switch (phase) {
	case PHASE_UNMANAGED:
		return "not managed";
	case PHASE_UNPUBLISHED:
		return "not published";
	case PHASE_PUBLISHED:
		return "published";
	case PHASE_RELEASED:
		return "released";
	case PHASE_LINGERING:
		return "lingering";
	case PHASE_SETTLING:
		return "settling";
	case PHASE_PINNED:
		return "pinned";
	case PHASE_REST:
		return "at rest";
	case PHASE_REMOVING:
		return "being removed";
	case PHASE_REMOVED:
		return "removed";
	}
	return "?";
}

static const char *next_of(enum phase phase)
{
	switch (phase) {
	case PHASE_UNMANAGED:
		return "take-over";
	case PHASE_UNPUBLISHED:
		return "publication";
	case PHASE_PUBLISHED:
		return "release";
	case PHASE_RELEASED:
		return "proof";
	case PHASE_LINGERING:
		return "deletion";
	case PHASE_SETTLING:
		return "rest";
	case PHASE_REMOVING:
		return "links to live";
	case PHASE_PINNED:
	case PHASE_REST:
	case PHASE_REMOVED:
		break;
	}
	return NULL;
}

const char *progress_waits_for(enum reason reason)
{
	switch (reason) {
	case REASON_CERTBOT_WRITES:
		return "certbot";
	case REASON_ZONE:
	case REASON_PRIMARY:
	case REASON_PUBLISHED:
	case REASON_RACED:
	case REASON_SERVER:
	case REASON_DELETING:
	case REASON_SIGNATURE:
	case REASON_UNDELETED:
		return "name servers";
	case REASON_CACHES:
	case REASON_OLD_ALIAS:
	case REASON_LOCKED_OUT:
		return "caches";
	case REASON_OUTSIDE:
		return "resolvers elsewhere";
	case REASON_RELOAD:
	case REASON_PROBE:
	case REASON_ASTRAY:
	case REASON_STRANGER:
	case REASON_UNANSWERED:
		return "services";
	case REASON_LINGER:
		return "old connections";
	case REASON_OTHERS:
	case REASON_DENIED:
		return "another target";
	case REASON_TIME:
		return "the next run";
	case REASON_NONE:
	case REASON_LIVE_BROKEN:
	case REASON_LINKS_FOREIGN:
	case REASON_DISK:
	case REASON_LOST:
	case REASON_STATE:
	case REASON_NO_ISSUER:
	case REASON_ALIAS:
	case REASON_WILDCARD:
	case REASON_UNSEEN:
	case REASON_BLIND:
	case REASON_REMAINS:
	case REASON_PIECES:
	case REASON_UNFIT:
	case REASON_LEFT_ALONE:
	case REASON_REMOVED:
		break;
	}
	return NULL;
}

static json_t *word_json(const char *word)
{
	return word ? json_string(word) : json_null();
}

void progress_put(json_t *report, const struct facts *facts,
		  const struct action *action)
{
	enum phase phase = phase_find(facts);
	const char *waits_for = action->step == STEP_WAIT ?
				progress_waits_for(action->reason) : NULL;

	json_object_set_new(report, "phase", word_json(progress_phase(phase)));
	json_object_set_new(report, "waits_for", word_json(waits_for));
	json_object_set_new(report, "next", word_json(next_of(phase)));
	json_object_set_new(report, "until_moves",
			    json_boolean(action->until_moves));
	json_object_set_new(report, "detail", document_taken(
			    report_detail(facts, action)));
	json_object_set_new(report, "too_late", json_boolean(
			    rollover_is_too_late(facts, action)));
}

void progress_put_bare(json_t *report)
{
	static const char *const fields[] = {
		"phase", "waits_for", "next", "until_moves", "detail",
		"too_late",
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		json_object_set_new(report, fields[i], json_null());
}

/* ---- The line ---------------------------------------------------------- */

static const char *text_of(const json_t *json, const char *field)
{
	const char *text = json_string_value(json_object_get(json, field));

	return text ? text : "";
}

static int64_t number_of(const json_t *json, const char *field)
{
	return json_integer_value(json_object_get(json, field));
}

/* TEXT, that a target was told of, without its name in front. */
static const char *without_name(const json_t *report, const char *text)
{
	const char *name = text_of(report, "target");
	size_t size = strlen(name);

	return strncmp(text, name, size) == 0 &&
	       strncmp(text + size, ": ", 2) == 0 ? text + size + 2 : text;
}

/* " until 2026-11-23 21:45:01 CET (in 5 min 12 s)" */
static char *until_text(int64_t until_ms, bool moves, int64_t now_ms)
{
	const char *moving = report_moving(moves);
	char when[TEXT_TIME_SIZE], left[TEXT_TIME_SIZE];

	if (!until_ms || (moves && !now_ms))
		return xstrdup("");
	text_time_local(until_ms, when);
	if (until_ms <= now_ms || !now_ms)
		return xasprintf(" until %s%s", when, moving);
	return xasprintf(" until %s (in %s)%s", when,
			 text_duration(until_ms - now_ms, left), moving);
}

static char *waiting_text(const json_t *report, int64_t now_ms)
{
	const char *who = text_of(report, "waits_for");
	const char *next = text_of(report, "next");
	int64_t until_ms = number_of(report, "until_ms");
	char *until = until_text(until_ms, json_is_true(
		json_object_get(report, "until_moves")), now_ms);
	const char *detail = until_ms ? "" : text_of(report, "detail");
	char *text = xasprintf(", waiting%s%s%s%s%s%s%s", *who ? " for " : "",
			       who, until, *next ? ", then " : "", next,
			       *detail ? ": " : "", detail);

	free(until);
	return text;
}

static char *doing_text(const json_t *report, int64_t now_ms)
{
	const char *step = text_of(report, "step");
	const char *detail = text_of(report, "detail");
	const char *line = text_of(report, "line");

	if (streq(line, text_of(json_object_get(report, "alarm"), "text")))
		return xstrdup("");
	if (streq(step, report_step(STEP_NOTHING)))
		return xasprintf("%s%s", *detail ? ": " : "", detail);
	if (streq(step, report_step(STEP_WAIT)))
		return waiting_text(report, now_ms);
	if (streq(step, report_step(STEP_STUCK)))
		return xasprintf(", stuck: %s", detail);
	if (streq(step, "failed"))
		return xasprintf(", failed: %s", without_name(report, line));
	return xasprintf(", the next run: %s", step);
}

/* How long the one in service lasts. */
static char *left_text(const json_t *report, int64_t now_ms)
{
	int64_t ends_ms = number_of(json_object_get(report, "released"),
				    "expires_ms");
	char left[TEXT_TIME_SIZE];

	if (json_is_true(json_object_get(report, "too_late")))
		return xstrdup("; the certificate in service expires before");
	if (!ends_ms || !now_ms)
		return xstrdup("");
	if (ends_ms <= now_ms)
		return xasprintf("; expired %s ago",
				 text_duration(now_ms - ends_ms, left));
	return xasprintf("; %s left", text_duration(ends_ms - now_ms, left));
}

/* What was not looked at is not called good. */
static char *unprobed_text(const json_t *report)
{
	const char *ports = text_of(report, "not_probed");

	return xasprintf("%s%s", *ports ? "; not probed: " : "", ports);
}

static char *alarm_text(const json_t *report)
{
	const json_t *alarm = json_object_get(report, "alarm");
	int64_t since_ms = number_of(alarm, "since_ms");
	char when[TEXT_TIME_SIZE];

	if (!json_is_object(alarm))
		return xstrdup("");
	return xasprintf("ALARM%s%s: %s; ", since_ms ? " since " : "",
			 since_ms ? text_time_local(since_ms, when) : "",
			 without_name(report, text_of(alarm, "text")));
}

char *progress_line(const json_t *report, int64_t now_ms)
{
	const char *phase = text_of(report, "phase");
	char *alarm = alarm_text(report);
	char *doing = doing_text(report, now_ms);
	char *left = left_text(report, now_ms);
	char *unprobed = unprobed_text(report);
	char *line = xasprintf("%s: %s%s%s%s%s", text_of(report, "target"),
			       alarm, *phase ? phase : "unknown", doing, left,
			       unprobed);

	free(unprobed);
	free(left);
	free(doing);
	free(alarm);
	return line;
}

bool progress_is_alarm(const json_t *report)
{
	const char *step = text_of(report, "step");

	return json_is_object(json_object_get(report, "alarm")) ||
	       streq(step, "failed") || streq(step, report_step(STEP_STUCK));
}
