/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Started in "/" with umask 077, standard input from INPUT and no other
 * descriptor, in a session of its own, without a terminal. It has ended when
 * the first process has: daemons that it leaves behind are not waited for.
 */
struct program {
	const char *const *arguments;	/* NULL-terminated; [0] is the path */
	const char *const *environment;	/* NULL-terminated; the whole of it */
	const char *input;		/* NULL: /dev/null */
	size_t input_size;
	unsigned timeout_ms;		/* then the process group is killed */
	const char *user;		/* whose name or number; NULL: as us */
	const unsigned *group;		/* without USER: as somebody who is in
					   this group alone; NULL: as us */
	/* Filled in: */
	int error;	/* 0, or the errno that kept it from starting;
			   EINVAL: there is no such user */
	bool timed_out;
	int status;	/* exit status, or 128 + signal */
	int signal;	/* that ended it, or 0 */
	char *output;	/* stdout and stderr, at most PROGRAM_OUTPUT_MAX, with
			   blanks for zero octets, zero-terminated; the
			   caller frees */
	size_t output_size;
};
