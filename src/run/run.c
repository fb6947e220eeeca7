/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "act/deeds.h"
#include "act/publish.h"
#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "decide/caches.h"
#include "decide/phase.h"
#include "look/attach.h"
#include "look/gather.h"
#include "look/outside_all.h"
#include "look/probe_all.h"
#include "look/survey_all.h"
#include "pass/turns.h"
#include "run/journal.h"
#include "run/metrics_file.h"
#include "run/notices.h"
#include "run/perform.h"
#include "run/publishing.h"
#include "run/rests.h"
#include "run/status_file.h"
#include "run/strays.h"
#include "tell/alarm.h"
#include "tell/report.h"

#include <stdlib.h>

#define ROUNDS_MAX 40
#define STEPS_MAX 16

/* ---- One target ------------------------------------------------------- */

static bool is_deed(enum step step)
{
	return step != STEP_NOTHING && step != STEP_WAIT &&
	       step != STEP_STUCK && step != STEP_SURVEY && step != STEP_PROBE;
}

static void gather(struct pass *pass, struct target *target)
{
	struct moment now;

	pass->source.world->now(pass->source.world, &now);
	target_check_clock(target, &now);
	action_clear(&target->action);
	facts_clear(&target->facts);
	facts_load(&target->facts, &pass->source, target->config, target->state,
		   &now);
	attach_facts(pass, target);
}

/* A dry run notes nothing. */
static bool does_until_move(const struct pass *pass,
			    const struct target *target)
{
	const struct facts *facts = &target->facts;
	int64_t until_ms = target->action.until_ms;

	return pass->source.dry_run && until_ms &&
	       caches_are_unnoted(facts, facts->state->removal ? NULL :
				  phase_chain(facts), until_ms);
}

static void finish(struct pass *pass, struct target *target)
{
	target->action.until_moves = does_until_move(pass, target);
	target->line = target->failure ? xstrdup(target->failure) :
		       report_line(&target->facts, &target->action);
	if (pass->source.dry_run || pass->source.calling->tells)
		target->report = report_json(&target->facts, &target->action,
					     target->failure);
}

/* What was done does not show: better to stop than to do it for ever. */
static void give_up(struct target *target)
{
	target->failure = xasprintf("%s: this machine does not show what was "
		"just done (%s); does something else change the links or the "
		"state?", target->config->name,
		report_step(target->action.step));
	target->done = true;
}

/* Everything else that it waits for is as it was. */
static void end_late(struct pass *pass, struct target *target)
{
	action_clear(&target->action);
	target->action = (struct action){ .step = STEP_WAIT,
					  .reason = REASON_TIME };
	target->done = true;
	pass->budget.is_cut = true;
	finish(pass, target);
}

/* Others who have an owner of TARGET may need more there before this round is
 * over. */
static bool asks_others(const struct target *target)
{
	bool shares = false;

	for (size_t i = 0; i < target->facts.owner_count; i++) {
		const struct others *others = &target->facts.owners[i].others;

		shares |= others->needs_unknown || others->param_count ||
			  others->ledger_count;
	}
	return shares && step_changes_dns(target->action.step);
}

/* True: decide again. */
static bool carry_out(struct pass *pass, struct target *target)
{
	if (!pass->source.dry_run || !is_deed(target->action.step))
		return perform_step(pass, target);
	target->done = true;
	return false;
}

static void decide(struct pass *pass, struct target *target)
{
	gather(pass, target);
	if (!pass->source.dry_run)
		publishing_see(target);
	target->action = rollover_next(&target->facts);
	log_debug("%s: next step: %s", target->config->name,
		  report_step(target->action.step));
}

/* Up to the next step that needs the network, or to the end; IS_FIRST in this
 * round: or to a change that others may have a say in. True: services may load
 * another certificate now. */
static bool advance(struct pass *pass, struct target *target, bool is_first)
{
	bool moved = false;

	for (unsigned i = 0; !target->done; i++) {
		decide(pass, target);
		if (is_first && asks_others(target))
			break;
		moved |= step_moves_links(target->action.step);
		if (i == STEPS_MAX)
			give_up(target);
		else if (!carry_out(pass, target))
			break;
	}
	if (target->done)
		finish(pass, target);
	return moved;
}

/* ---- Rounds ----------------------------------------------------------- */

struct wanted {
	bool publish, survey, probe;
	enum transport transport;
};

static struct wanted collect_wanted(const struct pass *pass)
{
	struct wanted wanted = { 0 };

	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];
		enum step step = target->action.step;

		if (target->done)
			continue;
		wanted.publish |= step_changes_dns(step);
		wanted.survey |= step == STEP_SURVEY;
		wanted.probe |= step == STEP_PROBE;
		if (step == STEP_SURVEY &&
		    target->action.transport == TRANSPORT_TCP)
			wanted.transport = TRANSPORT_TCP;
	}
	return wanted;
}

