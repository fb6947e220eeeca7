/* SPDX-License-Identifier: MIT */
#include "world/starttls_internal.h"

#include "base/xalloc.h"

#define XMPP_TLS "urn:ietf:params:xml:ns:xmpp-tls"

static bool contains(const uint8_t *octets, size_t size, const char *text)
{
	return memmem(octets, size, text, strlen(text)) != NULL;
}

/* ---- XMPP ------------------------------------------------------------- */

/* The end of what answers <starttls/>: <proceed ../>, <proceed ..></proceed>;
 * 0: not there yet. */
static size_t find_proceed_end(const uint8_t *octets, size_t size)
{
	const uint8_t *begin = memmem(octets, size, "<proceed", 8);
	const uint8_t *close, *end;

	if (!begin)
		return 0;
	close = memchr(begin, '>', size - (size_t)(begin - octets));
	if (!close)
		return 0;
	if (close[-1] == '/')
		return (size_t)(close - octets) + 1;
	end = memmem(close, size - (size_t)(close - octets), "</proceed>", 10);
	return end ? (size_t)(end - octets) + 10 : 0;
}

/* It says why it wants none of this, if only by the end of the stream. */
static bool is_error(struct dialogue *dialogue, size_t size)
{
	const uint8_t *in = dialogue->in;
	const uint8_t *error = memmem(in, size, "<stream:error", 13);

	if (error)
		starttls_note_seen(dialogue->seen, error,
				   size - (size_t)(error - in));
	return contains(in, size, "</stream:error>") ||
	       contains(in, size, "</stream:stream>");
}

static size_t find_features_end(const uint8_t *octets, size_t size)
{
	static const char end[] = "</stream:features>";
	const uint8_t *found = memmem(octets, size, end, sizeof(end) - 1);

	return found ? (size_t)(found - octets) + sizeof(end) - 1 : 0;
}

static size_t take_features(struct dialogue *dialogue)
{
	const uint8_t *in = dialogue->in;
	size_t end = find_features_end(in, dialogue->in_size);
	size_t size = end ? end : dialogue->in_size;

	if (is_error(dialogue, size) ||
	    contains(in, size, "<stream:features/>") ||
	    (end && !contains(in, size, XMPP_TLS))) {
		dialogue->stands = STARTTLS_REFUSED;
	} else if (end) {
		starttls_send_text(dialogue,
				   "<starttls xmlns='" XMPP_TLS "'/>");
		dialogue->step++;
	}
	return end;
}

/* Nothing is looked at behind an element that is whole: it may come later. */
size_t starttls_take_xmpp(struct dialogue *dialogue)
{
	const uint8_t *in = dialogue->in;
	size_t size = dialogue->in_size, end;

	starttls_note_seen(dialogue->seen, in, size);
	if (dialogue->step == 0)
		return take_features(dialogue);
	end = find_proceed_end(in, size);
	if (end)
		size = end;
	if (contains(in, size, "<failure") || is_error(dialogue, size))
		dialogue->stands = STARTTLS_REFUSED;
	else if (end)
		dialogue->stands = STARTTLS_READY;
	return end;
}

/* ---- LDAP ------------------------------------------------------------- */

/* Reads the tag and length at *AT, which moves behind them. False: there is
 * not enough, or a length that no answer of ours has. */
static bool read_header(const uint8_t *octets, size_t size, size_t *at,
			uint8_t *tag, size_t *length)
{
	size_t more;

	if (size - *at < 2)
		return false;
	*tag = octets[(*at)++];
	*length = octets[(*at)++];
	if (*length < 0x80)
		return true;
	more = *length - 0x80;
	*length = 0;
	if (more == 0 || more > 4 || size - *at < more)
		return false;
	while (more-- > 0)
		*length = *length << 8 | octets[(*at)++];
	return true;
}

/* Is this message the answer, with result 0? */
static bool is_success(const uint8_t *body, size_t size)
{
	size_t at = 0, length;
	uint8_t tag;

	if (!read_header(body, size, &at, &tag, &length) || tag != 0x02 ||
	    length != 1 || size - at < 1 || body[at++] != 1)
		return false;
	if (!read_header(body, size, &at, &tag, &length) || tag != 0x78)
		return false;
	return read_header(body, size, &at, &tag, &length) && tag == 0x0a &&
	       length == 1 && size - at >= 1 && body[at] == 0;
}

size_t starttls_take_ldap(struct dialogue *dialogue)
{
	size_t at = 0, length;
	uint8_t tag;

	starttls_note_seen(dialogue->seen, dialogue->in, dialogue->in_size);
	if (dialogue->in[0] != 0x30) {
		starttls_wrong(dialogue, dialogue->in, dialogue->in_size);
		return 0;
	}
	if (!read_header(dialogue->in, dialogue->in_size, &at, &tag, &length))
		return 0;
	if (length > STARTTLS_LINE_MAX - at) {
		dialogue->stands = STARTTLS_TOO_MUCH;
		return 0;
	}
	if (dialogue->in_size - at < length)
		return 0;
	dialogue->stands = is_success(dialogue->in + at, length) ?
			   STARTTLS_READY : STARTTLS_REFUSED;
	return at + length;
}

/* ---- PostgreSQL ------------------------------------------------------- */

size_t starttls_take_postgresql(struct dialogue *dialogue)
{
	starttls_note_seen(dialogue->seen, dialogue->in, dialogue->in_size);
	switch (dialogue->in[0]) {
	case 'S':
		dialogue->stands = STARTTLS_READY;
		return 1;
	case 'N':
	case 'E':	/* an error message: too many clients */
		dialogue->stands = STARTTLS_REFUSED;
		return 1;
	default: /* any octet */
		starttls_wrong(dialogue, dialogue->in, dialogue->in_size);
		return 0;
	}
}

