/* SPDX-License-Identifier: MIT */
#include "tell/deed.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "state/text_json.h"
#include "tell/proof.h"
#include "tell/report_internal.h"

struct words {
	const char *deed, *why;
};

/* What was settled before, and is so still, is no news. */
static bool is_settled_again(const struct facts *facts)
{
	const struct state *state = facts->state;

	/* Of this pass: has_settled went with its survey. */
	return facts->config_settled &&
	       fingerprint_equal(&state->settled, &state->released);
}

/* DEED is NULL where there is none. */
static struct words words_of(const struct facts *facts, enum step step)
{
	switch (step) {
	case STEP_ADOPT:
		return (struct words){ "adopt", "the certificate that the "
			"links, or else live, show counts as in service" };
	case STEP_LINKS:
		return (struct words){ "links", "they lead to the certificate "
			"in service" };
	case STEP_PUBLISH:
		return (struct words){ "publish", "records are missing" };
	case STEP_RELEASE:
		return (struct words){ "release", "every server has the "
			"record, and no cache a set without a match" };
	case STEP_ACCEPT:
		return (struct words){ "release", "the links show it: a "
			"command that was cut short had moved them" };
	case STEP_RELOAD:
		return (struct words){ "reload", "services may still read the "
			"old files" };
	case STEP_PROVEN:
		return (struct words){ "proven", "every service was seen to "
			"present it" };
	case STEP_SHED:
		return (struct words){ "shed", "the old certificate can no "
			"longer be presented" };
	case STEP_RETIRE:
		return (struct words){ "delete", facts->state->removal ?
			"it is being removed" : "nothing needs these records" };
	case STEP_RETIME:
		return (struct words){ "retime", "record_ttl was changed" };
	case STEP_SETTLE:
		return is_settled_again(facts) ? (struct words){ NULL, NULL } :
			(struct words){ "settle", "every server serves what "
				"is needed, and nothing more of ours" };
	case STEP_LEAVE:
		return (struct words){ "leave", "it is being removed, and no "
			"cache has a record any more" };
	case STEP_FOLLOW:
		return (struct words){ "follow", "no record binds it: the "
			"links lead to live, for good" };
	case STEP_REMOVED:
		return (struct words){ "remove", "it is no longer managed" };
	case STEP_NOTHING:
	case STEP_WAIT:
	case STEP_STUCK:
	case STEP_SURVEY:
	case STEP_PROBE:
		break;
	}
	return (struct words){ NULL, NULL };
}

/* ---- Its parts --------------------------------------------------------- */

json_t *deed_chain_json(const struct facts *facts, const struct chain *chain)
{
	char leaf[FINGERPRINT_TEXT_SIZE];
	unsigned number = facts_number(facts, chain);

	return json_pack("{s:o, s:s}",
		"version", number ? json_integer(number) : json_null(),
		"leaf", fingerprint_format(&chain->leaf, leaf));
}

static json_t *changes_json(const struct changes *changes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];

		json_array_append_new(list, json_pack("{s:s, s:o, s:o}",
			"owner", change->owner,
			"add", report_set_json(&change->add),
			"remove", report_set_json(&change->remove)));
	}
	return list;
}

json_t *deed_shed_json(const struct facts *facts)
{
	struct shedding shedding = rollover_find_shedding(facts);

	return json_pack("{s:b, s:I, s:I, s:I, s:I}",
		"seen", shedding.is_seen,
		"from_ms", (json_int_t)shedding.from_ms,
		"linger_ms", (json_int_t)shedding.linger_ms,
		"grace_ms", (json_int_t)shedding.grace_ms,
		"until_ms", (json_int_t)shedding.until_ms);
}

static json_t *line_json(const char *target, const char *deed,
			 const char *why, int64_t now_ms)
{
	char when[TEXT_TIME_SIZE];
	json_t *json = json_pack("{s:s, s:I, s:o, s:s, s:o}",
		"time", text_time_exact(now_ms, when), "ms", (json_int_t)now_ms,
		"target", text_json(target), "deed", deed,
		"why", text_json(why));

	invariant(json);
	return json;
}

json_t *deed_alarm_json(const char *target, const char *text, bool is_over,
			int64_t now_ms)
{
	return line_json(target, is_over ? "over" : "alarm", text, now_ms);
}

json_t *deed_json(const struct facts *facts, const struct action *action)
{
	struct words words = words_of(facts, action->step);
	json_t *json;

	if (!words.deed)
		return NULL;
	json = line_json(facts->target->name, words.deed, words.why,
			 facts->now_ms);
	if (action->chain)
		json_object_set_new(json, "certificate",
				    deed_chain_json(facts, action->chain));
	if (action->changes.count)
		json_object_set_new(json, "changes",
				    changes_json(&action->changes));
	/* Of the latter nothing is to be presented: it has no chain. */
	if (action->step == STEP_RELEASE || action->step == STEP_LEAVE)
		json_object_set_new(json, "owners",
				    proof_json(facts, action->chain));
	if (action->step == STEP_SHED)
		json_object_set_new(json, "shed", deed_shed_json(facts));
	return json;
}
