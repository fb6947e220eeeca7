/* SPDX-License-Identifier: MIT */
#include "support/program.h"

#include "base/xalloc.h"
#include "unit.h"
#include "world/posix/posix.h"

#include <stdio.h>

struct world real, fake;
struct program canned;
struct told told;

static void note_environment(const struct program *program)
{
	size_t size;
	FILE *stream;

	free(told.environment);
	stream = open_memstream(&told.environment, &size);
	assert_non_null(stream);
	for (const char *const *item = program->environment; *item; item++)
		fprintf(stream, "%s\n", *item);
	fclose(stream);
}

static void fake_execute(struct world *at, struct program *program)
{
	(void)at;
	told.runs++;
	told.timeout_ms = program->timeout_ms;
	told.user = program->user;
	note_environment(program);
	program->error = canned.error;
	program->timed_out = canned.timed_out;
	program->status = canned.status;
	program->signal = canned.signal;
	program->output = canned.output ? xstrdup(canned.output) : NULL;
}

int program_open(void **state)
{
	(void)state;
	world_posix_open(&real);
	fake = real;
	fake.execute = fake_execute;
	canned = (struct program){ 0 };
	told = (struct told){ 0 };
	return 0;
}

int program_close(void **state)
{
	(void)state;
	world_posix_close(&real);
	free(told.environment);
	return 0;
}