static void finish_failed(struct pass *pass)
{
	for (size_t i = 0; i < pass->targets.count; i++)
		if (pass->targets.items[i].done && !pass->targets.items[i].line)
			finish(pass, &pass->targets.items[i]);
}

/* What it waited with; where others MOVED meanwhile, it may be another one. */
static void change(struct pass *pass, struct target *target, bool moved)
{
	if (moved || target->action.step == STEP_RETIRE)
		advance(pass, target, false);
	else
		carry_out(pass, target);
	if (target->done && !target->line)
		finish(pass, target);
}

static void advance_all(struct pass *pass)
{
	size_t *order = turns_order(&pass->targets);
	bool moved = false;

	budget_stage_begin(&pass->budget, BUDGET_RELOADS);
	for (size_t i = 0; i < pass->targets.count; i++)
		if (!pass->targets.items[order[i]].done)
			moved |= advance(pass,
					 &pass->targets.items[order[i]], true);
	for (size_t i = 0; i < pass->targets.count; i++)
		if (!pass->targets.items[order[i]].done &&
		    asks_others(&pass->targets.items[order[i]]))
			change(pass, &pass->targets.items[order[i]], moved);
	budget_stage_end(&pass->budget);
	free(order);
}

/* What came of it. */
static void note_changes(struct pass *pass)
{
	for (size_t i = 0; i < pass->targets.count; i++) {
		struct target *target = &pass->targets.items[i];

		if (target->sends)
			journal_write(pass, target, journal_line(target));
		target->sends = false;
	}
}

static void publish(struct pass *pass)
{
	publishing_prepare(pass);
	budget_stage_begin(&pass->budget, BUDGET_CHANGES);
	publish_changes(&pass->source, &pass->targets, &pass->keys,
			&pass->budget);
	budget_stage_end(&pass->budget);
	note_changes(pass);
	finish_failed(pass);
	survey_drop(&pass->targets, &pass->seen);
}

/* A service that was not waited for was not looked at. */
static void end_cut_probes(struct pass *pass)
{
	for (size_t i = 0; i < pass->targets.count; i++) {
		struct target *target = &pass->targets.items[i];

		if (!target->done && target->action.step == STEP_PROBE &&
		    target->probe == PROBE_NOT_ASKED)
			end_late(pass, target);
	}
}

static void probe(struct pass *pass)
{
	budget_stage_begin(&pass->budget, BUDGET_PROBES);
	probe_all(pass);
	if (budget_stage_end(&pass->budget))
		end_cut_probes(pass);
}

/*
 * Those for whose program there was no time in this round have another turn,
 * before those that took it. True: there are such.
 */
static bool give_turns(struct pass *pass)
{
	bool any = false;

	for (size_t i = 0; i < pass->targets.count; i++) {
		struct target *target = &pass->targets.items[i];

		if (target->done || !target->is_late)
			continue;
		if (target->was_late)
			end_late(pass, target);
		else
			any = target->was_late = true;
		target->is_late = false;
	}
	return any;
}

/* It may have found aliases to what others use. What these need must be known
 * before the next decision about any. */
static void survey(struct pass *pass, enum transport transport)
{
	survey_all(pass, transport);
	if (!rests_wake(pass))
		return;
	for (size_t i = 0; i < pass->targets.count; i++) {
		struct target *target = &pass->targets.items[i];

		if (!target->done && !target->facts.state)
			gather(pass, target);
	}
}

static bool run_round(struct pass *pass)
{
	struct wanted wanted;

	advance_all(pass);
	wanted = collect_wanted(pass);
	if (wanted.publish)
		publish(pass);
	if (wanted.survey)
		survey(pass, wanted.transport);
	if (wanted.survey && wanted.transport == TRANSPORT_TCP)
		outside_all(pass);
	if (wanted.probe)
		probe(pass);
	return give_turns(pass) || wanted.publish || wanted.survey ||
	       wanted.probe;
}

static void save_all(struct pass *pass)
{
	for (size_t i = 0; i < pass->targets.count; i++) {
		struct target *target = &pass->targets.items[i];
		struct deed deed = deed_of(&pass->source, &pass->targets,
					   target);

		if (!target->unsaved || pass->source.dry_run)
			continue;
		if (deed_save(&deed))
			continue;
		/* It may be what has just been told. */
		if (!streq(target->failure, deed.failure))
			log_error("%s", deed.failure);
		if (target->failure)
			free(deed.failure);
		else
			target->failure = deed.failure;
	}
}

