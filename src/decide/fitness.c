/* SPDX-License-Identifier: MIT */
#include "decide/fitness.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "cert/dane.h"

#include <stdlib.h>

/* The last part of its life in which a certificate is about to expire: what
 * replaces it may then be of any age. */
#define LAST_PART 10

static bool is_about_to_expire(const struct chain *chain, int64_t now_seconds)
{
	int64_t life_seconds = chain->not_after_seconds -
			       chain->not_before_seconds;

	return now_seconds > chain->not_after_seconds -
			     life_seconds / LAST_PART;
}

/* What a client of SPEC says of CHAIN; NULL: nothing, or it is no matter of
 * issuers. */
static char *objection(const struct chain *chain,
		       const struct config_spec *spec, int64_t now_seconds)
{
	struct tlsa record;
	char *detail = NULL;

	if ((spec->params.usage != 0 && spec->params.usage != 2) ||
	    !tlsa_from_chain(chain, spec->params, &record))
		return NULL;
	dane_verify(chain, &record, spec->host, now_seconds, &detail);
	tlsa_clear(&record);
	return detail;
}

/* The first objection to CHAIN that there is none of to RELEASED; where that
 * is gone there is nothing better to be had than CHAIN. */
static char *new_objection(const struct chain *chain,
			   const struct chain *released,
			   const struct config_target *target,
			   int64_t now_seconds)
{
	for (size_t i = 0; released && i < target->spec_count; i++) {
		const struct config_spec *spec = &target->specs[i];
		char *old, *detail = objection(chain, spec, now_seconds);

		if (!detail)
			continue;
		old = objection(released, spec, now_seconds);
		if (!old)
			return detail;
		free(old);
		free(detail);
	}
	return NULL;
}

enum fitness fitness_judge_dates(const struct chain *chain,
				 const struct chain *released, int64_t now_ms)
{
	int64_t now_seconds = now_ms / 1000;

	if (now_seconds > chain->not_after_seconds)
		return FITNESS_EXPIRED;
	if (now_seconds < chain->not_before_seconds)
		return FITNESS_EARLY;
	if (released &&
	    chain->not_after_seconds < released->not_after_seconds &&
	    !is_about_to_expire(released, now_seconds))
		return FITNESS_OLDER;
	return FITNESS_GOOD;
}

enum fitness fitness_judge(const struct chain *chain,
			   const struct chain *released,
			   const struct config_target *target, int64_t now_ms)
{
	int64_t now_seconds = now_ms / 1000;
	enum fitness dates = fitness_judge_dates(chain, released, now_ms);
	char *detail;

	if (dates != FITNESS_GOOD)
		return dates;
	detail = new_objection(chain, released, target, now_seconds);
	free(detail);
	return detail ? FITNESS_REFUSED : FITNESS_GOOD;
}

char *fitness_text(enum fitness fitness, const struct chain *chain,
		   const struct chain *released,
		   const struct config_target *target, int64_t now_ms)
{
	char when[TEXT_TIME_SIZE], then[TEXT_TIME_SIZE];

	switch (fitness) {
	case FITNESS_GOOD:
		return xstrdup("is good");
	case FITNESS_REFUSED:
		return new_objection(chain, released, target, now_ms / 1000);
	case FITNESS_EARLY:
		return xasprintf("is not valid before %s", text_time(
			chain->not_before_seconds * 1000, when));
	case FITNESS_EXPIRED:
		return xasprintf("expired on %s", text_time(
			chain->not_after_seconds * 1000, when));
	case FITNESS_OLDER:
		return xasprintf("expires on %s, before the one in service "
			"(%s)", text_time(chain->not_after_seconds * 1000,
					  when),
			text_time(released->not_after_seconds * 1000, then));
	}
	return NULL;
}
