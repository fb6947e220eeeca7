/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "fuzz.h"
#include "world/starttls.h"

/*
 * What a service says before TLS. The first octet is the protocol, the second
 * how the network cuts the rest; the rest is what the service says, however
 * it is answered.
 */
const char fuzz_corpus[] = "starttls";

#define APPLICATIONS (APPLICATION_NNTP + 1)

static void check_seen(const struct dialogue *dialogue)
{
	const char *end = memchr(dialogue->seen, '\0', STARTTLS_SEEN_SIZE);

	invariant(end);
	for (const char *p = dialogue->seen; p < end; p++)
		invariant(*p >= ' ' && *p <= '~');
}

static void check_stand(const struct dialogue *dialogue)
{
	invariant(dialogue->out_size <= STARTTLS_OUT_MAX);
	invariant(dialogue->in_size <= STARTTLS_LINE_MAX);
	invariant(dialogue->total <= STARTTLS_SIZE_MAX + STARTTLS_LINE_MAX);
	if (dialogue->is_guess) {
		invariant(dialogue->stands == STARTTLS_WRONG);
		invariant(dialogue->guess != dialogue->application);
	}
}

/* STEP octets at a time, each piece on a heap of its own. */
static struct dialogue *hear(enum application application,
			     const uint8_t *data, size_t size, size_t step)
{
	struct dialogue *dialogue = xmalloc(sizeof(*dialogue));

	starttls_begin(dialogue, application, "mx.test");
	dialogue->out_size = 0;
	while (size > 0) {
		size_t part = step < size ? step : size;
		uint8_t *piece = xmemdup(data, part);
		enum starttls before = dialogue->stands;

		starttls_take(dialogue, piece, part);
		free(piece);
		check_seen(dialogue);
		check_stand(dialogue);
		dialogue->out_size = 0;
		/* What is over stays so; but words behind a go-ahead count. */
		invariant(before == STARTTLS_WAIT ||
			  before == dialogue->stands ||
			  (before == STARTTLS_READY &&
			   dialogue->stands == STARTTLS_INJECTED));
		data += part;
		size -= part;
	}
	return dialogue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum application application;
	struct dialogue *whole, *pieces;

	if (size < 2)
		return 0;
	application = (enum application)(data[0] % APPLICATIONS);
	whole = hear(application, data + 2, size - 2, size);
	pieces = hear(application, data + 2, size - 2, data[1] + 1U);
	/* However it was cut, it is the same; but what is too much is counted
	 * by the piece. */
	invariant(whole->stands == pieces->stands || size > STARTTLS_SIZE_MAX);
	free(whole);
	free(pieces);
	return 0;
}
