/* SPDX-License-Identifier: MIT */
#include "world/posix/parts.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "world/posix/hands.h"
#include "world/posix/loop.h"
#include "world/posix/tls_session.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#define PIECE_SIZE 4096

/* Records that a server begins TLS with: RFC 8446 section 5.1. */
#define TLS_ALERT 21
#define TLS_HANDSHAKE 22

/* What a conversation needs while it has a socket. */
struct talk {
	struct dialogue dialogue;
	struct session session;
	uint8_t out[PIECE_SIZE];	/* to be sent */
	size_t out_size;
	size_t received;		/* octets, of all that came */
	bool begun, over;		/* the handshake */
};

/* A handshake under way. The job comes first: it is cast back to this. */
struct shaking {
	struct job job;
	struct handshake *handshake;
	SSL_CTX *context;
	int channel;		/* of a hand, which cannot connect by itself */
	struct talk *talk;
	bool connected;
};

/* ---- What came -------------------------------------------------------- */

/* Once connected, a connection that breaks did speak, if badly. */
static void fail_by_system(struct shaking *shaking, int error)
{
	enum outcome outcome = outcome_of_errno(error);

	if (outcome == OUTCOME_CLOSED && shaking->connected) {
		outcome = OUTCOME_GARBLED;
		error = ECONNRESET;
	}
	job_finish(&shaking->job, outcome, error);
}

/* What came first where TLS begins at once is none, and tells what it is. */
static bool is_no_tls(struct shaking *shaking, const uint8_t *octets,
		      size_t size)
{
	struct handshake *handshake = shaking->handshake;
	enum application guess;

	if (handshake->application != APPLICATION_TLS ||
	    shaking->talk->received > size ||
	    octets[0] == TLS_ALERT || octets[0] == TLS_HANDSHAKE)
		return false;
	handshake->words = STARTTLS_WRONG;
	handshake->is_guess = application_guess(octets, size, &guess);
	if (handshake->is_guess)
		handshake->guess = guess;
	starttls_note_seen(handshake->seen, octets, size);
	job_finish(&shaking->job, OUTCOME_GARBLED, EPROTO);
	return true;
}

static void go_on(struct shaking *shaking)
{
	shaking->talk->begun = true;
	if (session_advance(&shaking->talk->session, shaking->handshake) ==
	    SESSION_OVER)
		shaking->talk->over = true;
}

static void take_tls(struct shaking *shaking, const uint8_t *octets,
		     size_t size)
{
	if (is_no_tls(shaking, octets, size))
		return;
	if (BIO_write(shaking->talk->session.in, octets, (int)size) ==
	    (int)size)
		go_on(shaking);
	else
		job_finish(&shaking->job, OUTCOME_FAILED, ENOMEM);
}

static void take_words(struct shaking *shaking, const uint8_t *octets,
		       size_t size)
{
	struct dialogue *dialogue = &shaking->talk->dialogue;
	struct handshake *handshake = shaking->handshake;

	handshake->words = starttls_take(dialogue, octets, size);
	handshake->is_guess = dialogue->is_guess;
	handshake->guess = dialogue->guess;
	memcpy(handshake->seen, dialogue->seen, sizeof(handshake->seen));
	switch (handshake->words) {
	case STARTTLS_WAIT:
		return;
	case STARTTLS_READY:
		go_on(shaking);
		return;
	case STARTTLS_TOO_MUCH:
		job_finish(&shaking->job, OUTCOME_TOO_LARGE, 0);
		return;
	case STARTTLS_REFUSED:
	case STARTTLS_WRONG:
	case STARTTLS_INJECTED:
		job_finish(&shaking->job, OUTCOME_GARBLED, EPROTO);
		return;
	}
}

/* ---- One step --------------------------------------------------------- */

/* A piece only: whoever sends without end is looked at in between. */
static void receive(struct shaking *shaking)
{
	struct talk *talk = shaking->talk;
	uint8_t octets[PIECE_SIZE];
	ssize_t size = recv(shaking->job.fd, octets, sizeof(octets), 0);

	if (size < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail_by_system(shaking, errno);
		return;
	}
	talk->received += (size_t)size;
	if (size == 0)
		job_finish(&shaking->job, OUTCOME_GARBLED, ECONNRESET);
	else if (talk->received > HANDSHAKE_SIZE_MAX)
		job_finish(&shaking->job, OUTCOME_TOO_LARGE, 0);
	else if (talk->begun)
		take_tls(shaking, octets, (size_t)size);
	else
		take_words(shaking, octets, (size_t)size);
}