static void run_rounds(struct pass *pass)
{
	bool late = false;

	for (unsigned round = 0; round < ROUNDS_MAX && !late; round++) {
		if (!run_round(pass))
			return;
		late = budget_is_spent(&pass->budget);
	}
	for (size_t i = 0; i < pass->targets.count; i++) {
		struct target *target = &pass->targets.items[i];

		if (target->done)
			continue;
		if (late && !publishing_fail_unanswered(target)) {
			end_late(pass, target);
			continue;
		}
		if (!late)
			give_up(target);
		finish(pass, target);
	}
}

/* Certbot hears nothing of it: its hooks end early by design. */
static void tell_time(const struct pass *pass)
{
	char *line = budget_explain(&pass->budget);

	if (line && !pass->budget.gives_way && !pass->source.calling->is_hook)
		log_error("%s", line);
	else if (line)
		log_info("%s", line);
	free(line);
}

static void tell_alarm(struct pass *pass, struct target *target)
{
	const char *text = target->state ? target->state->alarm.text : NULL;
	char *before;

	if (target->rests)
		return;
	before = text ? xstrdup(text) : NULL;
	alarm_tell(&pass->source, target);
	journal_write_alarm(pass, target, before);
	free(before);
}

void run_pass(struct pass *pass)
{
	budget_begin(&pass->budget);
	run_rounds(pass);
	budget_tell(&pass->budget);
	tell_time(pass);
	for (size_t i = 0; i < pass->targets.count; i++)
		tell_alarm(pass, &pass->targets.items[i]);
	save_all(pass);
	rests_note(pass);
	metrics_file_write(pass);
	status_file_write(pass);
	notices_send(pass);
}

static bool are_all_seen(const struct target *target)
{
	for (size_t i = 0; i < target->facts.owner_count; i++)
		if (!target->facts.owners[i].seen)
			return false;
	return true;
}

/* Each survey may find aliases to names that it did not ask about. */
static void survey_to_the_ends(struct pass *pass)
{
	bool complete = false;

	for (unsigned hops = 0; !complete && hops <= ALIASES_MAX; hops++) {
		survey_all(pass, TRANSPORT_UDP);
		complete = true;
		for (size_t i = 0; i < pass->targets.count; i++) {
			struct target *target = &pass->targets.items[i];

			if (target->done)
				continue;
			if (hops)
				gather(pass, target);
			else
				attach_facts(pass, target);
			complete &= are_all_seen(target);
		}
	}
}

void run_look(struct pass *pass)
{
	budget_begin(&pass->budget);
	for (size_t i = 0; i < pass->targets.count; i++)
		if (!pass->targets.items[i].done)
			gather(pass, &pass->targets.items[i]);
	survey_to_the_ends(pass);
	outside_all(pass);
	for (size_t i = 0; i < pass->targets.count; i++) {
		struct target *target = &pass->targets.items[i];

		if (!target->done && target->facts.released)
			target->action.step = STEP_PROBE;
	}
	probe(pass);
	tell_time(pass);
	for (size_t i = 0; i < pass->targets.count; i++)
		if (!pass->targets.items[i].done)
			attach_facts(pass, &pass->targets.items[i]);
}

void run_look_services(struct pass *pass)
{
	budget_begin(&pass->budget);
	for (size_t i = 0; i < pass->targets.count; i++) {
		struct target *target = &pass->targets.items[i];
		const struct facts *facts = &target->facts;

		if (target->done)
			continue;
		gather(pass, target);
		if (facts->released && facts->shown &&
		    chain_is(facts->shown, &facts->state->released))
			target->action.step = STEP_PROBE;
	}
	probe(pass);
}

enum exit_status run_status(const struct pass *pass)
{
	const struct budget *budget = &pass->budget;
	bool failed = strays_stand(&pass->strays) ||
		(budget->is_cut && !budget->gives_way &&
		 !pass->source.calling->is_hook);
	enum exit_status status = failed ? EXIT_FAILED : EXIT_DONE;

	for (size_t i = 0; i < pass->targets.count; i++) {
		if (pass->targets.items[i].damage)
			return EXIT_STATE;
		if (alarm_stands(&pass->source, &pass->targets.items[i]))
			status = EXIT_FAILED;
	}
	return status;
}

int64_t run_due_ms(const struct pass *pass)
{
	int64_t due_ms = INT64_MAX;

	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct action *action = &pass->targets.items[i].action;

		if (action->step == STEP_WAIT && action->until_ms &&
		    action->until_ms < due_ms)
			due_ms = action->until_ms;
	}
	return due_ms;
}
