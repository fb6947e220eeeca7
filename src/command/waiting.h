/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/options.h"

/* --wait: between the passes of one command. */
struct waiting {
	struct world *world;
	int64_t limit_ms;	/* of the whole; INT64_MAX: none */
	int64_t begun_ms;
	int64_t look_ms;	/* the next pause, where no clock tells */
};

struct waiting waiting_begin(struct world *world,
			     const struct options *options);

/*
 * How long to sleep before the next pass: until a wait ends at DUE_MS
 * (INT64_MAX: not known), else a little longer every time, and never beyond
 * the limit. 0: the time is over.
 */
int64_t waiting_pause_ms(struct waiting *waiting, int64_t due_ms);

/* Waiting goes on while others are at work or a person is needed. */
bool waiting_may_go_on(enum exit_status status);