/* Words first; only when they are out is there anything of TLS. */
static void fill(struct talk *talk)
{
	struct dialogue *dialogue = &talk->dialogue;
	int size;

	if (talk->out_size == 0 && dialogue->out_size) {
		memcpy(talk->out, dialogue->out, dialogue->out_size);
		talk->out_size = dialogue->out_size;
		dialogue->out_size = 0;
	}
	if (talk->out_size == 0) {
		size = BIO_read(talk->session.out, talk->out, PIECE_SIZE);
		if (size > 0)
			talk->out_size = (size_t)size;
	}
}

/* Where it cannot be sent, what is received says why. */
static void flush(struct shaking *shaking)
{
	struct talk *talk = shaking->talk;
	ssize_t size;

	for (fill(talk); talk->out_size; fill(talk)) {
		size = send(shaking->job.fd, talk->out, talk->out_size,
			    MSG_NOSIGNAL);
		if (size < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (size < 0)
			size = (ssize_t)talk->out_size;
		talk->out_size -= (size_t)size;
		memmove(talk->out, talk->out + size, talk->out_size);
	}
	shaking->job.events = POLLIN;
	if (talk->out_size)
		shaking->job.events |= POLLOUT;
}

static void shaking_advance(struct shaking *shaking)
{
	struct talk *talk = shaking->talk;

	if (talk->dialogue.stands == STARTTLS_READY && !talk->begun)
		go_on(shaking);
	else
		receive(shaking);
	if (shaking->job.done)
		return;
	flush(shaking);
	if (talk->over)
		job_finish(&shaking->job, shaking->handshake->outcome,
			   shaking->handshake->error);
}

/* ---- The job ---------------------------------------------------------- */

/* Tells a refused connection from a broken handshake. */
static int connect_error(int fd)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		return errno;
	return error;
}

static void talk_end(struct shaking *shaking)
{
	if (shaking->talk)
		session_clear(&shaking->talk->session);
	free(shaking->talk);
	shaking->talk = NULL;
}

static int shaking_open(struct job *job, int64_t now_ms)
{
	struct shaking *shaking = (struct shaking *)job;
	struct handshake *handshake = shaking->handshake;
	int error = shaking->channel < 0 ? job_connect(job, SOCK_STREAM) :
		    hand_connect(shaking->channel, job);

	if (error)
		return error;
	shaking->talk = xcalloc(1, sizeof(*shaking->talk));
	starttls_begin(&shaking->talk->dialogue, handshake->application,
		       handshake->server_name);
	handshake->words = shaking->talk->dialogue.stands;
	if (!session_begin(&shaking->talk->session, shaking->context,
			   handshake)) {
		job_finish(job, OUTCOME_FAILED, ENOMEM);
		talk_end(shaking);
		return 0;
	}
	job->wake_ms = now_ms + handshake->timeout_ms;
	job->events = POLLOUT;
	return 0;
}

static void shaking_step(struct job *job, int64_t now_ms)
{
	struct shaking *shaking = (struct shaking *)job;
	int error = connect_error(job->fd);

	if (error) {
		fail_by_system(shaking, error);
	} else {
		shaking->connected = true;
		shaking_advance(shaking);
	}
	if (!job->done && now_ms >= job->wake_ms)
		job_finish(job, OUTCOME_SILENT, 0);
	if (job->done)
		talk_end(shaking);
}

static void handshake_begin(struct handshake *handshake)
{
	handshake->words = STARTTLS_WAIT;
	handshake->seen[0] = '\0';
	handshake->is_guess = false;
	handshake->chain_pem = NULL;
	handshake->chain_pem_size = 0;
}

static void posix_handshake(struct world *world, struct handshake *handshakes,
			    size_t n)
{
	static const struct job_kind kind = { shaking_open, shaking_step };
	struct shaking *shakings = xcalloc(n, sizeof(*shakings));
	struct job **jobs = xcalloc(n, sizeof(struct job *));
	SSL_CTX *context = session_context_new();
	const struct posix *posix = world->self;
	size_t i;

	for (i = 0; i < n; i++) {
		handshake_begin(&handshakes[i]);
		shakings[i].handshake = &handshakes[i];
		shakings[i].context = context;
		shakings[i].channel = posix->channel;
		shakings[i].job.server = handshakes[i].server;
		job_set_source(&shakings[i].job, world->sources);
		jobs[i] = &shakings[i].job;
	}
	loop_run(&kind, jobs, n, posix_deadline_ms(world));
	for (i = 0; i < n; i++) {
		talk_end(&shakings[i]);
		handshakes[i].outcome = shakings[i].job.outcome;
		handshakes[i].error = shakings[i].job.error;
	}
	SSL_CTX_free(context);
	free(jobs);
	free(shakings);
}

void world_posix_add_tls(struct world *world)
{
	world->handshake = posix_handshake;
}
