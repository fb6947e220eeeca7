/* SPDX-License-Identifier: MIT */
#include "run/perform.h"

#include "act/deeds.h"
#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "pass/turns.h"
#include "run/journal.h"
#include "run/publishing.h"
#include "tell/forecast_text.h"
#include "tell/report.h"

#include <stdlib.h>

/* True: decide again. False: there is no time for it in this round. */
static bool reload(struct pass *pass, struct target *target, struct deed *deed)
{
	struct moment begun;

	deed->timeout_ms = budget_program_ms(&pass->budget, RELOAD_TIMEOUT_MS);
	if (!deed->timeout_ms && target->config->reload) {
		target->is_late = true;
		return false;
	}
	deed->world->now(deed->world, &begun);
	if (!deed_reload(deed))
		target->reload_failure = deed->failure;
	turns_note(target, deed->world, &begun);
	return true;
}

static void tell_unseen(const struct target *target)
{
	char *line = report_outside_unseen(&target->facts);

	if (line)
		log_warning("%s", line);
	free(line);
}

/* What could not be held now cannot be a moment later. */
static void end_short(struct target *target, const struct deed *deed)
{
	if (!deed->is_short)
		return;
	target->action.step = STEP_NOTHING;
	target->done = true;
}

/* One of this machine. True: decide again. */
static bool do_deed(struct pass *pass, struct target *target)
{
	struct deed deed = deed_of(&pass->source, &pass->targets, target);
	bool ok = true;

	switch (target->action.step) {
	case STEP_NOTHING:
	case STEP_WAIT:
	case STEP_STUCK:
	case STEP_SURVEY:
	case STEP_PROBE:
	case STEP_PUBLISH:
	case STEP_RETIRE:
	case STEP_RETIME:
		return false;
	case STEP_ADOPT:
		ok = deed_adopt(&deed);
		break;
	case STEP_LINKS:
		target->probe = PROBE_NOT_ASKED;
		ok = deed_links(&deed);
		end_short(target, &deed);
		break;
	case STEP_ACCEPT:
		target->probe = PROBE_NOT_ASKED;
		ok = deed_accept(&deed);
		break;
	case STEP_RELEASE:
	case STEP_FOLLOW:
		tell_unseen(target);
		target->probe = PROBE_NOT_ASKED;
		ok = deed_release(&deed);
		break;
	case STEP_RELOAD:
		return reload(pass, target, &deed);
	case STEP_PROVEN:
		ok = deed_proven(&deed);
		break;
	case STEP_SHED:
		ok = deed_shed(&deed);
		break;
	case STEP_SETTLE:
		ok = deed_settle(&deed);
		break;
	case STEP_LEAVE:
		ok = deed_leave(&deed);
		break;
	case STEP_REMOVED:
		ok = deed_removed(&deed);
		break;
	}
	target->failure = deed.failure;
	target->done |= !ok;
	return ok;
}

/* What is only looked for once more is no deed. */
static bool is_sent(struct target *target)
{
	const struct changes *changes = &target->action.changes;

	for (size_t i = 0; i < changes->count; i++)
		if (!target_sent(target, &changes->items[i])->rests)
			return true;
	return false;
}

/* Once: when it is sent, the state has what was promised. */
static void tell_forecast(const struct target *target)
{
	char *line = target->action.step == STEP_PUBLISH ?
		     forecast_begin_line(&target->facts) : NULL;

	if (line)
		log_warning("%s", line);
	free(line);
}

static bool begin_change(struct target *target)
{
	if (!publishing_may_go_on(target))
		return false;
	target->sends = is_sent(target);
	if (target->sends)
		tell_forecast(target);
	return true;
}

bool perform_step(struct pass *pass, struct target *target)
{
	char *line;
	bool ok;

	switch (target->action.step) {
	case STEP_NOTHING:
	case STEP_WAIT:
	case STEP_STUCK:
		target->done = true;
		return false;
	case STEP_SURVEY:
	case STEP_PROBE:
		return false;
	case STEP_PUBLISH:
	case STEP_RETIRE:
	case STEP_RETIME:
		target->done = !begin_change(target);
		return false;
	case STEP_ADOPT:
	case STEP_LINKS:
	case STEP_ACCEPT:
	case STEP_RELEASE:
	case STEP_RELOAD:
	case STEP_PROVEN:
	case STEP_SHED:
	case STEP_SETTLE:
	case STEP_LEAVE:
	case STEP_FOLLOW:
	case STEP_REMOVED:
		break;
	}
	line = journal_line(target);
	ok = do_deed(pass, target);
	if (ok && !target->reload_failure)
		journal_write(pass, target, line);
	else
		free(line);
	return ok;
}
