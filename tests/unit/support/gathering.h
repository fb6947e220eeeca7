/* SPDX-License-Identifier: MIT */
#pragma once

#include "look/gather.h"
#include "support/run.h"

/*
 * A host (run.h) whose disk is looked at: FACTS is what load() finds there with
 * PROMISES, a state that knows of nothing yet.
 */
extern struct facts facts;
extern struct state *promises;

/* For cmocka; *STATE is the host. */
int gathering_open(void **state);
int gathering_close(void **state);

struct source source_of(struct host *host);
void load(struct host *host);
/* Version NUMBER is in service, as PROMISES have it. */
void release(struct host *host, unsigned number);
void switch_links(struct host *host, const struct links *wanted);
void hold(struct host *host, unsigned number);
