/* SPDX-License-Identifier: MIT */
#include "act/notify.h"

#include "act/exec.h"
#include "act/output.h"
#include "base/xalloc.h"

#include <stdlib.h>

static const char *event_word(enum alarm_event event)
{
	switch (event) {
	case ALARM_QUIET:
		break;
	case ALARM_BEGIN:
		return "begin";
	case ALARM_STAND:
		return "stand";
	case ALARM_END:
		return "end";
	}
	return "";
}

/* What is wrong, without the program's name; NULL: nothing. */
static char *judge(const struct program *program)
{
	char *words, *fault;

	if (program->error)
		return exec_explain_start(program);
	if (!program->timed_out && program->status == 0)
		return NULL;
	words = output_last_line(program->output);
	fault = program->timed_out ?
		xasprintf("not done after %u s, killed%s",
			  program->timeout_ms / 1000, words) :
		program->signal ?
		xasprintf("ended by signal %d%s", program->signal, words) :
		xasprintf("exit status %d%s", program->status, words);
	free(words);
	return fault;
}

static char *start(struct world *world, struct program *program,
		   const struct notice *notice)
{
	char *event = xasprintf("ALNITAK_EVENT=%s", event_word(notice->event));
	char *target = xasprintf("ALNITAK_TARGET=%s", notice->targets);
	char *subject = xasprintf("ALNITAK_SUBJECT=%s", notice->subject);
	char *text = xasprintf("ALNITAK_TEXT=%s", notice->text);
	char *since = xasprintf("ALNITAK_SINCE=%s", notice->since);
	const char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
		"/bin",
		"LANG=C", event, target, subject, text, since, NULL,
	};
	char *fault;

	program->environment = environment;
	world->execute(world, program);
	program->environment = NULL;
	fault = judge(program);
	output_log("notify", program->output);
	free(program->output);
	free(since);
	free(text);
	free(subject);
	free(target);
	free(event);
	return fault;
}

char *notify_run(struct world *world, const struct config *config,
		 const struct notice *notice, unsigned timeout_ms)
{
	char *input = xasprintf("Subject: %s\n\n%s", notice->subject,
				notice->text);
	struct program program = {
		.arguments = (const char *const *)config->notify,
		.timeout_ms = timeout_ms, .user = config->notify_user,
		.input = input, .input_size = strlen(input),
	};
	char *fault = exec_fault(world, config->notify[0],
				 config->notify_user);
	char *line;

	if (!fault)
		fault = start(world, &program, notice);
	free(input);
	if (!fault)
		return NULL;
	line = xasprintf("notify: %s: %s", config->notify[0], fault);
	free(fault);
	return line;
}
