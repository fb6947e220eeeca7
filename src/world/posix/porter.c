/* SPDX-License-Identifier: MIT */
#include "world/posix/porter.h"

#include "base/xalloc.h"
#include "world/posix/confine.h"
#include "world/posix/hands.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the porter says to each order. */
#define MADE_ONE 'y'
#define MADE_NONE 'n'
/* Who has not heard by then hears nothing. */
#define PORTER_SECONDS_MAX 10

/* ---- In the porter ------------------------------------------------------ */

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

/* The channel that the next hand is to have; -1: nobody wants one any more. */
static int wait_for_order(int porter)
{
	char letter;
	struct iovec piece = { &letter, sizeof(letter) };
	union control control = { .room = "" };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control.room) };
	ssize_t size;
	int fd = -1;

	do
		size = recvmsg(porter, &message, 0);
	while (size < 0 && errno == EINTR);
	if (size > 0 && message.msg_controllen >= CMSG_LEN(sizeof(int)) &&
	    control.header.cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/* What OpenSSL reads from files, it cannot read later; and what it makes once
 * is not made again by every hand. */
static void warm_up(void)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL);
}

static void make_hand(int porter, int channel)
{
	pid_t pid = fork();
	char letter;

	if (pid == 0) {
		close(porter);
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		confine_hand();
		hand_work(channel);
	}
	close(channel);
	letter = pid < 0 ? MADE_NONE : MADE_ONE;
	if (send(porter, &letter, sizeof(letter), MSG_NOSIGNAL) < 0)
		_exit(EXIT_SUCCESS);
}

static _Noreturn void porter_work(int porter, pid_t parent)
{
	bool begun = false;
	int channel;

	signal(SIGCHLD, SIG_IGN);	/* nobody waits for hands */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(EXIT_SUCCESS);
	while ((channel = wait_for_order(porter)) >= 0) {
		if (!begun) {
			warm_up();
			confine_porter(porter, channel);
		}
		begun = true;
		make_hand(porter, channel);
	}
	_exit(EXIT_SUCCESS);
}

/* ---- In the parent ------------------------------------------------------ */

static char wait_for_letter(int porter)
{
	char letter = MADE_NONE;

	while (recv(porter, &letter, sizeof(letter), 0) < 0 && errno == EINTR)
		;
	return letter;
}

int porter_begin(void)
{
	const struct timeval most = { .tv_sec = PORTER_SECONDS_MAX };
	pid_t parent = getpid(), pid;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	fflush(NULL);	/* or it would be said twice */
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		porter_work(ends[1], parent);
	}
	close(ends[1]);
	if (pid >= 0)
		return ends[0];
	close(ends[0]);
	return -1;
}

/* False: there is no hand. */
static bool order(int porter, int fd)
{
	char letter = 'h';
	struct iovec piece = { &letter, sizeof(letter) };
	union control control = { .room = "" };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control.room) };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	return sendmsg(porter, &message, MSG_NOSIGNAL) == 1 &&
	       wait_for_letter(porter) == MADE_ONE;
}

int porter_send_hand(int porter)
{
	int ends[2];

	if (porter < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				     ends) != 0)
		return -1;
	if (!order(porter, ends[1])) {
		close(ends[0]);
		ends[0] = -1;
	}
	close(ends[1]);
	return ends[0];
}
