/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "act/deeds.h"
#include "act/publish.h"
#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "look/gather.h"
#include "look/look.h"
#include "tell/alarm.h"
#include "tell/report.h"

#include <stdlib.h>

#define ROUNDS_MAX 40
#define STEPS_MAX 16
#define PUBLISH_TRIES_MAX 6
#define PUBLISH_PAUSE_MS 50

/* ---- Deeds ------------------------------------------------------------ */

/* The last update was not answered and, as was seen since, not made. Whatever
 * swallows updates takes its time, so the next run tries again. */
static bool fail_unanswered(struct run_target *target)
{
	target->failure = target->unanswered;
	target->unanswered = NULL;
	return target->failure != NULL;
}

/* A primary that signs in the background shows what it accepted only a
 * moment later. */
static bool publish_may_go_on(struct run *run, struct run_target *target)
{
	if (fail_unanswered(target))
		return false;
	if (target->tries == PUBLISH_TRIES_MAX) {
		target->action.step = STEP_WAIT;
		target->action.reason = REASON_PUBLISHED;
		return false;
	}
	if (target->tries)
		run->source.world->sleep(run->source.world,
			PUBLISH_PAUSE_MS << (target->tries - 1));
	target->tries++;
	return true;
}

/* True: a deed of this machine was done, decide again. False: the step is
 * for the network, or the target is done. */
static bool perform(struct run *run, struct run_target *target)
{
	struct act act = { .world = run->source.world,
			   .places = &run->source.places,
			   .targets_dir = run->targets_dir,
			   .state = target->state, .facts = &target->facts,
			   .action = &target->action };
	bool ok = true;

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
		target->done = !publish_may_go_on(run, target);
		return false;
	case STEP_ADOPT:
		ok = act_adopt(&act);
		break;
	case STEP_LINKS:
		target->probe = PROBE_NOT_ASKED;
		ok = act_links(&act);
		break;
	case STEP_ACCEPT:
		target->probe = PROBE_NOT_ASKED;
		ok = act_accept(&act);
		break;
	case STEP_RELEASE:
		target->probe = PROBE_NOT_ASKED;
		ok = act_release(&act);
		break;
	case STEP_RELOAD:
		if (!act_reload(&act))
			target->reload_failure = act.failure;
		return true;
	case STEP_PROVEN:
		ok = act_proven(&act);
		break;
	case STEP_SHED:
		ok = act_shed(&act);
		break;
	case STEP_SETTLE:
		ok = act_settle(&act);
		break;
	}
	target->failure = act.failure;
	target->done = !ok;
	return ok;
}

static bool is_deed(enum step step)
{
	return step != STEP_NOTHING && step != STEP_WAIT &&
	       step != STEP_STUCK && step != STEP_SURVEY && step != STEP_PROBE;
}

static void gather(struct run *run, struct run_target *target)
{
	struct moment now;

	run->source.world->now(run->source.world, &now);
	run_check_clock(target, &now);
	facts_clear(&target->facts);
	facts_load(&target->facts, &run->source, target->config, target->state,
		   &now);
	run_attach(run, target);
}

static void finish(struct run *run, struct run_target *target)
{
	target->line = target->failure ? xstrdup(target->failure) :
		       report_line(&target->facts, &target->action);
	if (run->dry_run)
		target->report = report_json(&target->facts, &target->action,
					     target->failure);
}

/* What was done does not show: better to stop than to do it for ever. */
static void give_up(struct run_target *target)
{
	target->failure = xasprintf("%s: this machine does not show what was "
		"just done (%s); does something else change the links or the "
		"state?", target->config->name,
		report_step(target->action.step));
	target->done = true;
}

/* Up to the next step that needs the network, or to the end. */
static void advance(struct run *run, struct run_target *target)
{
	for (unsigned i = 0; !target->done; i++) {
		gather(run, target);
		target->action = rollover_next(&target->facts);
		log_debug("%s: next step: %s", target->config->name,
			  report_step(target->action.step));
		if (i == STEPS_MAX)
			give_up(target);
		else if (run->dry_run && is_deed(target->action.step))
			target->done = true;
		else if (!perform(run, target))
			break;
	}
	if (target->done)
		finish(run, target);
}

/* ---- Rounds ----------------------------------------------------------- */

struct wanted {
	bool publish, survey, probe;
	enum transport transport;
};

static struct wanted collect_wanted(const struct run *run)
{
	struct wanted wanted = { 0 };

