/* SPDX-License-Identifier: MIT */
#include "tell/stdout.h"

#include "base/log.h"
#include "base/xalloc.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void stdout_begin(void)
{
	if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
		must(freopen("/dev/null", "r", stdout));
}

bool stdout_is_lost(void)
{
	return ferror(stdout) != 0;
}

bool stdout_end(void)
{
	if (fflush(stdout) == 0 && !stdout_is_lost())
		return true;
	log_error("cannot write to standard output");
	return false;
}
