/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * One poll loop for any number of conversations over sockets, each with one
 * address. The loop says who may begin: at most
 * QUESTIONS_PER_ADDRESS_IN_FLIGHT with one address (and lane) at a time and
 * SOCKETS_MAX in all, of which none has more than its share as long as others
 * are not done: a hundred slow ones do not hold up a quick one. Where
 * descriptors or memory
 * for sockets run out, the rest wait for others to end. An address that left
 * a whole window of conversations without an answer in a row is not tried
 * again in the same call: the rest end as the last one did, so that ten
 * thousand questions to a dead server cost one time limit and not hundreds.
 */
struct job {
	/* Set by the caller. */
	struct address server;
	unsigned lane;		/* conversations of other lanes are apart */
	struct address source;	/* of this host; family 0: any. See
				   job_set_source() */
	/* Set by the job's own functions. */
	int fd;			/* below 0: job_open is called for it, */
	bool rides;		/* unless another job's socket is its, too: so
				   it is only woken */
	short events;		/* what it waits for: POLLIN, POLLOUT */
	int64_t wake_ms;	/* and until when, posix_monotonic_ms() */
	/* Set by job_finish(). */
	bool done;
	enum outcome outcome;
	int error;
	/* The loop's own. */
	size_t peer;
};

struct job_kind {
	/* Opens a socket as job->fd and sets when to wake; 0 or an errno.
	 * May finish the job. */
	int (*open)(struct job *job, int64_t now_ms);
	/* The socket is ready, or it is wake_ms. To go on with another
	 * socket it closes this one, sets fd to -1 and is opened again. May
	 * finish other jobs as well, and give its socket to one that rides. */
	void (*step)(struct job *job, int64_t now_ms);
};

/* Sorts JOBS and returns when each of them is done: those that are not at
 * DEADLINE_MS (posix_monotonic_ms()) end then, with OUTCOME_NO_TIME, begun or
 * not, and without a call of their own functions. */
void loop_run(const struct job_kind *kind, struct job **jobs, size_t n,
	      int64_t deadline_ms);

/* Closes the socket of the job, if any, and sets its outcome. */
void job_finish(struct job *job, enum outcome outcome, int error);
void job_close_socket(struct job *job);

/* Of SOURCES (world.h) the one for SERVER, which is set already. */
void job_set_source(struct job *job, const struct address sources[2]);
/* 0 where a socket can be bound to ADDRESS, or -errno. */
int source_test(const struct address *address);

/*
 * A non-blocking socket of TYPE (SOCK_DGRAM, SOCK_STREAM), connected to
 * SERVER or about to be; its source port is the kernel's choice. 0 or an errno.
 */
int job_connect(struct job *job, int type);

/* What a failure of connect, send or recv says about the other side. */
enum outcome outcome_of_errno(int error);
