/* SPDX-License-Identifier: MIT */
#include "support/gathering.h"

#include "disk/held.h"
#include "unit.h"

#include <stdlib.h>

struct facts facts;
struct state *promises;

int gathering_open(void **state)
{
	host_open(state);
	promises = state_new(NAME);
	return 0;
}

int gathering_close(void **state)
{
	state_free(promises);
	return host_close(state);
}

struct source source_of(struct host *host)
{
	return (struct source){ .world = &host->world,
		.config = &host->config, .places = host->fixture->places,
		.rest = REST_UNLESS_CERTBOT };
}

void load(struct host *host)
{
	struct source source = source_of(host);

	facts_load(&facts, &source, &host->target, promises, &host->now);
}

void release(struct host *host, unsigned number)
{
	promises->has_released = true;
	promises->released = host->fixture->version[number];
	state_add_presented(promises, &promises->released);
}

void switch_links(struct host *host, const struct links *wanted)
{
	struct fixture *fixture = host->fixture;
	char *detail;

	assert_int_equal(links_switch(&fixture->real_lineage,
				      wanted, &detail), 0);
	free(detail);
}

void hold(struct host *host, unsigned number)
{
	char *detail = NULL;

	assert_int_equal(held_add(&host->fixture->real_lineage, number,
				  &host->fixture->version[number],
				  PEM_ALL_LINKS, &detail), 0);
	free(detail);
}
