/* SPDX-License-Identifier: MIT */
#include "tell/explain.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "state/text_json.h"
#include "tell/deed.h"
#include "tell/proof.h"
#include "tell/report.h"
#include "tell/report_internal.h"

#include <stdlib.h>

/* Whose match is waited for; NULL: nobody's. */
static const struct chain *chain_of(const struct facts *facts)
{
	return facts->next && facts->next != facts->released ? facts->next :
	       facts_goal(facts);
}

static json_t *certificate_json(const struct facts *facts,
				const struct chain *chain)
{
	return chain ? deed_chain_json(facts, chain) : json_null();
}

static json_t *shed_json(const struct facts *facts,
			 const struct action *action)
{
	return action->reason == REASON_LINGER ? deed_shed_json(facts) :
						 json_null();
}

json_t *explain_json(const struct facts *facts, const struct action *action,
		     const char *failure, json_t *journal)
{
	const struct chain *chain = chain_of(facts);
	char *line = failure ? xstrdup(failure) : report_line(facts, action);
	char now[TEXT_TIME_SIZE], until[TEXT_TIME_SIZE];
	json_t *json = json_pack("{s:s, s:s, s:I, s:o, s:o, s:s, s:s, s:s?,"
		" s:o, s:o, s:o, s:o, s:o}",
		"schema", "explain-1",
		"time", text_time_exact(facts->now_ms, now),
		"ms", (json_int_t)facts->now_ms,
		"target", text_json(facts->target->name),
		"line", text_json(line),
		"step", failure ? "failed" : report_step(action->step),
		"reason", report_reason(action->reason),
		"until", action->until_ms ?
			 text_time_exact(action->until_ms, until) : NULL,
		"until_ms", action->until_ms ?
			    json_integer(action->until_ms) : json_null(),
		"certificate", certificate_json(facts, chain),
		"owners", chain ? proof_json(facts, chain) : json_array(),
		"shed", shed_json(facts, action),
		"journal", journal);

	invariant(json);
	free(line);
	return json;
}
