/* SPDX-License-Identifier: MIT */
#include "command/check_host.h"
#include "command/names.h"
#include "command/waiting.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "run/journal.h"
#include "run/run.h"
#include "tell/document.h"
#include "tell/explain.h"
#include "tell/progress.h"
#include "tell/report.h"
#include "tell/stdout.h"
#include "tell/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What one pass has seen: it can be shown when that is over. */
struct look {
	enum exit_status status;
	bool opened;		/* else STATUS is all there is */
	bool told;		/* its lines were printed already */
	bool finished;		/* who was asked for is at rest */
	int64_t due_ms;		/* as run_due_ms() has it */
	json_t *reports;	/* as dist/schema/status.json has them */
	json_t *explanations;	/* one for each report, or null; only where
				   details are wanted */
};

static void look_clear(struct look *look)
{
	json_decref(look->reports);
	json_decref(look->explanations);
}

static int64_t wall_ms(struct world *world)
{
	struct moment now;

	world->now(world, &now);
	return now.wall_ms;
}

/* ---- Looking ----------------------------------------------------------- */

static void add_bare(struct look *look, const char *name, const char *reason,
		     const char *line, const struct alarm_note *alarm,
		     int64_t now_ms)
{
	json_t *report = report_bare_json(name, reason, line, alarm, now_ms);

	json_object_set_new(report, "timeline", json_array());
	json_array_append_new(look->reports, report);
	json_array_append_new(look->explanations, json_null());
}

static void add_details(struct look *look, const struct pass *pass,
			const struct target *target)
{
	json_t *journal = journal_read(pass, target->config->name);

	json_object_set_new(target->report, "timeline", timeline_json(
		&target->facts, journal));
	json_array_append_new(look->explanations, explain_json(
		&target->facts, &target->action, target->failure, journal));
}

static void add_target(struct look *look, const struct pass *pass,
		       const struct target *target, bool detailed)
{
	const struct alarm_note alarm = { .text = target->line };

	if (!target->report) {
		add_bare(look, target->config->name, "state", target->line,
			 &alarm, wall_ms(pass->source.world));
		return;
	}
	json_array_append(look->reports, target->report);
	if (detailed)
		add_details(look, pass, target);
}

static void add_stray(struct look *look, const struct pass *pass,
		      const struct stray *stray)
{
	if (stray->line)
		add_bare(look, stray->state->target, "configuration",
			 stray->line, &stray->state->alarm,
			 wall_ms(pass->source.world));
}

static bool is_at_rest(const struct target *target)
{
	return !target->failure && target->action.step == STEP_NOTHING;
}

static void look_at_all(struct look *look, const struct pass *pass,
			const struct options *options)
{
	look->finished = true;
	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];

		if (!names_ask_for(options, target->config->name))
			continue;
		look->finished &= is_at_rest(target);
		add_target(look, pass, target,
			   options->json || options->details);
	}
	for (size_t i = 0; i < pass->strays.count && !options->argument_count;
	     i++)
		add_stray(look, pass, &pass->strays.items[i]);
}

static struct look look_once(struct world *world, const struct config *config,
			     const struct options *options)
{
	struct look look = { .due_ms = INT64_MAX, .reports = json_array(),
			     .explanations = json_array() };
	struct pass pass;

	look.status = run_open(&pass, world, config,
			       &options->command->calling, RUN_PLAIN);
	look.opened = look.status == EXIT_DONE;
	if (look.opened) {
		run_pass(&pass);
		look.status = run_status(&pass);
		look.due_ms = run_due_ms(&pass);
		look_at_all(&look, &pass, options);
	}
	run_close(&pass);
	return look;
}

/* ---- Showing ----------------------------------------------------------- */

static void print_line(const json_t *report, int64_t now_ms)
{
	char *line = progress_line(report, now_ms);

	report_print_line(line);
	free(line);
}

static void print_details(const struct look *look, size_t index,
			  int64_t now_ms, bool drawn)
{
	const json_t *report = json_array_get(look->reports, index);
	const json_t *explanation = json_array_get(look->explanations, index);
	const json_t *timeline = json_object_get(report, "timeline");

	if (!json_is_object(explanation))
		return;
	report_print_head(report);
	if (json_array_size(timeline))
		puts("  timeline");
	timeline_print(timeline, now_ms, drawn);
	report_print_owners(report);
	/* At rest nothing is waited for. */
	if (json_string_value(json_object_get(report, "next"))) {
		puts("  caches");
		explain_print_caches(explanation);
	}
}

