/* SPDX-License-Identifier: MIT */
#include "tell/explain.h"

#include "base/xalloc.h"
#include "state/text_json.h"
#include "tell/deed.h"
#include "tell/document.h"
#include "tell/proof.h"
#include "tell/report.h"
#include "tell/report_internal.h"

#include <stdlib.h>

/* Whose match is waited for; NULL: nobody's. */
static const struct chain *chain_of(const struct facts *facts)
{
	if (facts->state->removal)
		return NULL;
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
	json_t *json;

	if (action->reason != REASON_LINGER)
		return json_null();
	json = deed_shed_json(facts);
	document_add_time(json, "from");
	document_add_time(json, "until");
	return json;
}

/* The journal does without what follows from the milliseconds. */
static void add_times(json_t *ledger)
{
	json_t *term;
	size_t i;

	json_array_foreach(json_object_get(ledger, "served"), i, term) {
		document_add_time(term, "last");
		document_add_time(term, "until");
	}
	document_add_time(ledger, "publication");
	document_add_time(ledger, "publication_until");
	document_add_time(ledger, "safe");
}

static json_t *owners_json(const struct facts *facts,
			   const struct chain *chain)
{
	bool leaves = facts->state->removal == REMOVAL_DELETES;
	json_t *owners = chain || leaves ? proof_json(facts, chain) :
					   json_array();
	json_t *owner, *ledger;
	size_t i, k;

	json_array_foreach(owners, i, owner)
		json_array_foreach(json_object_get(owner, "ledgers"), k, ledger)
			add_times(ledger);
	return owners;
}

json_t *explain_json(const struct facts *facts, const struct action *action,
		     const char *failure, json_t *journal)
{
	const struct chain *chain = chain_of(facts);
	char *line = failure ? xstrdup(failure) : report_line(facts, action);
	json_t *json = json_pack("{s:i, s:o, s:o, s:o, s:o, s:s, s:s, s:o,"
		" s:o, s:b, s:o, s:o, s:o, s:o}",
		"schema", DOCUMENT_SCHEMA,
		"time", document_time(facts->now_ms),
		"ms", document_ms(facts->now_ms),
		"target", text_json(facts->target->name),
		"line", document_taken(line),
		"step", failure ? "failed" : report_step(action->step),
		"reason", report_reason(action->reason),
		"until", document_time(action->until_ms),
		"until_ms", document_ms(action->until_ms),
		"until_moves", action->until_moves,
		"certificate", certificate_json(facts, chain),
		"owners", owners_json(facts, chain),
		"shed", shed_json(facts, action),
		"journal", journal);

	invariant(json);
	return json;
}

json_t *explain_bare_json(const char *target, const char *line,
			  json_t *journal, int64_t now_ms)
{
	json_t *json = json_pack("{s:i, s:o, s:o, s:o, s:o, s:s, s:s, s:n,"
		" s:n, s:n, s:n, s:[], s:n, s:o}",
		"schema", DOCUMENT_SCHEMA, "time", document_time(now_ms),
		"ms", document_ms(now_ms), "target", text_json(target),
		"line", text_json(line), "step", "failed", "reason", "state",
		"until", "until_ms", "until_moves", "certificate", "owners",
		"shed", "journal", journal);

	invariant(json);
	return json;
}
