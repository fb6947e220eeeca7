/* SPDX-License-Identifier: MIT */
#include "support/run.h"

#include "base/xalloc.h"

/* FAKE_NET's resolvers elsewhere. */

void run_outside_clear(void)
{
	tlsa_set_clear(&fake_net.outside);
}

static void fill_outside(struct outside_answer *answer,
			 const struct address *address, int64_t now_ms)
{
	*answer = (struct outside_answer){ .address = *address,
		.verdict = OUTSIDE_UNSEEN };
	if (fake_net.outside_silent) {
		answer->detail = xstrdup("no answer within 5 s");
		return;
	}
	answer->set = tlsa_set_copy(&fake_net.outside);
	answer->verdict = answer->set.count ? OUTSIDE_SET : OUTSIDE_NOTHING;
	answer->until_ms = now_ms +
			   fake_net.outside_seconds * INT64_C(1000);
}

void errand_outside(const struct errand_desk *desk, const char *const *owners,
		    size_t n, struct outside *outside)
{
	const struct config *config = desk->config;
	struct moment now;

	desk->world->now(desk->world, &now);
	fake_net.outside_asked++;
	*outside = (struct outside){ .count = n,
		.owners = xcalloc(n, sizeof(*outside->owners)) };
	for (size_t i = 0; i < n; i++) {
		struct outside_owner *owner = &outside->owners[i];

		owner->name = owners[i];
		owner->count = config->outside_count;
		owner->answers = xcalloc(owner->count,
					 sizeof(*owner->answers));
		for (size_t k = 0; k < owner->count; k++)
			fill_outside(&owner->answers[k], &config->outside[k],
				     now.wall_ms);
	}
}

void outside_clear(struct outside *outside)
{
	for (size_t i = 0; i < outside->count; i++) {
		for (size_t k = 0; k < outside->owners[i].count; k++) {
			tlsa_set_clear(&outside->owners[i].answers[k].set);
			free(outside->owners[i].answers[k].detail);
		}
		free(outside->owners[i].answers);
	}
	free(outside->owners);
	*outside = (struct outside){ 0 };
}
