/* SPDX-License-Identifier: MIT */
#include "world/posix/hands.h"

#include "base/address_wire.h"
#include "base/bounds.h"
#include "base/xalloc.h"
#include "world/posix/parts.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUESTION_LEAST 48	/* octets that each takes at least */
#define ANSWER_ERROR_MAX 4096

/* ---- Frames ------------------------------------------------------------ */

static struct octets head_of(enum frame_kind kind, size_t size)
{
	struct octets head = { NULL, 0, 0 };

	octets_put_number(&head, kind);
	octets_put_number(&head, size);
	return head;
}

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static ssize_t send_piece(int channel, const void *data, size_t size, int fd,
			  int flags)
{
	struct iovec piece = { unconst(data), size };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
	union control control = { .room = "" };

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.room);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	return sendmsg(channel, &message, flags | MSG_NOSIGNAL);
}

/* For poll(): until END_MS, which INT64_MAX is never. */
static int left_ms(int64_t end_ms)
{
	int64_t left = end_ms - posix_monotonic_ms();

	if (end_ms == INT64_MAX)
		return -1;
	return left < 0 ? 0 : left < INT32_MAX ? (int)left : INT32_MAX;
}

/* Waits where there is no room. */
static bool send_all(int channel, const struct octets *octets, int fd,
		     int64_t end_ms)
{
	size_t sent = 0;

	while (sent < octets->size) {
		struct pollfd room = { .fd = channel, .events = POLLOUT };
		ssize_t size = send_piece(channel, octets->data + sent,
					  octets->size - sent, fd,
					  MSG_DONTWAIT);

		if (size > 0) {
			sent += (size_t)size;
			fd = -1;
		} else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
			return false;
		} else if (poll(&room, 1, left_ms(end_ms)) == 0) {
			return false;
		}
	}
	return true;
}

bool frame_offer(int channel, enum frame_kind kind,
		 const struct octets *octets, int fd, int timeout_ms)
{
	struct octets head = head_of(kind, octets->size);
	int64_t end_ms = timeout_ms < 0 ? INT64_MAX :
			 posix_monotonic_ms() + timeout_ms;
	bool sent = send_all(channel, &head, fd, end_ms) &&
		    send_all(channel, octets, -1, end_ms);

	octets_clear(&head);
	return sent;
}

void frame_send(int channel, enum frame_kind kind, const struct octets *octets)
{
	if (!frame_offer(channel, kind, octets, -1, -1))
		_exit(EXIT_SUCCESS);
}

/* Just SIZE octets; the descriptor comes with the first. */
static void receive_all(int channel, uint8_t *data, size_t size, int *fd)
{
	size_t received = 0;

	while (received < size) {
		struct iovec piece = { data + received, size - received };
		union control control = { .room = "" };
		struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control.room) };
		ssize_t got = recvmsg(channel, &message, 0);

		if (got == 0 || (got < 0 && errno != EINTR))
			_exit(EXIT_SUCCESS);
		if (got < 0)
			continue;
		received += (size_t)got;
		if (message.msg_controllen >= CMSG_LEN(sizeof(int)) &&
		    control.header.cmsg_type == SCM_RIGHTS)
			memcpy(fd, CMSG_DATA(&control.header), sizeof(int));
	}
}

void frame_wait(int channel, enum frame_kind kind, struct octets *octets,
		int *fd)
{
	uint8_t head[FRAME_HEAD_SIZE];
	struct octets_reader reader = { .data = head, .left = sizeof(head) };
	size_t size;

	*fd = -1;
	receive_all(channel, head, sizeof(head), fd);
	must(octets_number(&reader, FRAME_RESULT) == kind);
	size = (size_t)octets_number(&reader, SIZE_MAX / 2);
	*octets = (struct octets){ xmalloc(size), size, size };
	receive_all(channel, octets->data, size, fd);
}

bool frame_find(const struct octets *octets, enum frame_kind *kind,
		struct octets_reader *body, size_t *size, bool *bad)
{
	struct octets_reader reader = { .data = octets->data,
					.left = octets->size };
	size_t length;

	*bad = false;
	if (octets->size < FRAME_HEAD_SIZE)
		return false;
	*kind = (enum frame_kind)octets_number(&reader, FRAME_RESULT);
	length = (size_t)octets_number(&reader, ERRAND_SIZE_MAX);
	*bad = reader.bad;
	if (reader.bad || reader.left < length)
		return false;
	*body = (struct octets_reader){ .data = reader.data, .left = length };
	*size = FRAME_HEAD_SIZE + length;
	return true;
}

/* ---- Questions --------------------------------------------------------- */

void questions_put(struct octets *octets, const struct question *questions,
		   size_t n)
{
	octets_put_number(octets, n);
	for (size_t i = 0; i < n; i++) {
		address_put(octets, &questions[i].server);
		octets_put_number(octets, questions[i].transport);
		octets_put_number(octets, questions[i].timeout_ms);
		octets_put_text(octets, questions[i].key);
		octets_put_block(octets, questions[i].query,
				 questions[i].query_size);
	}
}

/* A block where it is; NULL: none. */
static const uint8_t *borrow(struct octets_reader *reader, size_t *size)
{
	const uint8_t *data;

	*size = octets_count(reader, REPLY_TCP_SIZE_MAX, 1);
	data = reader->data;
	if (reader->bad || *size == 0)
		return NULL;
	reader->data += *size;
	reader->left -= *size;
	return data;
}

static const char *borrow_text(struct octets_reader *reader)
{
	size_t size;
	const uint8_t *text = borrow(reader, &size);

	if (text && text[size - 1] != '\0')
		reader->bad = true;
	return (const char *)text;
}

struct question *questions_take(struct octets_reader *reader, size_t *n)
{
	struct question *questions;

	*n = octets_count(reader, QUESTIONS_AT_ONCE_MAX, QUESTION_LEAST);
	questions = xcalloc(*n, sizeof(*questions));
	for (size_t i = 0; i < *n; i++) {
		struct question *question = &questions[i];

		question->server = address_take(reader, false);
		question->transport = (enum transport)octets_number(
			reader, TRANSPORT_TCP);
		question->timeout_ms = (unsigned)octets_number(
			reader, UDP_TIMEOUT_MS > TCP_TIMEOUT_MS ?
				UDP_TIMEOUT_MS : TCP_TIMEOUT_MS);
		question->key = borrow_text(reader);
		question->query = borrow(reader, &question->query_size);
		if (!question->query)
			reader->bad = true;
	}
	return questions;
}

void answers_put(struct octets *octets, const struct question *questions,
		 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		octets_put_number(octets, questions[i].outcome);
		octets_put_number(octets, (uint64_t)questions[i].error);
		octets_put_number(octets, questions[i].used);
		octets_put_number(octets, questions[i].verdict);
		octets_put_block(octets, questions[i].reply,
				 questions[i].reply_size);
	}
}

void answers_take(struct octets_reader *reader, struct question *questions,
		  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct question *question = &questions[i];

		question->outcome = (enum outcome)octets_number(
			reader, OUTCOME_FAILED);
		question->error = (int)octets_number(reader, ANSWER_ERROR_MAX);
		question->used = (enum transport)octets_number(
			reader, TRANSPORT_TCP);
		question->verdict = (unsigned)octets_number(reader, UINT8_MAX);
		question->reply = octets_block(reader, REPLY_TCP_SIZE_MAX,
					       &question->reply_size);
	}
}
