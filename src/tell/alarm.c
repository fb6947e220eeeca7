/* SPDX-License-Identifier: MIT */
#include "tell/alarm.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "tell/report.h"

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

	if (target->action.step == STEP_WAIT &&
	    target->action.reason == REASON_OUTSIDE)
		return state->outside_ms &&
		       target->facts.now_ms - state->outside_ms >
		       STALL_ALARM_MS;
	return state->stalled_ms && is_open_ended(&target->action) &&
	       target->facts.now_ms - state->stalled_ms > STALL_ALARM_MS;
}

bool alarm_needs_person(const struct target *target)
{
	if (target->damage || target->failure || target->reload_failure ||
	    target->action.step == STEP_STUCK)
		return true;
	return !target->rests &&
	       (rollover_is_too_late(&target->facts, &target->action) ||
		is_stalled(target));
}

bool alarm_stands(const struct source *source, const struct target *target)
{
	return alarm_needs_person(target) ||
	       (source->dry_run && target->state && target->state->alarm.text);
}

static const char *alarm_text(const struct target *target)
{
	if (target->damage)
		return target->damage;
	return target->reload_failure ? target->reload_failure : target->line;
}

/* SINCE_MS: 0 where it is new, or that is not known. */
static void say(int64_t since_ms, const char *text)
{
	char when[TEXT_TIME_SIZE];

	if (since_ms)
		log_error("%s; since %s", text, text_time(since_ms, when));
	else
		log_error("%s", text);
}

bool alarm_begin(const struct source *source, struct alarm_note *note,
		 const char *text, int64_t now_ms)
{
	bool stood = note && note->text;
	bool news = note && alarm_note_found(note, text, now_ms);

	if (stood && !news && source->has_told)
		log_verbose("%s", text);
	else
		say(stood ? note->since_ms : 0, text);
	return news;
}

bool alarm_end(const char *name, struct alarm_note *note, int64_t now_ms)
{
	if (note->text)
		log_info("%s: over: %s", name, note->text);
	return alarm_note_found(note, NULL, now_ms);
}

char *alarm_line(const struct alarm_note *note)
{
	char when[TEXT_TIME_SIZE];

	return xasprintf("since %s: %s", note->since_ms ?
			 text_time(note->since_ms, when) : "?", note->text);
}

/* What resolvers elsewhere say is asked again when the caches' wait is over;
 * until then their contradiction stands. */
static bool is_asked_later(const struct target *target)
{
	return target->state && target->state->outside_ms &&
	       target->action.step == STEP_WAIT &&
	       target->action.reason == REASON_CACHES;
}

/* Did this pass look far enough to say that nothing is wrong any more? */
static bool is_conclusive(const struct source *source,
			  const struct target *target)
{
	const struct action *action = &target->action;

	return !source->local_only &&
	       !(action->step == STEP_WAIT &&
		 (action->reason == REASON_TIME ||
		  action->reason == REASON_CERTBOT_WRITES ||
		  is_asked_later(target)));
}

/* Hooks do not look at services where a run does: what these did wrong is not
 * over because of that. */
static bool has_looked(const struct source *source,
		       const struct target *target)
{
	return !source->calling->is_hook ||
	       target->probe != PROBE_NOT_ASKED ||
	       target->config->probe == CONFIG_PROBE_OFF;
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

/* From the first wait for what resolvers elsewhere say, through all others,
 * until there is nothing to wait for; deed_release() ends it as well. */
static void note_outside(struct target *target)
{
	const struct action *action = &target->action;
	int64_t *since_ms = &target->state->outside_ms;

	if (action->step == STEP_WAIT && action->reason == REASON_OUTSIDE &&
	    !*since_ms)
		*since_ms = target->facts.now_ms;
	else if (action->step == STEP_NOTHING && *since_ms)
		*since_ms = 0;
	else
		return;
	target->unsaved = true;
}

static int64_t now_ms(const struct source *source)
{
	struct moment now;

	source->world->now(source->world, &now);
	return now.wall_ms;
}

/* Waits that somebody may cut short; once in a command. */
static bool is_worth_saying(const struct source *source,
			    const struct target *target)
{
	return target->action.step == STEP_WAIT &&
	       (target->swallowed ||
		(target->action.reason == REASON_UNANSWERED &&
		 !source->has_told));
}

void alarm_tell(const struct source *source, struct target *target)
{
	struct state *state = target->state;
	bool conclusive = is_conclusive(source, target);

	if (source->dry_run)
		return;
	if (state && !target->failure &&
	    (conclusive || target->action.reason == REASON_TIME))
		note_stall(target);
	if (state && !target->failure && conclusive)
		note_outside(target);
	if (alarm_needs_person(target)) {
		target->unsaved |= alarm_begin(source,
			state ? &state->alarm : NULL, alarm_text(target),
			now_ms(source));
		return;
	}
	if (conclusive && has_looked(source, target))
		target->unsaved |= alarm_end(target->config->name,
					     &state->alarm, now_ms(source));
	if (is_worth_saying(source, target))
		log_warning("%s", target->line);
	else if (target->action.step != STEP_NOTHING)
		log_verbose("%s", target->line);
}
