/* SPDX-License-Identifier: MIT */
#include "tell/timeline.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "decide/caches.h"
#include "decide/phase.h"
#include "tell/document.h"

#include <stdio.h>
#include <stdlib.h>

enum stage {
	STAGE_ISSUED, STAGE_PUBLISHED, STAGE_CONFIRMED, STAGE_FORGOTTEN,
	STAGE_RELEASED, STAGE_PROVEN, STAGE_SHED, STAGE_DELETED,
	STAGE_SETTLED, STAGES
};

/* What there is to be said of each; DEED is what the journal calls it. */
static const struct {
	const char *word, *deed;
} stages[STAGES] = {
	[STAGE_ISSUED] = { "issued", NULL },
	[STAGE_PUBLISHED] = { "published", "publish" },
	[STAGE_CONFIRMED] = { "confirmed", NULL },
	[STAGE_FORGOTTEN] = { "caches empty", NULL },
	[STAGE_RELEASED] = { "released", "release" },
	[STAGE_PROVEN] = { "proven", "proven" },
	[STAGE_SHED] = { "out of service", "shed" },
	[STAGE_DELETED] = { "deleted", "delete" },
	[STAGE_SETTLED] = { "settled", "settle" },
};

struct times {
	int64_t at_ms[STAGES];		/* 0: not known */
};

/* ---- Where it stands --------------------------------------------------- */

static void keep_later(int64_t *time_ms, int64_t other_ms)
{
	if (other_ms > *time_ms)
		*time_ms = other_ms;
}

static void add_proof(struct times *times, const struct cache_proof *proof)
{
	keep_later(&times->at_ms[STAGE_FORGOTTEN], proof->bound.safe_ms);
	for (size_t i = 0; i < proof->terms.count; i++)
		keep_later(&times->at_ms[STAGE_CONFIRMED],
			   proof->terms.items[i].last_ms);
}

/* Until when a cache may hold a set without a match, and since when no server
 * has one; 0: nothing is known of any. */
static void find_caches(const struct facts *facts, struct times *times)
{
	const struct chain *chain = phase_chain(facts);

	for (size_t i = 0; chain && i < facts->owner_count; i++) {
		struct cache_proofs proofs;

		if (!facts->owners[i].ledger)
			continue;
		proofs = caches_prove(facts, &facts->owners[i], chain);
		for (size_t k = 0; k < proofs.count; k++)
			add_proof(times, &proofs.items[k]);
		cache_proofs_clear(&proofs);
	}
}

static enum stage before_release(const struct facts *facts,
				 const struct times *times)
{
	const struct chain *chain = phase_chain(facts);

	for (size_t i = 0; i < facts->owner_count; i++)
		if (!owner_is_confirmed(&facts->owners[i], chain,
					facts->now_ms))
			return STAGE_CONFIRMED;
	return times->at_ms[STAGE_FORGOTTEN] > facts->now_ms ?
	       STAGE_FORGOTTEN : STAGE_RELEASED;
}

/* The one that is to come next; STAGES: all is done. */
static enum stage present_stage(const struct facts *facts,
				const struct times *times)
{
	switch (phase_find(facts)) {
	case PHASE_UNMANAGED:
	case PHASE_UNPUBLISHED:
		return STAGE_PUBLISHED;
	case PHASE_PUBLISHED:
		return before_release(facts, times);
	case PHASE_RELEASED:
		return STAGE_PROVEN;
	case PHASE_LINGERING:
		return STAGE_SHED;
	case PHASE_SETTLING:
		return phase_is_to_delete(facts) ? STAGE_DELETED :
						   STAGE_SETTLED;
	case PHASE_PINNED:
	case PHASE_REST:
	case PHASE_REMOVING:
	case PHASE_REMOVED:
		break;
	}
	return STAGES;
}

/* ---- When -------------------------------------------------------------- */

static bool is_settling(const json_t *deed)
{
	const char *word = json_string_value(json_object_get(deed, "deed"));

	return word && streq(word, stages[STAGE_SETTLED].deed);
}

