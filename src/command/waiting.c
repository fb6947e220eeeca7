/* SPDX-License-Identifier: MIT */
#include "command/waiting.h"

/* Between two looks while waiting for what no clock can tell. */
#define LOOK_MS_MIN 500
#define LOOK_MS_MAX 60000

static struct moment now_of(struct world *world)
{
	struct moment now;

	world->now(world, &now);
	return now;
}

struct waiting waiting_begin(struct world *world,
			     const struct options *options)
{
	return (struct waiting){
		.world = world, .limit_ms = options->wait_ms,
		.begun_ms = now_of(world).boot_ms, .look_ms = LOOK_MS_MIN,
	};
}

int64_t waiting_pause_ms(struct waiting *waiting, int64_t due_ms)
{
	struct moment now = now_of(waiting->world);
	int64_t left_ms = waiting->limit_ms - (now.boot_ms - waiting->begun_ms);
	int64_t pause_ms = waiting->look_ms;

	if (left_ms <= 0)
		return 0;
	if (due_ms != INT64_MAX && due_ms - now.wall_ms > pause_ms)
		pause_ms = due_ms - now.wall_ms < LOOK_MS_MAX ?
			   due_ms - now.wall_ms : LOOK_MS_MAX;
	if (waiting->look_ms < LOOK_MS_MAX)
		waiting->look_ms *= 2;
	return pause_ms < left_ms ? pause_ms : left_ms;
}

bool waiting_may_go_on(enum exit_status status)
{
	return status == EXIT_DONE || status == EXIT_FAILED ||
	       status == EXIT_BUSY;
}
