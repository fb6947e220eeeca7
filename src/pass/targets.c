/* SPDX-License-Identifier: MIT */
#include "pass/targets.h"

#include "base/log.h"
#include "base/xalloc.h"

#include <stdlib.h>

void target_fail(struct target *target, char *failure)
{
	if (target->failure)
		free(failure);
	else
		target->failure = failure;
	target->done = true;
}

static bool is_waiting(const struct state *state)
{
	if (state->removal)
		return state->removal != REMOVAL_DONE;
	return !state->has_settled || state->presented_count != 1 ||
	       state->reload_due ||
	       !fingerprint_equal(&state->settled, &state->released);
}

void target_check_clock(struct target *target, const struct moment *now)
{
	bool waits = is_waiting(target->state);
	const char *why;

	if (!state_check_time(target->state, now, &why) || !waits)
		return;
	log_warning("%s: %s since the last run: all waits start again",
		    target->config->name, why);
	target->unsaved = true;
}

void target_check_file(struct target *target, const struct moment *now)
{
	bool waits = is_waiting(target->state);

	if (!state_check_file(target->state, now->wall_ms))
		return;
	target->unsaved = true;
	if (waits)
		log_warning("%s: its state was put back, or changed by others, "
			    "after it was saved, as from a backup: services "
			    "are told again, and all waits start again",
			    target->config->name);
}

static char *change_text(const struct change *change)
{
	char *add, *remove, *text;

	if (!change)
		return xstrdup("");
	add = tlsa_set_format(&change->add);
	remove = tlsa_set_format(&change->remove);
	text = xasprintf("%s %s %s", change->owner, add, remove);
	free(remove);
	free(add);
	return text;
}

struct sent *target_sent(struct target *target, const struct change *change)
{
	char *text = change_text(change);
	struct sent *sent;

	for (size_t i = 0; i < target->sent_count; i++)
		if (streq(target->sent[i].change, text)) {
			free(text);
			return &target->sent[i];
		}
	sent = array_push(target->sent, target->sent_count);
	sent->change = text;
	/* What it does is not an update that could fail. */
	sent->accepted = target->config->api == API_EXEC;
	return sent;
}

void target_close(struct target *target)
{
	action_clear(&target->action);
	if (target->state)
		facts_clear(&target->facts);
	state_free(target->state);
	for (size_t i = 0; i < target->asked_count; i++)
		free(target->asked[i]);
	free(target->asked);
	for (size_t i = 0; i < target->sent_count; i++)
		free(target->sent[i].change);
	free(target->sent);
	json_decref(target->report);
	free(target->unanswered);
	free(target->reload_failure);
	free(target->damage);
	free(target->failure);
	free(target->line);
	free(target->probe_detail);
}