/* The first deed in JOURNAL of the rollover that ends before END. */
static size_t find_begin(const json_t *journal, size_t end)
{
	while (end > 0 && !is_settling(json_array_get(journal, end - 1)))
		end--;
	return end;
}

/* What stands in the journal since the last time that all was done; where it
 * is, what led there. */
static void read_journal(const json_t *journal, bool is_done,
			 struct times *times)
{
	size_t end = json_array_size(journal);
	size_t begin = find_begin(journal, end);

	if (is_done && begin) {
		end = begin;
		begin = find_begin(journal, end - 1);
	}
	for (size_t i = begin; i < end; i++) {
		const json_t *deed = json_array_get(journal, i);
		const char *word = json_string_value(json_object_get(deed,
								     "deed"));

		for (size_t s = 0; word && s < STAGES; s++)
			if (stages[s].deed && streq(word, stages[s].deed))
				times->at_ms[s] = json_integer_value(
					json_object_get(deed, "ms"));
	}
}

/* What is to come has no time of before, and of some the time is known. */
static void look_ahead(const struct facts *facts, enum stage present,
		       struct times *times)
{
	int64_t safe_ms = times->at_ms[STAGE_FORGOTTEN];

	for (size_t s = present; s < STAGES; s++)
		times->at_ms[s] = 0;
	if (present == STAGE_FORGOTTEN)
		times->at_ms[STAGE_FORGOTTEN] =
			times->at_ms[STAGE_RELEASED] = safe_ms;
	if (present == STAGE_SHED)
		times->at_ms[STAGE_SHED] =
			rollover_find_shedding(facts).until_ms;
}

json_t *timeline_json(const struct facts *facts, const json_t *journal)
{
	const struct chain *chain = phase_chain(facts);
	json_t *json = json_array();
	struct times times = { { 0 } };
	enum stage present;

	if (!chain || facts->state->removal ||
	    phase_find(facts) == PHASE_UNMANAGED)
		return json;
	find_caches(facts, &times);
	present = present_stage(facts, &times);
	read_journal(journal, present == STAGES, &times);
	times.at_ms[STAGE_ISSUED] = chain->not_before_seconds * 1000;
	look_ahead(facts, present, &times);
	for (size_t s = 0; s < STAGES; s++)
		json_array_append_new(json, json_pack("{s:s, s:s, s:o, s:o}",
			"event", stages[s].word,
			"state", s < present ? "done" :
				 s == present ? "now" : "to come",
			"at", document_time(times.at_ms[s]),
			"at_ms", document_ms(times.at_ms[s])));
	return json;
}

/* ---- For people -------------------------------------------------------- */

static void print_plain(const char *word, const char *state, const char *when)
{
	if (*when)
		printf("    %-8s %-14s %s\n", state, word, when);
	else
		printf("    %-8s %s\n", state, word);
}

/* One below the other, the present one bold and with an arrow. */
static void print_drawn(const char *word, const char *state, const char *when,
			bool is_first)
{
	bool now = streq(state, "now"), done = streq(state, "done");

	if (!is_first)
		puts(done || now ? "    |" : "    :");
	fputs(now ? "    \033[1m>> " : done ? "    *  " : "    o  ", stdout);
	if (*when)
		printf("%-14s %s", word, when);
	else
		fputs(word, stdout);
	puts(now ? "\033[0m" : "");
}

void timeline_print(const json_t *timeline, int64_t now_ms, bool drawn)
{
	const json_t *event;
	size_t i;

	json_array_foreach(timeline, i, event) {
		const json_t *at = json_object_get(event, "at_ms");
		const char *word = json_string_value(json_object_get(event,
								    "event"));
		const char *state = json_string_value(json_object_get(event,
								     "state"));
		char *when = json_is_integer(at) ?
			text_when(json_integer_value(at), now_ms) : xstrdup("");

		if (drawn)
			print_drawn(word, state, when, i == 0);
		else
			print_plain(word, state, when);
		free(when);
	}
}
