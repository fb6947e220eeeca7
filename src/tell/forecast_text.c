/* SPDX-License-Identifier: MIT */
#include "tell/forecast_text.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "decide/owner.h"

#include <stdlib.h>

static const char *remedy_text(enum forecast_remedy remedy)
{
	switch (remedy) {
	case FORECAST_TTL:
		return "lower the TTL of its TLSA records (record_ttl, where "
		       "alnitak begins them)";
	case FORECAST_FACTOR:
		return "lower ttl_factor to 2";
	case FORECAST_MARGIN:
		return "lower margin";
	case FORECAST_LINGER:
		return "lower linger";
	case FORECAST_SERVERS:
		return "let the slowest name server be told of changes "
		       "(NOTIFY), or lower refresh in the SOA";
	case FORECAST_TIMER:
		return "run alnitak more often (alnitak.timer)";
	case FORECAST_REMEDIES:
		break;
	}
	return "";
}

static char *parts_text(const struct forecast *forecast)
{
	char servers[TEXT_TIME_SIZE], caches[TEXT_TIME_SIZE];
	char release[TEXT_TIME_SIZE], linger[TEXT_TIME_SIZE];
	char deletion[TEXT_TIME_SIZE];

	return xasprintf("servers %s, caches %s, release %s, old connections "
			 "%s, deletion %s",
			 text_duration(forecast->confirmation_ms, servers),
			 text_duration(forecast->caches_ms, caches),
			 text_duration(forecast->release_ms, release),
			 text_duration(forecast->linger_ms, linger),
			 text_duration(forecast->deletion_ms, deletion));
}

static char *want_text(const struct forecast_terms *terms,
		       const struct forecast *forecast)
{
	char takes[TEXT_TIME_SIZE], most[TEXT_TIME_SIZE];

	switch (forecast->verdict) {
	case FORECAST_FITS:
		break;
	case FORECAST_OVERLAPS:
		return xasprintf(", want less than the %s after which certbot "
				 "renews again; %s",
				 text_duration(terms->again_ms, most),
				 remedy_text(forecast->remedy));
	case FORECAST_TOO_LATE:
		return xasprintf(": the new certificate is in service after "
				 "%s, want less than the %s that are left of "
				 "the old one; %s",
				 text_duration(forecast->in_service_ms, takes),
				 text_duration(terms->left_ms > 0 ?
					       terms->left_ms : 0,
					       most),
				 remedy_text(forecast->remedy));
	}
	return xstrdup("");
}

char *forecast_text(const struct forecast_terms *terms,
		    const struct forecast *forecast)
{
	char takes[TEXT_TIME_SIZE];
	char *parts = parts_text(forecast), *want = want_text(terms, forecast);
	char *text = xasprintf("a rollover takes %s (%s)%s",
			       text_duration(forecast->end_ms, takes), parts,
			       want);

	free(want);
	free(parts);
	return text;
}

/* Nothing that only B needs was promised before. */
static bool begins(const struct facts *facts)
{
	struct chain *goal = facts_goal(facts);
	struct chains one = { &goal, 1 };
	bool any = false;

	if (!goal || !facts->released || goal == facts->released ||
	    fingerprint_equal(&goal->version, &facts->released->version))
		return false;
	for (size_t i = 0; i < facts->owner_count; i++) {
		struct tlsa_set needs = owner_needed(&facts->owners[i], &one);

		for (size_t k = 0; k < needs.count; k++)
			any |= !tlsa_matches(&needs.records[k],
					     facts->released) &&
			       tlsa_set_contains(&facts->owners[i].published,
						 &needs.records[k]);
		tlsa_set_clear(&needs);
	}
	return !any;
}

char *forecast_begin_line(const struct facts *facts)
{
	struct forecast_terms terms;
	struct forecast forecast;
	char *text, *line;

	if (!begins(facts) ||
	    !forecast_terms_find(facts, true, FORECAST_TIMER_MS, &terms))
		return NULL;
	forecast = forecast_reckon(&terms);
	if (forecast.verdict != FORECAST_TOO_LATE)
		return NULL;
	text = forecast_text(&terms, &forecast);
	line = xasprintf("%s: %s", facts->target->name, text);
	free(text);
	return line;
}
