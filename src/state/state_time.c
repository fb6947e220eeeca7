/* SPDX-License-Identifier: MIT */
#include "state/state.h"

#include "base/xalloc.h"

/* What two clocks may drift apart: slewing is at most 500 ppm. */
#define DRIFT_ALLOWED_MS 2000
#define DRIFT_PARTS 1000
/* What may pass from the time in a file until it has its name. */
#define SAVE_ALLOWED_MS 60000

static void restart_waits(struct state *state, int64_t now_ms)
{
	for (size_t i = 0; i < state->ledger_count; i++)
		ledger_restart(state->ledgers[i], now_ms);
	if (state->reloaded_ms)
		state->reloaded_ms = now_ms;
	state->proven_ms = 0;
	state->looked_ms = 0;
	state->spread_since_ms = 0;
	strangers_restart(&state->strangers, now_ms);
}

/* Either may be without the name of its boot. */
static const char *boot_fault(const struct moment *then,
			      const struct moment *now)
{
	if (then->synchronised && now->synchronised)
		return NULL;
	return *then->boot_id && *now->boot_id ?
		"the machine booted without a time service" :
		"the machine may have booted without a time service";
}

/* NULL: the clocks agree. */
static const char *clock_fault(const struct moment *then,
			       const struct moment *now)
{
	int64_t wall_ms = now->wall_ms - then->wall_ms;
	int64_t boot_ms = now->boot_ms - then->boot_ms;
	int64_t drift_ms = wall_ms > boot_ms ? wall_ms - boot_ms :
					       boot_ms - wall_ms;

	if (wall_ms < 0)
		return "the clock went back";
	if (!streq(then->boot_id, now->boot_id))
		return boot_fault(then, now);
	if (drift_ms > DRIFT_ALLOWED_MS + boot_ms / DRIFT_PARTS)
		return "the clock was set, or the machine was suspended";
	return NULL;
}

bool state_clocks_agree(const struct moment *then, const struct moment *now)
{
	return !clock_fault(then, now);
}

/* By the new clock it is as long ago, or as far ahead, as when it was saved. */
static void shift_time(int64_t *time_ms, int64_t shift_ms)
{
	if (*time_ms)
		*time_ms = *time_ms + shift_ms > 0 ? *time_ms + shift_ms : 1;
}

static void shift_times(struct state *state, int64_t shift_ms)
{
	shift_time(&state->locked_until_ms, shift_ms);
	shift_time(&state->outside_ms, shift_ms);
	shift_time(&state->stalled_ms, shift_ms);
	for (size_t i = 0; i < state->published_count; i++)
		shift_time(&state->published[i].sent_ms, shift_ms);
}

bool state_check_time(struct state *state, const struct moment *now,
		      const char **why)
{
	*why = state->saved.wall_ms ? clock_fault(&state->saved, now) : NULL;
	if (!*why)
		return false;
	restart_waits(state, now->wall_ms);
	shift_times(state, now->wall_ms - state->saved.wall_ms);
	state->saved = *now;
	return true;
}

bool state_check_file(struct state *state, int64_t now_ms)
{
	if (state->changed_ms <= state->saved.wall_ms + SAVE_ALLOWED_MS)
		return false;
	restart_waits(state, now_ms);
	state->reloaded_ms = 0;
	state->restored = state->copied = state->unproven = true;
	/* Of then; services are told when caches allow that. */
	state->reload_due &= state_is_left(state);
	state->has_settled = false;
	return true;
}
