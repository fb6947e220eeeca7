/* SPDX-License-Identifier: MIT */
#include "command/names.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "command/check_host.h"
#include "command/check_target.h"
#include "dns/resolver.h"
#include "run/notices.h"
#include "run/run.h"
#include "tell/document.h"

#include <stdlib.h>

static enum exit_status status_of(const struct checkup *checkup)
{
	switch (checkup_worst(checkup)) {
	case CHECKUP_GOOD:
	case CHECKUP_NOTE:
		return EXIT_CHECK_OK;
	case CHECKUP_WARNING:
		return EXIT_CHECK_WARNING;
	case CHECKUP_UNKNOWN:
		break;
	case CHECKUP_BAD:
		return EXIT_CHECK_CRITICAL;
	}
	return EXIT_CHECK_UNKNOWN;
}

static void print_json(struct world *world, const struct checkup *checkup,
		       const char *line)
{
	struct moment now;
	json_t *json;

	world->now(world, &now);
	json = checkup_json(checkup, line, now.wall_ms);
	document_print(json);
	json_decref(json);
}

/* Takes over CHECKUP. */
static enum exit_status finish(struct world *world, struct checkup *checkup,
			       const struct options *options)
{
	enum exit_status status = status_of(checkup);
	size_t targets = checkup->count - 1;
	char *what = xasprintf("all is good with %zu target%s", targets,
			       targets == 1 ? "" : "s");
	char *line = checkup_line(checkup, what);

	if (options->json)
		print_json(world, checkup, line);
	else
		checkup_print(checkup, line);
	free(line);
	free(what);
	checkup_clear(checkup);
	return status;
}

/* One line is all that can be said. */
static enum exit_status end_unknown(struct world *world,
				    const struct options *options,
				    const char *subject, const char *detail)
{
	struct checkup checkup = { NULL, 0, NULL, 0 };

	checkup_add(checkup_begin(&checkup, CHECKUP_HOST), CHECKUP_UNKNOWN,
		    subject, xstrdup(detail));
	return finish(world, &checkup, options);
}

static void warn_of_resolvers(struct world *world,
			      const struct config *config)
{
	char *warning = resolvers_warning(world, config);

	if (warning)
		log_warning("%s", warning);
	free(warning);
}

static void try_updates(struct pass *pass, const struct options *options,
			struct trials *trials)
{
	bool *wanted = xcalloc(pass->targets.count, sizeof(*wanted));

	for (size_t i = 0; i < pass->targets.count; i++)
		wanted[i] = names_ask_for(options,
					  pass->targets.items[i].config->name);
	trials_run(pass, wanted, trials);
	free(wanted);
}

static void check_targets(struct checkup *checkup, struct pass *pass,
			  const struct options *options)
{
	const struct check_limits limits = { options->warning_ms,
					     options->critical_ms };
	struct trials trials = { NULL, 0 };

	try_updates(pass, options, &trials);
	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];

		if (names_ask_for(options, target->config->name))
			check_target(checkup, pass, target, &trials, &limits);
	}
	for (size_t i = 0; i < pass->strays.count; i++)
		if (pass->strays.items[i].line && !options->argument_count)
			check_stray(checkup, &pass->strays.items[i]);
	trials_clear(&trials);
}

/* What was not looked at for want of time is not good. */
static void check_time(struct checkup_section *section,
		       const struct pass *pass)
{
	char *line = budget_explain(&pass->budget);

	if (line)
		checkup_add(section, CHECKUP_UNKNOWN, "time", line);
}

/* Whoever is not root reads what the last run left. */
static bool is_apart(struct world *world, const struct config *config)
{
	char *path = xasprintf("%s/" TARGETS_NAME, config->state_directory);
	int dir = world->dir_open(world, WORLD_CWD, path);

	if (dir >= 0)
		world->dir_close(world, dir);
	free(path);
	return world->uid != 0 && dir == -EACCES;
}

static enum exit_status check_apart(struct world *world,
				    const struct config *config,
				    const struct options *options)
{
	struct checkup checkup = { NULL, 0, NULL, 0 };
	struct checkup_section *host = checkup_begin(&checkup, CHECKUP_HOST);
	struct last_run run;

	last_run_read(&run, world, config);
	check_host(&checkup, host, world, config, options, &run);
	if (!run.wanted)
		checkup_add(host, CHECKUP_UNKNOWN, "targets", xasprintf(
			    "%s can be read by root alone, and there is no "
			    "status_file: set one, or ask as root",
			    config->state_directory));
	else if (!run.fault)
		check_from_afar(&checkup, world, config, options, &run);
	last_run_clear(&run);
	return finish(world, &checkup, options);
}

static enum exit_status check_all(struct pass *pass,
				  const struct options *options)
{
	struct world *world = pass->source.world;
	const struct config *config = pass->source.config;
	struct checkup checkup = { NULL, 0, NULL, 0 };
	struct checkup_section *host = checkup_begin(&checkup, CHECKUP_HOST);
	struct last_run run;

	warn_of_resolvers(world, config);
	run_look(pass);
	last_run_read(&run, world, config);
	check_host(&checkup, host, world, config, options, &run);
	last_run_clear(&run);
	check_time(host, pass);
	check_targets(&checkup, pass, options);
	if (options->notifies && !options->dry_run)
		notices_send_findings(pass, &checkup);
	return finish(world, &checkup, options);
}

enum exit_status command_check(struct world *world,
			       const struct config *config,
			       const struct options *options)
{
	enum exit_status status;
	struct pass pass;

	if (!names_are_known(config, options))
		return end_unknown(world, options, "configuration", "a target "
				   "that was asked for is not there");
	if (is_apart(world, config))
		return options->notifies ?
		       end_unknown(world, options, "notify", "what it was "
				   "told can be noted by root alone: ask as "
				   "root, or without --notify") :
		       check_apart(world, config, options);
	status = run_open(&pass, world, config, &options->command->calling,
			  RUN_PLAIN);
	if (status == EXIT_DONE)
		status = check_all(&pass, options);
	else
		status = end_unknown(world, options, "directories", "they "
				     "cannot be used; the messages say why");
	run_close(&pass);
	return status;
}
