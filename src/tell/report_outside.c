/* SPDX-License-Identifier: MIT */
#include "tell/report_internal.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "decide/outside.h"
#include "state/text_json.h"
#include "tell/document.h"

#include <stdlib.h>

/* What resolvers elsewhere say, and what may be the cause. */

static char *holds(const struct outside_answer *answer)
{
	char *set = tlsa_set_format(&answer->set);
	char when[TEXT_TIME_SIZE];
	char *text = xasprintf("holds %s%s until %s", set,
			       answer->by_alias ? " by an alias" : "",
			       text_time(answer->until_ms, when));

	free(set);
	return text;
}

static char *answer_text(const struct outside_answer *answer,
			 enum outside_view view)
{
	char *held = answer->verdict == OUTSIDE_SET ? holds(answer) : NULL;
	char *text = NULL;

	switch (view) {
	case OUTSIDE_AGREES:
		return held;
	case OUTSIDE_LACKS:
		text = xasprintf("%s, in which nothing matches", held);
		break;
	case OUTSIDE_STRANGE:
		text = xasprintf("%s, which no server that was asked is known "
				 "to have served", held);
		break;
	case OUTSIDE_EMPTY:
		text = xstrdup("says that there is no TLSA record");
		break;
	case OUTSIDE_SILENT:
		text = xasprintf("was not looked at: %s", answer->detail);
		break;
	}
	free(held);
	return text;
}

char *report_outside_answer(const struct owner_facts *owner,
			    const struct outside_answer *answer,
			    const struct chain *chain, enum outside_view *view)
{
	*view = outside_judge(owner, answer, chain);
	return answer_text(answer, *view);
}

/* Held against what was to be released: live, or what waits before it. */
static enum outside_view view_of(const struct facts *facts,
				 const struct action *action)
{
	const struct chain *goal = facts_goal(facts);
	enum outside_view view = OUTSIDE_AGREES;

	if (goal)
		view = outside_judge(action->owner, action->outside, goal);
	if (view != OUTSIDE_LACKS && facts->next)
		view = outside_judge(action->owner, action->outside,
				     facts->next);
	return view;
}

static const char *advice(enum outside_view view)
{
	switch (view) {
	case OUTSIDE_LACKS:
		return "; no server that was asked serves that any more: is "
		       "there one that is not asked (another view, another "
		       "machine at an address, an old secondary)? also_ask "
		       "names it";
	case OUTSIDE_STRANGE:
		return "; is there one that is not asked (another view, "
		       "another machine at an address)? also_ask names it, key "
		       "chooses the view";
	case OUTSIDE_SILENT:
		return "; it is waited for an hour at most";
	case OUTSIDE_AGREES:
	case OUTSIDE_EMPTY:
		break;
	}
	return "";
}

char *report_outside(const struct facts *facts, const struct action *action)
{
	enum outside_view view = view_of(facts, action);
	char *held = answer_text(action->outside, view);
	char address[ADDRESS_TEXT_MAX];
	char *what = xasprintf("the resolver %s (outside) %s%s",
			       address_format(&action->outside->address,
					      address), held, advice(view));
	char *text = report_owner(action->owner, what);

	free(what);
	free(held);
	return text;
}

char *report_outside_unseen(const struct facts *facts)
{
	char address[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct outside_owner *owner = facts->owners[i].outside;

		for (size_t k = 0; owner && k < owner->count; k++)
			if (owner->answers[k].verdict == OUTSIDE_UNSEEN)
				return xasprintf("%s: released though the "
					"resolver %s (outside) was not looked "
					"at: %s", facts->target->name,
					address_format(
						&owner->answers[k].address,
						address),
					owner->answers[k].detail);
	}
	return NULL;
}

/* ---- JSON ------------------------------------------------------------- */

static json_t *ok_json(enum outside_view view)
{
	switch (view) {
	case OUTSIDE_AGREES:
		return json_true();
	case OUTSIDE_LACKS:
	case OUTSIDE_STRANGE:
	case OUTSIDE_EMPTY:
		return json_false();
	case OUTSIDE_SILENT:
		break;
	}
	return json_null();
}

static json_t *answer_json(const struct owner_facts *owner,
			   const struct outside_answer *answer,
			   const struct chain *chain)
{
	int64_t until_ms = answer->verdict == OUTSIDE_SET ? answer->until_ms :
							    0;
	char address[ADDRESS_TEXT_MAX];
	enum outside_view view;
	char *text = report_outside_answer(owner, answer, chain, &view);

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}",
		"address", address_format(&answer->address, address),
		"ok", ok_json(view), "holds", report_set_json(&answer->set),
		"until", document_time(until_ms),
		"until_ms", document_ms(until_ms),
		"detail", document_taken(text));
}

json_t *report_outside_json(const struct owner_facts *owner,
			    const struct chain *chain)
{
	json_t *json;

	if (!owner->outside || !chain)
		return NULL;
	json = json_array();
	for (size_t i = 0; i < owner->outside->count; i++)
		json_array_append_new(json, answer_json(owner,
			&owner->outside->answers[i], chain));
	return json;
}