	for (size_t i = 0; i < run->count; i++) {
		const struct run_target *target = &run->targets[i];
		enum step step = target->action.step;

		if (target->done)
			continue;
		wanted.publish |= step == STEP_PUBLISH || step == STEP_RETIRE;
		wanted.survey |= step == STEP_SURVEY;
		wanted.probe |= step == STEP_PROBE;
		if (step == STEP_SURVEY &&
		    target->action.transport == TRANSPORT_TCP)
			wanted.transport = TRANSPORT_TCP;
	}
	return wanted;
}

static void finish_failed(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->targets[i].done && !run->targets[i].line)
			finish(run, &run->targets[i]);
}

static bool run_round(struct run *run)
{
	struct wanted wanted;

	for (size_t i = 0; i < run->count; i++)
		if (!run->targets[i].done)
			advance(run, &run->targets[i]);
	wanted = collect_wanted(run);
	if (wanted.publish) {
		publish_changes(run);
		finish_failed(run);
		run_drop_survey(run);
	}
	if (wanted.survey)
		run_survey(run, wanted.transport);
	if (wanted.probe)
		run_probe(run);
	return wanted.publish || wanted.survey || wanted.probe;
}

static void save_all(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct run_target *target = &run->targets[i];
		struct act act = { .world = run->source.world,
				   .places = &run->source.places,
				   .targets_dir = run->targets_dir,
				   .state = target->state,
				   .facts = &target->facts };

		if (!target->unsaved || run->dry_run)
			continue;
		if (act_save(&act))
			continue;
		/* It may be what has just been told. */
		if (!streq(target->failure, act.failure))
			log_error("%s", act.failure);
		if (target->failure)
			free(act.failure);
		else
			target->failure = act.failure;
	}
}

static void run_rounds(struct run *run)
{
	struct moment begun;
	bool late = false;

	run->source.world->now(run->source.world, &begun);
	run->begun_ms = begun.boot_ms;
	for (unsigned round = 0; round < ROUNDS_MAX && !late; round++) {
		if (!run_round(run))
			return;
		late = run_out_of_time(run);
	}
	for (size_t i = 0; i < run->count; i++) {
		struct run_target *target = &run->targets[i];

		if (target->done)
			continue;
		if (late && !fail_unanswered(target))
			target->action = (struct action){ .step = STEP_WAIT,
				.reason = REASON_TIME };
		else if (!late)
			give_up(target);
		finish(run, target);
	}
}

void run_pass(struct run *run)
{
	run_rounds(run);
	for (size_t i = 0; i < run->count; i++)
		alarm_tell(run, &run->targets[i]);
	save_all(run);
}

static bool are_all_seen(const struct run_target *target)
{
	for (size_t i = 0; i < target->facts.owner_count; i++)
		if (!target->facts.owners[i].seen)
			return false;
	return true;
}

/* Each survey may find aliases to names that it did not ask about. */
static void survey_to_the_ends(struct run *run)
{
	bool complete = false;

	for (unsigned hops = 0; !complete && hops <= ALIASES_MAX; hops++) {
		run_survey(run, TRANSPORT_UDP);
		complete = true;
		for (size_t i = 0; i < run->count; i++) {
			struct run_target *target = &run->targets[i];

			if (target->done)
				continue;
			if (hops)
				gather(run, target);
			else
				run_attach(run, target);
			complete &= are_all_seen(target);
		}
	}
}

void run_look(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (!run->targets[i].done)
			gather(run, &run->targets[i]);
	survey_to_the_ends(run);
	for (size_t i = 0; i < run->count; i++)
		if (!run->targets[i].done && run->targets[i].facts.released)
			run->targets[i].action.step = STEP_PROBE;
	run_probe(run);
	for (size_t i = 0; i < run->count; i++)
		if (!run->targets[i].done)
			run_attach(run, &run->targets[i]);
}

enum exit_status run_status(const struct run *run)
{
	enum exit_status status = run->stray_count ? EXIT_FAILED : EXIT_DONE;

	for (size_t i = 0; i < run->count; i++) {
		if (run->targets[i].damage)
			return EXIT_STATE;
		if (alarm_needs_person(&run->targets[i]))
			status = EXIT_FAILED;
	}
	return status;
}

bool run_finished(const struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->targets[i].failure ||
		    run->targets[i].action.step != STEP_NOTHING)
			return false;
	return true;
}

int64_t run_due_ms(const struct run *run)
{
	int64_t due_ms = INT64_MAX;

	for (size_t i = 0; i < run->count; i++) {
		const struct action *action = &run->targets[i].action;

		if (action->step == STEP_WAIT && action->until_ms &&
		    action->until_ms < due_ms)
			due_ms = action->until_ms;
	}
	return due_ms;
}