/* Who needs a person comes first. */
static void print_text(const struct look *look, int64_t now_ms, bool details,
		       bool drawn)
{
	const json_t *report;
	size_t i;

	for (int calm = 0; calm <= 1; calm++)
		json_array_foreach(look->reports, i, report) {
			if (progress_is_alarm(report) == (calm == 1))
				continue;
			print_line(report, now_ms);
			if (details)
				print_details(look, i, now_ms, drawn);
		}
}

/* ---- Waiting ----------------------------------------------------------- */

#define REDRAW_MS 1000
/* ECMA-48 and DEC private mode 7, as terminals have it since the VT100. */
#define NO_WRAPPING "\033[?7l"
#define WRAPPING "\033[?7h"

struct progress {
	struct texts lines;	/* that were printed, without what goes on
				   changing by itself */
	size_t drawn;		/* lines on the terminal, to be drawn anew */
};

/* The lines that are new. */
static void print_changes(struct progress *progress, const struct look *look,
			  int64_t now_ms)
{
	struct texts lines = { 0 };
	const json_t *report;
	size_t i;

	json_array_foreach(look->reports, i, report) {
		char *line = progress_line(report, 0);

		if (i >= progress->lines.count ||
		    !streq(line, progress->lines.items[i]))
			print_line(report, now_ms);
		texts_add(&lines, line);
		free(line);
	}
	fflush(stdout);
	texts_clear(&progress->lines);
	progress->lines = lines;
}

static void undraw(struct progress *progress)
{
	if (progress->drawn)
		printf("\033[%zuA\033[J", progress->drawn);
	progress->drawn = 0;
}

/* In the place of what was drawn before; each line takes one row. */
static void draw(struct progress *progress, const struct look *look,
		 int64_t now_ms)
{
	undraw(progress);
	fputs(NO_WRAPPING, stdout);
	print_text(look, now_ms, false, true);
	fputs(WRAPPING, stdout);
	progress->drawn = json_array_size(look->reports);
	fflush(stdout);
}

/* Until the next look; on a terminal time is seen to pass. */
static void sleep_on(struct world *world, struct progress *progress,
		     const struct look *look, int64_t pause_ms, bool drawn)
{
	while (drawn && pause_ms > REDRAW_MS) {
		draw(progress, look, wall_ms(world));
		world->sleep(world, REDRAW_MS);
		pause_ms -= REDRAW_MS;
	}
	world->sleep(world, (unsigned)pause_ms);
}

static struct look wait_to_the_end(struct world *world,
				   const struct config *config,
				   const struct options *options, bool drawn)
{
	struct waiting waiting = waiting_begin(world, options);
	struct look look = look_once(world, config, options);
	struct progress progress = { .drawn = 0 };
	int64_t pause_ms;

	while (!look.finished && waiting_may_go_on(look.status) &&
	       !stdout_is_lost() &&
	       (pause_ms = waiting_pause_ms(&waiting, look.due_ms)) > 0) {
		if (!options->json && !drawn)
			print_changes(&progress, &look, wall_ms(world));
		sleep_on(world, &progress, &look, pause_ms,
			 drawn && !options->json);
		look_clear(&look);
		look = look_once(world, config, options);
	}
	undraw(&progress);
	look.told = look.opened && !options->json && !options->details &&
		    !drawn;
	if (look.told)
		print_changes(&progress, &look, wall_ms(world));
	texts_clear(&progress.lines);
	if (!look.finished && waiting_may_go_on(look.status))
		look.status = EXIT_FAILED;
	return look;
}

/* What no target can tell of, because it keeps their runs from coming or from
 * writing anything down. */
static void print_host(struct world *world, const struct config *config,
		       const struct options *options)
{
	struct checkup checkup = { NULL, 0, NULL, 0 };
	struct checkup_section *host = checkup_begin(&checkup, CHECKUP_HOST);
	struct last_run run;

	last_run_read(&run, world, config);
	check_host(&checkup, host, world, config, options, &run);
	last_run_clear(&run);
	checkup_print_faults(&checkup);
	checkup_clear(&checkup);
}

enum exit_status command_status(struct world *world,
				const struct config *config,
				const struct options *options)
{
	bool drawn = isatty(STDOUT_FILENO);
	enum exit_status status;
	struct look look;

	if (!names_are_known(config, options))
		return EXIT_USAGE;
	look = options->wait ? wait_to_the_end(world, config, options, drawn) :
			       look_once(world, config, options);
	status = look.status;
	if (look.opened && !look.told && !options->json)
		print_text(&look, wall_ms(world), options->details, drawn);
	else if (look.opened && options->json)
		document_print(look.reports);
	if (look.opened && !options->json)
		print_host(world, config, options);
	look_clear(&look);
	return status;
}
