/* SPDX-License-Identifier: MIT */
#include "act/reload.h"

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

	*detail = NULL;
	if (target->reload) {
		world->execute(world, &program);
		verdict = judge(&program);
		*detail = explain(&program, verdict);
		output_log(target->name, program.output);
	}
	if (*detail)
		log_error("%s: reload \"%s\": %s", target->name,
			  target->reload, *detail);
	free(program.output);
	free(name);
	return verdict;
}
