/* SPDX-License-Identifier: MIT */
#include "act/reload.h"

#include "act/exec.h"
#include "act/output.h"
#include "base/log.h"
#include "base/xalloc.h"

#include <stdlib.h>

static enum reload_verdict judge(const struct program *program)
{
	if (program->error)
		return RELOAD_NOT_STARTED;
	if (program->timed_out)
		return RELOAD_TIMEOUT;
	return program->status == 0 ? RELOAD_OK : RELOAD_FAILED;
}

static char *explain(const struct program *program,
		     enum reload_verdict verdict)
{
	char *line = output_last_line(program->output), *text = NULL;

	switch (verdict) {
	case RELOAD_OK:
		break;
	case RELOAD_FAILED:
		if (program->signal)
			text = xasprintf("ended by signal %d%s",
					 program->signal, line);
		else
			text = xasprintf("exit status %d%s", program->status,
					 line);
		break;
	case RELOAD_TIMEOUT:
		text = xasprintf("not done after %u s, killed%s",
				 program->timeout_ms / 1000, line);
		break;
	case RELOAD_NOT_STARTED:
		text = xasprintf("/bin/sh cannot be started: %s",
				 strerror(program->error));
		break;
	}
	free(line);
	return text;
}

/* ---- Whose it is ------------------------------------------------------- */

#define COMMAND_ENDS ";&|()\n"
#define BLANKS " \t"

/* A path where a command begins, without its quotes; *NEXT is what is behind
 * that command. NULL: the command has no path. */
static char *command_path(const char *command, const char **next)
{
	const char *word = command + strspn(command, BLANKS "{");
	bool quoted = *word == '"' || *word == '\'';
	const char quote[] = { *word, '\0' };
	size_t size;

	*next = command + strcspn(command, COMMAND_ENDS);
	word += quoted;
	size = strcspn(word, quoted ? quote : BLANKS COMMAND_ENDS "<>\"'");
	return word[0] == '/' ? xstrndup(word, size) : NULL;
}

char *reload_fault(struct world *world, const char *command)
{
	char *fault = NULL;

	while (command && *command && !fault) {
		char *path = command_path(command, &command);

		fault = path ? exec_fault(world, path, NULL) : NULL;
		free(path);
		command += strspn(command, COMMAND_ENDS);
	}
	return fault;
}

/* ---- The whole --------------------------------------------------------- */

static enum reload_verdict start(struct world *world, struct program *program,
				 const struct config_target *target,
				 char **detail)
{
	enum reload_verdict verdict;

	world->execute(world, program);
	verdict = judge(program);
	*detail = explain(program, verdict);
	output_log(target->name, program->output);
	free(program->output);
	return verdict;
}

enum reload_verdict reload_run(struct world *world,
			       const struct config_target *target,
			       unsigned timeout_ms, char **detail)
{
	char *name = xasprintf("ALNITAK_TARGET=%s", target->name);
	const char *const arguments[] = { "/bin/sh", "-c", target->reload,
					  NULL };
	const char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
		"/bin",
		"LANG=C", name, NULL,
	};
	struct program program = { .arguments = arguments,
				   .environment = environment,
				   .timeout_ms = timeout_ms };
	enum reload_verdict verdict = RELOAD_OK;

	*detail = reload_fault(world, target->reload);
	if (*detail)
		verdict = RELOAD_NOT_STARTED;
	else if (target->reload)
		verdict = start(world, &program, target, detail);
	if (*detail)
		log_error("%s: reload \"%s\": %s", target->name,
			  target->reload, *detail);
	free(name);
	return verdict;
}
