/* SPDX-License-Identifier: MIT */
#include "support/capture.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int standard = -1;
static FILE *file;

void capture_begin(void)
{
	must(standard < 0 && fflush(stdout) == 0);
	setenv("TZ", "UTC0", 1);
	file = tmpfile();
	standard = dup(STDOUT_FILENO);
	invariant(file && standard >= 0);
	must(dup2(fileno(file), STDOUT_FILENO) >= 0);
}

char *capture_end(void)
{
	char *text;
	long size;

	must(standard >= 0 && fflush(stdout) == 0);
	size = lseek(fileno(file), 0, SEEK_END);
	invariant(size >= 0);
	text = xcalloc((size_t)size + 1, 1);
	must(pread(fileno(file), text, (size_t)size, 0) == size);
	must(dup2(standard, STDOUT_FILENO) >= 0);
	close(standard);
	fclose(file);
	standard = -1;
	return text;
}
