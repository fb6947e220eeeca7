/* SPDX-License-Identifier: MIT */
#include "pass/pass.h"

#include "base/bounds.h"
#include "base/log.h"

/* After this deploy begins no further batch: certbot waits for it. */
#define DEPLOY_WORK_MS 25000
/* ... and no program of that batch takes longer than until then. */
#define DEPLOY_PROGRAM_MS 35000

static int64_t worked_ms(struct run *run)
{
	struct moment now;

	run->source.world->now(run->source.world, &now);
	return now.boot_ms - run->begun_ms;
}

bool run_out_of_time(struct run *run)
{
	return run->command == COMMAND_DEPLOY &&
	       worked_ms(run) > DEPLOY_WORK_MS;
}

unsigned run_program_ms(struct run *run)
{
	if (run->command != COMMAND_DEPLOY)
		return EXEC_TIMEOUT_MS;
	return run_out_of_time(run) ? 0 :
	       (unsigned)(DEPLOY_PROGRAM_MS - worked_ms(run));
}

static bool is_waiting(const struct state *state)
{
	return !state->has_settled || state->presented_count != 1 ||
	       state->reload_due ||
	       !fingerprint_equal(&state->settled, &state->released);
}

void run_check_clock(struct run_target *target, const struct moment *now)
{
	bool waits = is_waiting(target->state);
	const char *why;

	if (!state_check_time(target->state, now, &why) || !waits)
		return;
	log_warning("%s: %s since the last run: all waits start again",
		    target->config->name, why);
	target->unsaved = true;
}

void run_note_standing(struct run *run, const char *owner,
		       const struct tlsa *record)
{
	for (size_t i = 0; i < run->count; i++) {
		struct run_target *target = &run->targets[i];

		if (target->state && state_set_deleting(target->state, owner,
							record, false))
			target->unsaved = true;
	}
}
