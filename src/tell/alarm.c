/* SPDX-License-Identifier: MIT */
#include "tell/alarm.h"

#include "base/log.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <ctype.h>
#include <stdlib.h>

/* Longer than any secondary's refresh should take. */
#define STALL_ALARM_MS (6 * 3600 * 1000)

/* Waits whose end no clock can tell. */
static bool is_open_ended(const struct action *action)
{
	return action->step == STEP_WAIT && action->until_ms == 0;
}

static bool is_stalled(const struct target *target)
{
	const struct state *state = target->state;

	return state->stalled_ms && is_open_ended(&target->action) &&
	       target->facts.now_ms - state->stalled_ms > STALL_ALARM_MS;
}

bool alarm_needs_person(const struct target *target)
{
	if (target->damage || target->failure || target->reload_failure ||
	    target->action.step == STEP_STUCK)
		return true;
	return rollover_is_too_late(&target->facts, &target->action) ||
	       is_stalled(target);
}

bool alarm_is_same(const char *before, const char *text)
{
	if (!before)
		return false;
	for (;;) {
		while (isdigit((unsigned char)*before))
			before++;
		while (isdigit((unsigned char)*text))
			text++;
		if (*before != *text)
			return false;
		if (!*before)
			return true;
		before++;
		text++;
	}
}

static const char *alarm_text(const struct target *target)
{
	if (target->damage)
		return target->damage;
	return target->reload_failure ? target->reload_failure : target->line;
}

static void end_alarm(struct target *target)
{
	struct state *state = target->state;

	if (!state->alarm)
		return;
	log_info("%s: over: %s", target->config->name, state->alarm);
	free(state->alarm);
	state->alarm = NULL;
	target->unsaved = true;
}

static void begin_alarm(const struct source *source, struct target *target)
{
	struct state *state = target->state;
	char *text = text_to_utf8(alarm_text(target));

	if (state && alarm_is_same(state->alarm, text) &&
	    !source->repeat_alarms) {
		log_verbose("%s", text);
		free(text);
		return;
	}
	log_error("%s", text);
	if (!state) {
		free(text);
		return;
	}
	free(state->alarm);
	state->alarm = text;
	target->unsaved = true;
}

static void note_stall(struct target *target)
{
	struct state *state = target->state;
	bool open_ended = is_open_ended(&target->action);

	if (open_ended == (state->stalled_ms != 0))
		return;
	state->stalled_ms = open_ended ? target->facts.now_ms : 0;
	target->unsaved = true;
}

void alarm_tell(const struct source *source, struct target *target)
{
	if (source->dry_run)
		return;
	if (target->state && !target->failure)
		note_stall(target);
	if (alarm_needs_person(target)) {
		begin_alarm(source, target);
		return;
	}
	end_alarm(target);
	if (target->action.step != STEP_NOTHING)
		log_verbose("%s", target->line);
}
