/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"
#include "sim_topics.h"

#include <stddef.h>

#define FAULT(name) offsetof(struct faults, name)
#define FAULTS_MAX 3

static const struct {
	const char *name;
	unsigned thousandths;		/* of the runs have it unasked */
	unsigned high;			/* the most that a chance can be */
	size_t faults[FAULTS_MAX];	/* chances; 0: no more */
} topics[TOPICS] = {
	[TOPIC_HOOKS] = { "hooks", 250, 600, { FAULT(hook_missing) } },
	[TOPIC_EDITS] = { "edits", 150, 40, { FAULT(owner_replaced),
			  FAULT(owner_emptied), FAULT(zone_restored) } },
	[TOPIC_RESTORES] = { "restores", 100, 60, { FAULT(state_restored),
			     FAULT(state_lost), FAULT(links_restored) } },
	[TOPIC_FAST] = { "fast", 50, 900, { FAULT(renewed_at_once) } },
	[TOPIC_ROLLBACKS] = { "rollbacks", 100, 40, { FAULT(live_goes_back) } },
	[TOPIC_ENDS] = { "ends", 100, 500, { FAULT(expires),
			 FAULT(live_goes_back), FAULT(begins_late) } },
	[TOPIC_ISSUERS] = { "issuers", 100, 500, { FAULT(issuer_replaced) } },
	[TOPIC_ELSEWHERE] = { "elsewhere", 150, 700,
			      { FAULT(reads_elsewhere) } },
	[TOPIC_SLOW] = { "slow", 0, 400, { FAULT(slow) } },
	[TOPIC_STRETCH] = { "stretch", 150, 1000, { FAULT(stretched) } },
	[TOPIC_OUTSIDE] = { "outside", 300, 100, { FAULT(outside_silent),
			    FAULT(outside_view) } },
	[TOPIC_WILDCARDS] = { "wildcards", 100, 1000, { FAULT(wildcard) } },
	[TOPIC_STRANGERS] = { "strangers", 100, 900, { FAULT(stranger) } },
	[TOPIC_IGNORED] = { "ignored", 100, 100, { FAULT(ignored) } },
	[TOPIC_MACHINES] = { "machines", 100, 300, { FAULT(machines) } },
	[TOPIC_ALIASES] = { "aliases", 100, 60, { FAULT(aliases) } },
	[TOPIC_SECOND] = { "second", 100, 400, { FAULT(second) } },
	[TOPIC_RETIMES] = { "retimes", 100, 60, { FAULT(retimed),
			   FAULT(operator_ttl) } },
};
/* From this one on it is the seed itself that says which runs have it, so that
 * the others stay what they were. */
#define TOPIC_CHOSEN TOPIC_IGNORED

bool topic_find(const char *name, unsigned *wanted)
{
	for (unsigned i = 0; i < TOPICS; i++)
		if (streq(topics[i].name, name)) {
			*wanted |= 1U << i;
			return true;
		}
	return false;
}

const char *topic_name(enum topic topic)
{
	return topics[topic].name;
}

static unsigned *chance_of(struct sim *sim, size_t fault)
{
	return (unsigned *)((char *)&sim->faults + fault);
}

static void draw(struct sim *sim, enum topic topic)
{
	int64_t high = topics[topic].high;

	for (size_t i = 0; i < FAULTS_MAX && topics[topic].faults[i]; i++) {
		unsigned *chance = chance_of(sim, topics[topic].faults[i]);

		*chance = (unsigned)sim_between(sim, 1, sim_chance(sim, 500) ?
						high : high / 10);
	}
}

bool topics_want(const struct sim *sim, enum topic topic)
{
	return sim->topics_wanted >> topic & 1;
}

static bool is_chosen(struct sim *sim, enum topic topic)
{
	unsigned thousandths = topics[topic].thousandths;
	uint64_t mixed = (sim->seed * 64 + topic) * 0x9e3779b97f4a7c15;

	return topic < TOPIC_CHOSEN ? sim_chance(sim, thousandths) :
				      (mixed >> 32) % 1000 < thousandths;
}

void topics_draw(struct sim *sim)
{
	for (unsigned i = 0; i < TOPICS; i++)
		for (size_t k = 0; k < FAULTS_MAX && topics[i].faults[k]; k++)
			*chance_of(sim, topics[i].faults[k]) = 0;
	for (unsigned i = 0; i < TOPICS; i++)
		if (is_chosen(sim, (enum topic)i) ||
		    sim->topics_wanted & 1U << i)
			draw(sim, (enum topic)i);
}
