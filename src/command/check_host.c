/* SPDX-License-Identifier: MIT */
#include "command/check_host.h"

#include "base/xalloc.h"
#include "command/check_hooks.h"
#include "command/check_target.h"
#include "command/names.h"

#include <inttypes.h>
#include <stdlib.h>

/* A state is written beside the one that it replaces. */
#define OCTETS_FEW (INT64_C(16) * 1024 * 1024)
#define OCTETS_NONE (INT64_C(1024) * 1024)
#define FILES_FEW 256
#define FILES_NONE 16
/* The timer comes every five minutes, and a run ends within four. */
#define AGE_MAX_MS (INT64_C(60) * 60 * 1000)
#define AGE_PART 4
/* Clocks are set, and by that much nothing is told. */
#define AHEAD_MS 60000

/* ---- Room -------------------------------------------------------------- */

static enum checkup_level space_level(const struct dir_space *space)
{
	if (space->read_only || space->free_octets < OCTETS_NONE ||
	    space->free_files < FILES_NONE)
		return CHECKUP_BAD;
	return space->free_octets < OCTETS_FEW ||
	       space->free_files < FILES_FEW ? CHECKUP_WARNING : CHECKUP_GOOD;
}

static char *space_text(const char *path, const struct dir_space *space,
			enum checkup_level level)
{
	if (space->read_only)
		return xasprintf("%s is on a file system that is mounted "
				 "read-only, so nothing can be renewed: see "
				 "why (dmesg), and remount it", path);
	if (level == CHECKUP_GOOD)
		return xasprintf("%s: %" PRIu64 " MiB free", path,
				 space->free_octets >> 20);
	if (space->free_octets < OCTETS_FEW)
		return xasprintf("%s: %" PRIu64 " KiB free, want %" PRId64
				 ": with a full disk nothing can be renewed; "
				 "make room there", path,
				 space->free_octets >> 10, OCTETS_FEW >> 10);
	return xasprintf("%s: room for %" PRIu64 " files, want %d: without "
			 "inodes nothing can be renewed; delete files there",
			 path, space->free_files, FILES_FEW);
}

static void check_space(struct checkup_section *section, struct world *world,
			const char *subject, const char *path)
{
	int dir = world->dir_open(world, WORLD_CWD, path);
	struct dir_space space;
	int error = dir < 0 ? dir : world->dir_space(world, dir, &space);
	enum checkup_level level;

	if (dir >= 0)
		world->dir_close(world, dir);
	if (error) {
		checkup_add(section, error == -EACCES ? CHECKUP_NOTE :
			    CHECKUP_UNKNOWN, subject, xasprintf(
			    "%s: not looked at: %s", path, strerror(-error)));
		return;
	}
	level = space_level(&space);
	checkup_add(section, level, subject, space_text(path, &space, level));
}

/* ---- The last run ------------------------------------------------------ */

void last_run_read(struct last_run *run, struct world *world,
		   const struct config *config)
{
	*run = (struct last_run){ .wanted = config->status_file };
	if (config->status_file)
		run->fault = status_file_read(world, config->status_file,
					      &run->summary, &run->absent);
}

void last_run_clear(struct last_run *run)
{
	free(run->fault);
	summary_clear(&run->summary);
}

static bool is_there(struct world *world, const char *path)
{
	struct file_info info;

	return world->file_info(world, WORLD_CWD, path, false, &info) == 0;
}

/* systemd is at work here, and was not told to start the timer. */
static bool timer_is_off(struct world *world)
{
	return is_there(world, "/run/systemd/system") &&
	       !is_there(world, "/etc/systemd/system/timers.target.wants/"
			 "alnitak.timer");
}

static const char *run_remedy(struct world *world)
{
	if (timer_is_off(world))
		return "alnitak.timer is not enabled: systemctl enable --now "
		       "alnitak.timer";
	return "see what should start it (systemctl status alnitak.timer "
	       "alnitak.service; or cron), and what its log says";
}

static void check_absent(struct checkup_section *section, struct world *world,
			 const struct config *config, int64_t unknown_ms)
{
	struct moment now;

	world->now(world, &now);
	checkup_add(section, now.boot_ms < unknown_ms ? CHECKUP_UNKNOWN :
		    CHECKUP_BAD, "last run", xasprintf(
		    "there was none since this machine started, for there is "
		    "no %s; %s", config->status_file, run_remedy(world)));
}

static enum checkup_level age_level(int64_t age_ms, int64_t max_ms)
{
	if (age_ms > max_ms)
		return CHECKUP_BAD;
	return age_ms > max_ms / AGE_PART || age_ms < -AHEAD_MS ?
	       CHECKUP_UNKNOWN : CHECKUP_GOOD;
}

static char *age_text(struct world *world, const struct last_run *run,
		      int64_t age_ms, int64_t max_ms)
{
	char when[TEXT_TIME_SIZE], ago[TEXT_TIME_SIZE], most[TEXT_TIME_SIZE];

	text_time(run->summary.written_ms, when);
	if (age_ms < -AHEAD_MS)
		return xasprintf("it ended at %s, which is still to come: "
				 "this clock was set back; let NTP set it "
				 "(timedatectl shows whether it does)", when);
	text_duration(age_ms > 0 ? age_ms : 0, ago);
	if (age_level(age_ms, max_ms) > CHECKUP_NOTE)
		return xasprintf("it ended %s ago, at %s, want less than %s; "
				 "%s", ago, when,
				 text_duration(max_ms / AGE_PART, most),
				 run_remedy(world));
	return xasprintf("it ended %s ago, at %s", ago, when);
}

