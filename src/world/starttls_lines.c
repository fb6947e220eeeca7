/* SPDX-License-Identifier: MIT */
#include "world/starttls_internal.h"

#include "base/xalloc.h"

#include <ctype.h>
#include <strings.h>

static bool starts(const uint8_t *octets, size_t size, const char *text)
{
	size_t length = strlen(text);

	return size >= length &&
	       strncasecmp((const char *)octets, text, length) == 0;
}

/* ---- Replies with a code: SMTP, LMTP, FTP, NNTP ------------------------ */

/* What answers what, in order; the first is the greeting. */
struct turn {
	const char *codes;	/* each of three digits, one after another */
	const char *then;	/* what is sent next; NULL: TLS begins */
	bool must_offer;	/* the reply has to name STARTTLS */
};

static const struct turn smtp[] = {
	{ "220", "EHLO [127.0.0.1]\r\n", false },
	{ "250", "STARTTLS\r\n", true },
	{ "220", NULL, false },
};
static const struct turn lmtp[] = {
	{ "220", "LHLO [127.0.0.1]\r\n", false },
	{ "250", "STARTTLS\r\n", true },
	{ "220", NULL, false },
};
static const struct turn ftp[] = {
	{ "220", "AUTH TLS\r\n", false },
	{ "234", NULL, false },
};
static const struct turn nntp[] = {
	{ "200201", "STARTTLS\r\n", false },
	{ "382", NULL, false },
};

static bool has_code(const struct turn *turn, const uint8_t *line)
{
	for (const char *code = turn->codes; *code; code += 3)
		if (memcmp(line, code, 3) == 0)
			return true;
	return false;
}

/* FTP alone: "120 Service ready in nnn minutes", and then the greeting. */
static bool is_delay(const struct dialogue *dialogue, const uint8_t *line)
{
	return dialogue->application == APPLICATION_FTP &&
	       dialogue->step == 0 && memcmp(line, "120", 3) == 0;
}

static bool is_code(const uint8_t *line, size_t size)
{
	return size >= 3 && isdigit(line[0]) && isdigit(line[1]) &&
	       isdigit(line[2]);
}

/* The lines of a reply but its last have "-" behind the code. Those of FTP may
 * be anything between the first and the last (RFC 959 section 4.2). */
static bool goes_on(struct dialogue *dialogue, const uint8_t *line,
		    size_t size)
{
	bool first = dialogue->open[0] == '\0';

	if (is_code(line, size) && size >= 4 && line[3] == '-') {
		if (first)
			memcpy(dialogue->open, line, 3);
		return true;
	}
	if (dialogue->application == APPLICATION_FTP && !first &&
	    (size < 3 || memcmp(line, dialogue->open, 3) != 0))
		return true;
	memset(dialogue->open, 0, sizeof(dialogue->open));
	return false;
}

static void take_reply(struct dialogue *dialogue, const struct turn *turns,
		       const uint8_t *line, size_t size)
{
	const struct turn *turn = &turns[dialogue->step];

	if (size >= 12 && starts(line + 4, size - 4, "STARTTLS") &&
	    (size == 12 || line[12] == ' '))
		dialogue->offered = true;
	if (goes_on(dialogue, line, size))
		return;
	if (!is_code(line, size)) {
		starttls_wrong(dialogue, line, size);
	} else if (is_delay(dialogue, line)) {
		return;
	} else if (!has_code(turn, line) ||
		   (turn->must_offer && !dialogue->offered)) {
		dialogue->stands = STARTTLS_REFUSED;
	} else if (!turn->then) {
		dialogue->stands = STARTTLS_READY;
	} else {
		starttls_send_text(dialogue, turn->then);
		dialogue->step++;
	}
	dialogue->offered = false;
}

/* ---- Words: IMAP, POP3, ManageSieve ----------------------------------- */

static void take_imap(struct dialogue *dialogue, const uint8_t *line,
		      size_t size)
{
	if (dialogue->step == 0 && starts(line, size, "* OK")) {
		starttls_send_text(dialogue, "a STARTTLS\r\n");
		dialogue->step++;
	} else if (dialogue->step == 0 && !starts(line, size, "* ")) {
		starttls_wrong(dialogue, line, size);
	} else if (dialogue->step == 0 || starts(line, size, "* BYE")) {
		dialogue->stands = STARTTLS_REFUSED;	/* PREAUTH, BYE */
	} else if (starts(line, size, "a OK")) {
		dialogue->stands = STARTTLS_READY;
	} else if (!starts(line, size, "* ")) {
		dialogue->stands = STARTTLS_REFUSED;
	}
}

static void take_pop3(struct dialogue *dialogue, const uint8_t *line,
		      size_t size)
{
	if (starts(line, size, "-ERR")) {
		dialogue->stands = STARTTLS_REFUSED;
	} else if (!starts(line, size, "+OK")) {
		starttls_wrong(dialogue, line, size);
	} else if (dialogue->step == 0) {
		starttls_send_text(dialogue, "STLS\r\n");
		dialogue->step++;
	} else {
		dialogue->stands = STARTTLS_READY;
	}
}

/* The greeting is a list of capabilities, each in quotes. */
static void take_sieve(struct dialogue *dialogue, const uint8_t *line,
		       size_t size)
{
	if (starts(line, size, "NO") || starts(line, size, "BYE")) {
		dialogue->stands = STARTTLS_REFUSED;
	} else if (starts(line, size, "\"")) {
		return;
	} else if (!starts(line, size, "OK")) {
		starttls_wrong(dialogue, line, size);
	} else if (dialogue->step == 0) {
		starttls_send_text(dialogue, "STARTTLS\r\n");
		dialogue->step++;
	} else {
		dialogue->stands = STARTTLS_READY;
	}
}

static void take_line(struct dialogue *dialogue, const uint8_t *line,
		      size_t size)
{
	switch (dialogue->application) {
	case APPLICATION_SMTP:
		take_reply(dialogue, smtp, line, size);
		return;
	case APPLICATION_LMTP:
		take_reply(dialogue, lmtp, line, size);
		return;
	case APPLICATION_FTP:
		take_reply(dialogue, ftp, line, size);
		return;
	case APPLICATION_NNTP:
		take_reply(dialogue, nntp, line, size);
		return;
	case APPLICATION_IMAP:
		take_imap(dialogue, line, size);
		return;
	case APPLICATION_POP3:
		take_pop3(dialogue, line, size);
		return;
	case APPLICATION_SIEVE:
		take_sieve(dialogue, line, size);
		return;
	case APPLICATION_TLS:
	case APPLICATION_XMPP_CLIENT:
	case APPLICATION_XMPP_SERVER:
	case APPLICATION_LDAP:
	case APPLICATION_POSTGRESQL:
		break;
	}
	invariant(!"a protocol without lines");
}

size_t starttls_take_line(struct dialogue *dialogue)
{
	const uint8_t *end = memchr(dialogue->in, '\n', dialogue->in_size);
	size_t size;

	if (!end)
		return 0;
	size = (size_t)(end - dialogue->in);
	starttls_note_seen(dialogue->seen, dialogue->in, size);
	take_line(dialogue, dialogue->in,
		  size && end[-1] == '\r' ? size - 1 : size);
	return size + 1;
}