static void check_age(struct checkup *checkup, struct checkup_section *section,
		      struct world *world, const struct last_run *run,
		      int64_t max_ms)
{
	char label[] = "last run";
	struct moment now;
	int64_t age_ms;

	world->now(world, &now);
	age_ms = now.wall_ms - run->summary.written_ms;
	checkup_add(section, age_level(age_ms, max_ms), label,
		    age_text(world, run, age_ms, max_ms));
	checkup_add_figure(checkup, &(struct checkup_figure){
		label, age_ms / 1000, max_ms / AGE_PART / 1000,
		max_ms / 1000, true });
}

static void check_last_run(struct checkup *checkup,
			   struct checkup_section *section,
			   struct world *world, const struct config *config,
			   const struct options *options,
			   const struct last_run *run)
{
	int64_t max_ms = options->max_age_ms ? options->max_age_ms :
					       AGE_MAX_MS;

	if (!run->wanted)
		checkup_add(section, CHECKUP_NOTE, "last run",
			    xstrdup("not known: no `status_file` is set"));
	else if (run->absent)
		check_absent(section, world, config, max_ms / AGE_PART);
	else if (run->fault)
		checkup_add(section, CHECKUP_UNKNOWN, "last run", xasprintf(
			    "not known: %s: %s", config->status_file,
			    run->fault));
	else
		check_age(checkup, section, world, run, max_ms);
}

/* ---- Who reads what strangers send --------------------------------------- */

static void check_errands(struct checkup_section *section, struct world *world)
{
	char *rights = world->errand_rights(world);

	if (rights)
		checkup_add(section, CHECKUP_WARNING, "errands", xasprintf(
			"the processes that read what name servers and "
			"services send can %s, want nothing of it: use a "
			"kernel with seccomp and Landlock, and let alnitak "
			"use them (SystemCallFilter of its unit)", rights));
	else
		checkup_add(section, CHECKUP_GOOD, "errands", xstrdup(
			"what name servers and services send is read by "
			"processes without rights"));
	free(rights);
}

void check_host(struct checkup *checkup, struct checkup_section *section,
		struct world *world, const struct config *config,
		const struct options *options, const struct last_run *run)
{
	check_space(section, world, "state directory",
		    config->state_directory);
	check_space(section, world, "dane directory", config->dane_directory);
	check_last_run(checkup, section, world, config, options, run);
	check_hooks(section, world, config);
	check_errands(section, world);
	checkup_mark_untold(section, 0);
}

/* ---- Not root ---------------------------------------------------------- */

static void check_certificate(struct checkup *checkup,
			      struct checkup_section *section,
			      const struct summary_target *target,
			      const struct check_limits *limits,
			      int64_t now_ms)
{
	int64_t left_ms = target->ends_ms - now_ms;
	struct check_limits own = check_limits_for(limits, target->ends_ms -
							   target->begins_ms);
	char when[TEXT_TIME_SIZE], left[TEXT_TIME_SIZE];

	text_time(target->ends_ms, when);
	check_add_figure(checkup, target->name, &own, left_ms);
	checkup_add(section, check_level_left(&own, left_ms),
		    "certificate in service", left_ms > 0 ?
		    xasprintf("expires %s, in %s", when,
			      text_duration(left_ms, left)) :
		    xasprintf("expired %s", when));
}

static void check_told(struct checkup *checkup, const char *name,
		       const struct summary_target *target,
		       const struct check_limits *limits, int64_t now_ms)
{
	struct checkup_section *section = checkup_begin(checkup, name);

	if (!target) {
		checkup_add(section, CHECKUP_UNKNOWN, "state",
			    xstrdup("the last run says nothing of it"));
		return;
	}
	if (target->ends_ms)
		check_certificate(checkup, section, target, limits, now_ms);
	else if (!target->alarm)
		checkup_add(section, CHECKUP_BAD, "state",
			    xstrdup("not managed yet; run alnitak init"));
	if (target->alarm)
		checkup_add(section, CHECKUP_BAD, "alarm",
			    xstrdup(target->alarm));
	else
		checkup_add(section, CHECKUP_GOOD, "state",
			    xstrdup(target->line));
	checkup_add(section, CHECKUP_NOTE, "servers and services",
		    xstrdup("as the last run saw them; root may look"));
}

static bool is_configured(const struct config *config, const char *name)
{
	return config_find_target(config, name);
}

void check_from_afar(struct checkup *checkup, struct world *world,
		     const struct config *config,
		     const struct options *options,
		     const struct last_run *run)
{
	const struct check_limits limits = { options->warning_ms,
					     options->critical_ms };
	const struct summary *summary = &run->summary;
	struct moment now;

	world->now(world, &now);
	for (size_t i = 0; i < config->target_count; i++) {
		const char *name = config->targets[i].name;

		if (names_ask_for(options, name))
			check_told(checkup, name, summary_find(summary, name),
				   &limits, now.wall_ms);
	}
	for (size_t i = 0; i < summary->count; i++)
		if (!options->argument_count &&
		    !is_configured(config, summary->targets[i].name))
			check_told(checkup, summary->targets[i].name,
				   &summary->targets[i], &limits,
				   now.wall_ms);
}
